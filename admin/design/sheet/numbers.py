"""Numbers, yes or no, stretches of time, and what is a number or a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from admin.design.sheet._addresses import address_of
from admin.design.sheet._base import Control, ControlType, Place, register
from engine.design import candidates as names
from engine.design.pointers import ABSENT

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

#: Letters of a date, and of what else is no formula.
SHORT = 10
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def number_in(text: str) -> int | float | None:
    """Return the number that a text is, whole where it is written whole; None for any other text."""
    plain = text.replace(",", "").replace("\N{FULLWIDTH COMMA}", "")
    if not _NUMBER.fullmatch(plain) or len(plain) > 30:
        return None
    return int(plain) if "." not in plain else float(plain)


def number_text(value: Any) -> str:
    """Return a number as it is typed."""
    return "" if value is ABSENT or value is None else str(value)


@register
class FlagControl(ControlType):
    """Yes or no."""

    kind = "flag"

    def fits(self, place: Place) -> bool:
        """Fit yes or no."""
        return place.whole.get("type") == "boolean"

    def draw(self, place: Place, value: Any) -> Control:
        """Show a box to tick; what is yes without being said gets the three answers."""
        if place.step == "on_change":
            chosen = {True: "yes", False: "no"}.get(value, "")
            options = [(one, place.word(one), one == chosen) for one in ("", "yes", "no")]
            return self.control(place, value, value=chosen, options=options, more={"three": True})
        return self.control(place, value, value=value is True)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return true; not ticked is false only where false was written before."""
        if f"{place.name}~" not in data:
            return old
        given = data.get(place.name, "")
        if place.step == "on_change":
            return {"yes": True, "no": False}.get(given, ABSENT)
        if given:
            return True
        return False if old is False else ABSENT


@register
class NumberControl(ControlType):
    """A number within bounds."""

    kind = "number"

    def fits(self, place: Place) -> bool:
        """Fit numbers."""
        return place.whole.get("type") in ("number", "integer") and "enum" not in place.whole

    def draw(self, place: Place, value: Any) -> Control:
        """Show the number with its bounds."""
        return self.control(place, value, value=number_text(value))

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the number; what is none stays as it was typed, and its fault is shown beside it."""
        if place.name not in data:
            return old
        text = data[place.name].strip()
        found = number_in(text)
        if found is None:
            return text or ABSENT
        return old if old is not ABSENT and not isinstance(old, bool) and found == old else found


@register
class NumberOrTextControl(ControlType):
    """A number or a formula."""

    kind = "text"

    def fits(self, place: Place) -> bool:
        """Fit what may be either."""
        return place.whole.get("type") == ["number", "string"]

    def draw(self, place: Place, value: Any) -> Control:
        """Show one line."""
        return self.control(place, value, value=number_text(value), more={"mono": True})

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return a number where a number was written."""
        if place.name not in data:
            return old
        text = data[place.name].strip()
        found = number_in(text)
        if found is None or (isinstance(old, str) and old == text):
            return text or ABSENT
        return old if isinstance(old, int | float) and found == old else found


@register
class FormulaControl(NumberOrTextControl):
    """A number, or a formula over names that can be completed."""

    kind = "expression"
    rank = 9

    def fits(self, place: Place) -> bool:
        """Fit such places whose texts may be long: the short ones are dates."""
        return super().fits(place) and int(str(place.whole.get("maxLength", 0))) > SHORT

    def draw(self, place: Place, value: Any) -> Control:
        """Show it with what it may name."""
        address = address_of(place, names.form_at(place.section, place.content, place.pointer, place.desk.examined))
        return self.control(place, value, value=number_text(value), more={"address": address, "short": True})


@register
class DurationControl(ControlType):
    """A stretch of time: a number and its unit."""

    kind = "duration"
    rank = 2

    def fits(self, place: Place) -> bool:
        """Fit objects with one member that is a unit of time."""
        return place.whole.get("maxProperties") == 1 and "minutes" in place.whole.get("properties", {})

    def draw(self, place: Place, value: Any) -> Control:
        """Show number and unit."""
        unit, amount = next(iter(value.items()), ("", "")) if isinstance(value, dict) else ("", "")
        units = place.whole["properties"]
        options = [(one, place.inside(one, {}).label, one == (unit or "days")) for one in units]
        return self.control(place, value, value=number_text(amount), options=options)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return {unit: number}."""
        if place.name not in data:
            return old
        text = data[place.name].strip()
        found = number_in(text)
        unit = data.get(f"{place.name}/unit", "days")
        return {unit: text if found is None else found} if text else ABSENT
