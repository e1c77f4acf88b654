"""Patterns of serial numbers, such as QT-{yyyy}{MM}-{000}: dates and one counter between fixed signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rules.errors import N_

#: What may stand in braces, and how a date fills it.
_DATES = {"yyyy": "{0.year:04}", "yy": "{1:02}", "MM": "{0.month:02}", "dd": "{0.day:02}"}
_READ = {"yyyy": r"\d{4}", "yy": r"\d{2}", "MM": r"\d{2}", "dd": r"\d{2}"}
_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)")
#: Scope -> what a pattern needs so that no number comes twice.
RESETS: dict[str, tuple[frozenset[str], ...]] = {
    "never": (),
    "year": (frozenset({"yyyy", "yy"}),),
    "month": (frozenset({"yyyy", "yy"}), frozenset({"MM"})),
    "day": (frozenset({"yyyy", "yy"}), frozenset({"MM"}), frozenset({"dd"})),
}
LONGEST = 60
#: Digits of the counter that a pattern may ask for; bigger numbers just get longer.
MOST_DIGITS = 12


class NumberPatternError(ValueError):
    """A pattern that cannot be used; the message is a template."""


@dataclass(frozen=True)
class NumberPattern:
    """A pattern that was read: `parts` are (is a place, text)."""

    parts: tuple[tuple[bool, str], ...]

    @property
    def places(self) -> frozenset[str]:
        """Return the date places in it."""
        return frozenset(text for is_place, text in self.parts if is_place and text in _DATES)

    @property
    def finest(self) -> str:
        """Return how often the counter begins anew where nothing is said: with the smallest date in the pattern."""
        return next(scope for scope in ("day", "month", "year", "never") if self.allows(scope))

    def allows(self, reset: str) -> bool:
        """Tell whether numbers stay different when the counter begins anew so often."""
        return all(self.places & needed for needed in RESETS[reset])

    def written(self, number: int, day: date) -> str:
        """Return a serial number."""
        return "".join(self._filled(text, number, day) if is_place else text for is_place, text in self.parts)

    def _filled(self, place: str, number: int, day: date) -> str:
        if place in _DATES:
            return _DATES[place].format(day, day.year % 100)
        return f"{number:0{len(place)}}"

    def number_of(self, text: str, day: date) -> int | None:
        """Return the counter of a serial number of this pattern and of that day's scope dates; None for any other text."""
        expression = "".join(
            rf"(\d{{{len(place)},18}})" if is_place and place not in _DATES
            else re.escape(self._filled(place, 0, day)) if is_place
            else re.escape(place)
            for is_place, place in self.parts
        )  # fmt: skip
        found = re.fullmatch(expression, text, re.ASCII)
        return int(found[1]) if found else None


@lru_cache(maxsize=256)
def number_pattern(text: str) -> NumberPattern:
    """Read a pattern; NumberPatternError says what is wrong with it."""
    parts = tuple(
        (found[1] is not None, found[1] if found[1] is not None else found[2]) for found in _PART.finditer(text)
    )
    if "".join("{" + part + "}" if is_place else part for is_place, part in parts) != text:
        raise NumberPatternError(N_("Every {{ needs its }}."))
    counters = [part for is_place, part in parts if is_place and part and set(part) == {"0"}]
    unknown = [part for is_place, part in parts if is_place and part not in _DATES and part not in counters]
    if unknown:
        raise NumberPatternError(
            N_("Only {{yyyy}}, {{yy}}, {{MM}}, {{dd}} and zeros for the counter may stand in braces.")
        )
    if len(counters) != 1 or len(counters[0]) > MOST_DIGITS:
        raise NumberPatternError(N_("The pattern needs exactly one counter, such as {{000}}."))
    if len(text) > LONGEST or any(not char.isprintable() for char in text):
        raise NumberPatternError(N_("The pattern is too long, or holds signs that cannot be shown."))
    return NumberPattern(parts)


def scope_of(reset: str, day: date) -> str:
    """Return the name of the stretch of time in which the counter goes on: 2026-03, for example."""
    return {"never": "", "year": f"{day:%Y}", "month": f"{day:%Y-%m}", "day": f"{day:%Y-%m-%d}"}[reset]
