"""Filters of a list, one field each: read from what was typed, then a condition for WHERE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records.input import unknown_field
from engine.records.names import name_of
from engine.records.resolve import Resolver
from engine.records.search import finds, searchable
from engine.records.writing import system_slots
from engine.releases.live import Live
from engine.rights import visible
from engine.sql.compile import Source
from engine.sql.dialects import forms_of
from engine.sql.literals import literal
from forms.dates import read_date
from forms.defs import FieldDef
from forms.errors import FormError
from forms.fields import InputContext
from rules.errors import N_, Fault
from rules.types import ITEM_OF, MANY, OF_PEOPLE, Kind

#: one of · from · to · contains · has a value or not.
IS, MIN, MAX, CONTAINS, EMPTY = "is", "min", "max", "contains", "empty"
#: Which filters each kind of value understands.
OPS: dict[Kind, tuple[str, ...]] = {
    Kind.NUMBER: (IS, MIN, MAX, EMPTY),
    Kind.MONEY: (IS, MIN, MAX, EMPTY),
    Kind.DATE: (IS, MIN, MAX, EMPTY),
    Kind.DATETIME: (MIN, MAX, EMPTY),
    Kind.TEXT: (CONTAINS, IS, MIN, MAX, EMPTY),
    Kind.YES_NO: (IS, EMPTY),
    Kind.CHOICE: (IS, EMPTY),
    Kind.CHOICES: (IS, EMPTY),
    Kind.REFERENCE: (IS, EMPTY),
    Kind.REFERENCES: (IS, EMPTY),
    Kind.PERSON: (IS, EMPTY),
    Kind.PEOPLE: (IS, EMPTY),
}


@dataclass(frozen=True)
class Filter:
    """One filter: `values` are stored values; of `min`, `max`, `contains` and `empty` only the first counts."""

    field: str
    op: str
    values: tuple[object, ...]


def read_filter(
    session: Session, live: Live, form: str, user: User, now: datetime, key: str, op: str, raw: Sequence[str]
) -> Filter:
    """Return the filter that was typed; FormError when there is no such field or the value makes no sense for it."""
    slot = slot_of(live, form, key)
    if slot is None or key not in visible(live, form, user):
        raise FormError(unknown_field(key))
    kind = live.app.shapes[form][key].kind
    if op not in OPS.get(kind, (EMPTY,)):
        raise FormError(Fault("filter.op", N_("This field cannot be filtered like that."), field=key))
    if op == EMPTY:
        return Filter(key, op, ("no" not in raw,))
    if op == CONTAINS:
        return Filter(key, op, (" ".join(raw),))
    resolver = Resolver(session, live, user, now, departed=True)
    context = InputContext(live.app.context.time_zone, live.app.currency, resolver.find_records, resolver.find_people)
    return Filter(key, op, tuple(_read(slot, op, one, context, user) for one in raw))


def _read(slot: FieldDef, op: str, raw: str, context: InputContext, user: User) -> object:
    if slot.type.shown_as(slot).kind in OF_PEOPLE and raw == "me":
        return user.id
    if not raw.strip():
        return None
    type_ = slot.type.shown_as(slot)
    value = type_.parse_input(slot, [raw] if type_.kind in MANY else raw, context)
    if type_.kind in MANY and isinstance(value, list):
        return value[0]
    if op == MAX and type_.kind is Kind.DATETIME and is_whole_day(raw) and isinstance(value, datetime):
        return value + timedelta(days=1, seconds=-1)
    return value


def slot_of(live: Live, form: str, key: str) -> FieldDef | None:
    """Return a field or system name as a field."""
    return live.form(form).by_key.get(key) or system_slots(live, form).get(key)


def filter_conditions(
    source: Source, live: Live, form: str, user: User, filters: Iterable[Filter]
) -> list[ColumnElement[bool]]:
    """Return the conditions of all filters; FormError for a field that this person may not see."""
    seen = visible(live, form, user)
    made = []
    for one in filters:
        if one.field not in seen:
            raise FormError(unknown_field(one.field))
        made.append(_condition(source, live, form, one))
    return made


def _condition(source: Source, live: Live, form: str, one: Filter) -> ColumnElement[bool]:
    kind = live.app.shapes[form][one.field].kind
    column = column_of(source, live, form, one.field)
    first = one.values[0] if one.values else None
    if one.op == EMPTY:
        return column.is_(None) if first else column.is_not(None)
    if one.op == CONTAINS:
        return _contains(source, live, form, one.field, str(first or ""))
    if one.op in (MIN, MAX):
        if first is None:
            return sa.true()
        return column >= _bound(first) if one.op == MIN else column <= _bound(first)
    return _is_one_of(source, column, kind, one.values)


def column_of(source: Source, live: Live, form: str, key: str) -> ColumnElement[object]:
    """Return the column of a name, or what stands for it."""
    if key in source.table.c:
        column: ColumnElement[object] = source.table.c[key]
        return column
    return source.expr(name_of(live, form, (key,)))


def _bound(value: object) -> ColumnElement[object]:
    return sa.literal(value) if isinstance(value, int) and not isinstance(value, bool) else literal(value)


def _contains(source: Source, live: Live, form: str, key: str, text: str) -> ColumnElement[bool]:
    form_def = live.form(form)
    if key in {field.key for field in searchable(form_def)}:
        return finds(source.table.c.search_text, form_def, text, {key}, source.dialect, letters=False)
    return forms_of(source.dialect).position(source.table.c[key], sa.literal(text)) > 0


def _is_one_of(
    source: Source, column: ColumnElement[object], kind: Kind, values: Sequence[object]
) -> ColumnElement[bool]:
    wanted = [value for value in values if value is not None]
    if kind in MANY:
        forms = forms_of(source.dialect)
        tests = [forms.list_has(column, literal(value, ITEM_OF[kind])) for value in wanted]
    else:
        tests = [column.in_(wanted)] if wanted else []
    if None in values:
        tests.append(column.is_(None))
    return sa.or_(sa.false(), *tests)


def is_whole_day(raw: str) -> bool:
    """Tell whether a date without a time was typed."""
    return ":" not in raw and read_date(raw) is not None
