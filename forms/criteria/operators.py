"""What can be asked of each kind of field, and how it is written: one table serves writing and reading.

In a template `{k}` is the field, `{n}` the text that names what it refers to, `{d}` its day, `{a}` and `{b}` values,
`{l}` a list of them. The first template of an operator is written, all of them are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.criteria.model import Slot
from rules.errors import N_
from rules.types import Kind

#: What a value is: a text, number, date or option; several of them; a period; or a number of days.
VALUES = ("text", "number", "date", "option", "texts", "options", "period", "days")


@dataclass(frozen=True, slots=True)
class Operator:
    """One thing that can be asked; `needs` names its values, `templates` how it is written and read."""

    key: str
    label: str
    needs: tuple[str, ...]
    templates: tuple[str, ...]


def _op(key: str, label: str, needs: str, *templates: str) -> Operator:
    return Operator(key, label, tuple(needs.split()), templates)


_EMPTY = (
    _op("empty", N_("is empty"), "", "is_empty({k})", "not is_filled({k})"),
    _op("filled", N_("is filled"), "", "is_filled({k})", "not is_empty({k})"),
)
_TEXT = (
    _op("contains", N_("contains"), "text", "contains({n}, {a})", "{a} in {n}"),
    _op("lacks", N_("does not contain"), "text", "not contains({n}, {a})", "{a} not in {n}"),
    _op("is", N_("is"), "text", "{n} == {a}"),
    _op("is_not", N_("is not"), "text", "{n} != {a}"),
    _op("one_of", N_("is one of"), "texts", "{n} in {l}"),
    _op("none_of", N_("is none of"), "texts", "{n} not in {l}"),
    _op("begins", N_("begins with"), "text", "starts_with({n}, {a})"),
    _op("ends", N_("ends with"), "text", "ends_with({n}, {a})"),
)
_NUMBER = (
    _op("is", N_("is"), "number", "{k} == {a}"),
    _op("is_not", N_("is not"), "number", "{k} != {a}"),
    _op("above", N_("is more than"), "number", "{k} > {a}", "{a} < {k}"),
    _op("from", N_("is at least"), "number", "{k} >= {a}", "{a} <= {k}"),
    _op("below", N_("is less than"), "number", "{k} < {a}", "{a} > {k}"),
    _op("upto", N_("is at most"), "number", "{k} <= {a}", "{a} >= {k}"),
    _op("between", N_("is between"), "number number", "between({k}, {a}, {b})"),
)
_DATE = (
    _op("within", N_("is"), "period"),
    _op("is", N_("is on"), "date", "{d} == {a}"),
    _op("before", N_("is before"), "date", "{d} < {a}"),
    _op("after", N_("is after"), "date", "{d} > {a}"),
    _op("from", N_("is on or after"), "date", "{d} >= {a}"),
    _op("upto", N_("is on or before"), "date", "{d} <= {a}"),
    _op("between", N_("is between"), "date date", "between({d}, {a}, {b})"),
    _op("last_days", N_("is in the last … days"), "days", "between({d}, add_days(today, -{a}), today)"),
    _op("next_days", N_("is in the next … days"), "days", "between({d}, today, add_days(today, {a}))"),
    _op("older", N_("is more than … days ago"), "days", "days_since({k}) > {a}"),
    _op("farther", N_("is more than … days ahead"), "days", "days_until({k}) > {a}"),
)
_YES_NO = (_op("yes", N_("is yes"), "", "{k}"), _op("no", N_("is no"), "", "not {k}"))
_CHOICE = (
    _op("is", N_("is"), "option", "{k} == {a}"),
    _op("is_not", N_("is not"), "option", "{k} != {a}"),
    _op("one_of", N_("is one of"), "options", "{k} in {l}"),
    _op("none_of", N_("is none of"), "options", "{k} not in {l}"),
)
_CHOICES = (
    _op("contains", N_("contains"), "option", "contains({k}, {a})", "{a} in {k}"),
    _op("lacks", N_("does not contain"), "option", "not contains({k}, {a})", "{a} not in {k}"),
    _op("any_of", N_("has one of"), "options", "any_of({k}, {l})"),
    _op("all_of", N_("has all of"), "options", "all_of({k}, {l})"),
    _op("none_of", N_("has none of"), "options", "none_of({k}, {l})"),
)
_PERSON = (
    _op("me", N_("is me"), "", "{k} == me", "is_me({k})", "me == {k}"),
    _op("not_me", N_("is not me"), "", "{k} != me", "not is_me({k})"),
    _op("my_team", N_("is in my team"), "", "same_team({k})"),
    _op("my_region", N_("is in my region"), "", "same_region({k})"),
    _op("reports", N_("reports to me"), "", "reports_to_me({k})"),
    _op("is", N_("is"), "text", "{n} == {a}"),
    _op("is_not", N_("is not"), "text", "{n} != {a}"),
    _op("one_of", N_("is one of"), "texts", "{n} in {l}"),
    _op("none_of", N_("is none of"), "texts", "{n} not in {l}"),
)
_PEOPLE = (
    _op("has_me", N_("includes me"), "", "includes({k}, me)", "me in {k}", "contains({k}, me)"),
    _op("lacks_me", N_("does not include me"), "", "excludes({k}, me)", "me not in {k}", "not includes({k}, me)"),
)
_BY_KIND: Mapping[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: (*_TEXT, *_EMPTY),
    Kind.NUMBER: (*_NUMBER, *_EMPTY),
    Kind.MONEY: (*_NUMBER, *_EMPTY),
    Kind.DATE: (*_DATE, *_EMPTY),
    Kind.DATETIME: (*_DATE, *_EMPTY),
    Kind.YES_NO: _YES_NO,
    Kind.CHOICE: (*_CHOICE, *_EMPTY),
    Kind.CHOICES: (*_CHOICES, *_EMPTY),
    Kind.REFERENCE: (*_TEXT, *_EMPTY),
    Kind.REFERENCES: _EMPTY,
    Kind.PERSON: (*_PERSON, *_EMPTY),
    Kind.PEOPLE: (*_PEOPLE, *_EMPTY),
}

_UNITS = {"week": ("week", "add_days", 7), "month": ("month", "add_months", 1), "quarter": ("quarter", "add_months", 3)}
_UNITS |= {"year": ("year", "add_months", 12)}


def _period(unit: str, step: int) -> str:
    name, shift, size = _UNITS[unit]
    day = f"{shift}(today, {step * size})" if step else "today"
    return f'between({{d}}, start_of({day}, "{name}"), end_of({day}, "{name}"))'


#: Key of a period -> what it is called, and how it is written.
PERIODS: Mapping[str, tuple[str, str]] = {
    "today": (N_("today"), "{d} == today"),
    "yesterday": (N_("yesterday"), "{d} == add_days(today, -1)"),
    "tomorrow": (N_("tomorrow"), "{d} == add_days(today, 1)"),
    "this_week": (N_("this week"), _period("week", 0)),
    "last_week": (N_("last week"), _period("week", -1)),
    "next_week": (N_("next week"), _period("week", 1)),
    "this_month": (N_("this month"), _period("month", 0)),
    "last_month": (N_("last month"), _period("month", -1)),
    "next_month": (N_("next month"), _period("month", 1)),
    "this_quarter": (N_("this quarter"), _period("quarter", 0)),
    "last_quarter": (N_("last quarter"), _period("quarter", -1)),
    "next_quarter": (N_("next quarter"), _period("quarter", 1)),
    "this_year": (N_("this year"), _period("year", 0)),
    "last_year": (N_("last year"), _period("year", -1)),
    "next_year": (N_("next year"), _period("year", 1)),
    "past": (N_("in the past"), "is_past({k})"),
    "future": (N_("in the future"), "is_future({k})"),
}


def operators_of(slot: Slot) -> tuple[Operator, ...]:
    """Return what can be asked of a field; what cannot be named can only be asked whether there is something."""
    found = _BY_KIND.get(slot.kind, _EMPTY)
    if slot.named or slot.kind is Kind.TEXT:
        return found
    return tuple(one for one in found if not any("{n}" in template for template in one.templates))


def operator(slot: Slot, key: str) -> Operator | None:
    """Return an operator by its key."""
    return next((one for one in operators_of(slot) if one.key == key), None)


def templates(slot: Slot) -> Iterator[tuple[Operator, tuple[str, ...], str]]:
    """Go through everything that can be read: (operator, values that are fixed, template with the field in it)."""
    for one in operators_of(slot):
        if one.needs == ("period",):
            yield from ((one, (key,), placed(slot, template)) for key, (_, template) in PERIODS.items())
        else:
            yield from ((one, (), placed(slot, template)) for template in one.templates)


def placed(slot: Slot, template: str) -> str:
    """Return a template with the field in it, its values still open."""
    day = f"date_of({slot.key})" if slot.kind is Kind.DATETIME else slot.key
    names = {"{k}": slot.key, "{d}": day, "{n}": slot.named or slot.key}
    for mark, text in names.items():
        template = template.replace(mark, text)
    return template
