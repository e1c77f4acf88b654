"""What whoever looks at a dashboard has chosen above it, read from and written to the arguments of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from engine.config.schema_dashboards import SPANS
from engine.dashboards.periods import CUSTOM, DEFAULT, Period, span_of
from engine.okr.cycle import Span
from engine.sql.figures import Value
from forms.dates import read_date
from forms.text import forbidden
from rules.types import Kind, Type

if TYPE_CHECKING:
    from engine.config.defs import DashboardDef, DashboardFilterDef

#: Begins the argument of a filter by field.
FIELD = "f."
PERIOD, FROM, TO = "period", "from", "to"
#: Stands for records in which nothing is filled in, and for whoever looks.
EMPTY, ME = "-", "me"
MOST_LETTERS = 200


@dataclass(frozen=True)
class Chosen:
    """The period, and key of a filter -> value that records must have."""

    period: Period
    values: Mapping[str, Value] = field(default_factory=dict)
    #: The same as an address says it.
    args: Mapping[str, str] = field(default_factory=dict)


def read_chosen(dashboard: DashboardDef, args: Mapping[str, str], me: int | None, today: date) -> Chosen:
    """Read what an address says; what makes no sense counts as not chosen."""
    values: dict[str, Value] = {}
    kept: dict[str, str] = {}
    for one in dashboard.filters:
        text = args.get(FIELD + one.key, "")[:MOST_LETTERS].strip()
        if one.type != "field" or not text:
            continue
        known, value = decode(text, type_of(one), me)
        if known:
            values[one.key] = value
            kept[FIELD + one.key] = text
    period, said = _period(dashboard, args, today)
    return Chosen(period, values, {**said, **kept})


def type_of(one: DashboardFilterDef) -> Type:
    """Return the type of value that a filter asks for."""
    return next(iter(one.fields.values())).type


def _period(dashboard: DashboardDef, args: Mapping[str, str], today: date) -> tuple[Period, dict[str, str]]:
    asked = next((one for one in dashboard.filters if one.type == "period"), None)
    if asked is None:
        return Period("all", Span()), {}
    name = args.get(PERIOD, "")
    if name == CUSTOM:
        start, end = read_date(args.get(FROM, "")), read_date(args.get(TO, ""))
        if (start or end) and not (start and end and end < start):
            dates = {FROM: start.isoformat() if start else "", TO: end.isoformat() if end else ""}
            return Period(CUSTOM, Span(start, end)), {PERIOD: CUSTOM, **{k: v for k, v in dates.items() if v}}
        return Period(CUSTOM, span_of(asked.default or DEFAULT, today)), {PERIOD: CUSTOM}
    if name in SPANS:
        return Period(name, span_of(name, today)), {PERIOD: name}
    standard = asked.default or DEFAULT
    return Period(standard, span_of(standard, today)), {}


# -- values in addresses -----------------------------------------------------------------------------------------------


def encode(value: Value) -> str:
    """Return a value that records share as an address says it."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def decode(text: str, type_: Type, me: int | None = None, *, period: bool = False) -> tuple[bool, Value]:
    """Return whether a text is a value of a type, and which."""
    if text == EMPTY:
        return True, None
    if forbidden(text):
        return False, None
    if period:
        day = read_date(text)
        return day is not None, day
    if type_.kind is Kind.YES_NO:
        return text in ("yes", "no"), text == "yes"
    if type_.kind in (Kind.PERSON, Kind.REFERENCE):
        if text == ME and type_.kind is Kind.PERSON:
            return True, me
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
        return number is not None, number
    return not (type_.options and text not in type_.options), text
