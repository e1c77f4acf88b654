"""A condition that was filled in, as an expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from forms.criteria.model import Criterion, Group, Item, Raw, Slot
from forms.criteria.operators import PERIODS, Operator, operator, placed
from forms.dates import read_date
from forms.errors import FormError
from forms.numbers import read_number
from rules.errors import N_, Fault
from rules.limits import MAX_NUMBER

_BLANKS = re.compile(r"\s+")


class IncompleteError(FormError):
    """A test lacks a field, an operator or a value, or the value makes no sense; `at` says which test."""

    def __init__(self, fault: Fault, at: tuple[int, ...]) -> None:
        super().__init__(fault)
        self.at = at


def write(group: Group, slots: Mapping[str, Slot]) -> str:
    """Return the expression of a condition, "" for one without tests; IncompleteError for the first test that says nothing."""
    return _write(group, slots, ())


def _write(item: Item, slots: Mapping[str, Slot], at: tuple[int, ...]) -> str:
    if isinstance(item, Raw):
        return item.text.strip()
    if isinstance(item, Criterion):
        return _test(item, slots, at)
    parts = [(one, _write(one, slots, (*at, place))) for place, one in enumerate(item.items)]
    filled = [(one, text) for one, text in parts if text]
    if item.join == "none":
        return f"not ({' or '.join(_beside(*one) for one in filled)})" if filled else ""
    if len(filled) == 1:
        return filled[0][1]
    return f" {item.join} ".join(_beside(*one) for one in filled)


def _beside(item: Item, text: str) -> str:
    """Return a piece as it may stand beside others."""
    return text if isinstance(item, Criterion) else f"({text})"


def _test(test: Criterion, slots: Mapping[str, Slot], at: tuple[int, ...]) -> str:
    slot = slots.get(test.field)
    if slot is None:
        raise IncompleteError(Fault("criteria.field", N_("Choose a field.")), at)
    found = operator(slot, test.op)
    if found is None:
        raise IncompleteError(Fault("criteria.op", N_("Choose what to ask of this field.")), at)
    if found.needs == ("period",):
        return _period(slot, test, at)
    return _filled(placed(slot, found.templates[0]), found, test.values, at)


def _period(slot: Slot, test: Criterion, at: tuple[int, ...]) -> str:
    key = next(iter(test.values), "")
    if key not in PERIODS:
        raise IncompleteError(Fault("criteria.period", N_("Choose a period.")), at)
    return placed(slot, PERIODS[key][1])


def _filled(template: str, found: Operator, values: tuple[str, ...], at: tuple[int, ...]) -> str:
    given = [value for value in values if value.strip()]
    several = found.needs in (("texts",), ("options",))
    if (not given and found.needs) or (not several and len(given) != len(found.needs)):
        raise IncompleteError(Fault("criteria.value", N_("Fill in what to compare with.")), at)
    if several:
        return template.replace("{l}", f"[{', '.join(map(quoted, given))}]")
    for mark, kind, value in zip(("{a}", "{b}"), found.needs, given, strict=False):
        template = template.replace(mark, _literal(kind, value, at))
    return template


def _literal(kind: str, value: str, at: tuple[int, ...]) -> str:
    if kind in ("number", "days"):
        return _number(kind, value, at)
    if kind == "date":
        day = read_date(value)
        if day is None:
            fault = Fault(
                "criteria.date", N_("“{value}” is not a date; write it as 2026-12-31."), {"value": value[:40]}
            )
            raise IncompleteError(fault, at)
        return quoted(day.isoformat())
    return quoted(value)


def _number(kind: str, value: str, at: tuple[int, ...]) -> str:
    try:
        found = Decimal(str(read_number(value)))
        fits = abs(found) <= MAX_NUMBER and (kind == "number" or (found == int(found) and 0 <= found <= 36_600))
    except (FormError, InvalidOperation, ValueError):
        fits = False
    if not fits:
        template = N_("“{value}” is not a number.") if kind == "number" else N_("“{value}” is not a number of days.")
        raise IncompleteError(Fault("criteria.number", template, {"value": value[:40]}), at)
    return plain_number(found)


def plain_number(value: Decimal) -> str:
    """Return a number without an exponent and without zeros behind it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quoted(text: str) -> str:
    """Return a text as the language writes it."""
    bare = _BLANKS.sub(" ", text).strip().replace("\\", "\\\\").replace('"', '\\"')
    return f'"{bare}"'
