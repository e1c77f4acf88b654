"""The order of a list: any visible field, then the id; and paging by the last row's place in that order."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.changes import decode, encode
from engine.errors import EngineError
from engine.people.users import User
from engine.records.filters import column_of, slot_of
from engine.records.input import unknown_field
from engine.releases.live import Live
from engine.rights import row_condition, row_filter, visible
from engine.sql.compile import Source
from forms.defs import Option
from forms.errors import FormError
from forms.text import storable
from rules.errors import N_, Fault
from rules.types import Kind

#: Fields that one order may name; more cost time and mean nothing.
MOST_KEYS = 3


@dataclass(frozen=True)
class SortKey:
    """One part of an order. Empty values come first going up, last going down, on both databases."""

    name: str
    expression: ColumnElement[Any]
    descending: bool
    kind: Kind
    nullable: bool = True

    def order(self) -> ColumnElement[Any]:
        """Return the part for ORDER BY."""
        ordered = self.expression.desc() if self.descending else self.expression.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_last() if self.descending else ordered.nulls_first()

    def beyond(self, value: object) -> ColumnElement[bool]:
        """Return the condition that a row comes after one with this value."""
        if value is None:
            return sa.false() if self.descending else self.expression.is_not(None)
        if self.descending:
            return (
                sa.or_(self.expression < value, self.expression.is_(None)) if self.nullable else self.expression < value
            )
        return self.expression > value

    def same(self, value: object) -> ColumnElement[bool]:
        """Return the condition that a row has this value."""
        return self.expression.is_(None) if value is None else self.expression == value


def sort_keys(source: Source, live: Live, form: str, user: User, sort: Sequence[str]) -> list[SortKey]:
    """Return the parts of an order, `-field` going down; the id comes last so that every place is one row's alone.

    FormError for a field that does not exist, cannot be sorted by, or is hidden from this person.
    """
    keys = [_key(source, live, form, user, one) for one in sort[:MOST_KEYS] if one.removeprefix("-") != "id"]
    descending = sort[0].startswith("-") if sort else True
    return [*keys, SortKey("id", source.table.c.id, descending, Kind.NUMBER, nullable=False)]


def _key(source: Source, live: Live, form: str, user: User, text: str) -> SortKey:
    name, descending = text.removeprefix("-"), text.startswith("-")
    slot = slot_of(live, form, name)
    if slot is None or name not in visible(live, form, user):
        raise FormError(unknown_field(name))
    if not slot.type.sortable:
        raise FormError(Fault("sort.field", N_("A list cannot be sorted by this field."), field=name))
    type_ = live.app.shapes[form][name]
    if type_.kind is Kind.CHOICE and slot.options:
        return SortKey(text, place_of(source.table.c[name], slot.options), descending, Kind.NUMBER)
    if type_.kind is Kind.PERSON:
        return SortKey(text, source.column((name, "name")), descending, Kind.TEXT)
    if type_.kind is Kind.REFERENCE:
        return _by_title(source, live, user, name, type_.form, text)
    return SortKey(text, column_of(source, live, form, name), descending, type_.kind, nullable=name not in _NEVER_EMPTY)


_NEVER_EMPTY = frozenset({"created_at", "updated_at"})


def place_of(column: ColumnElement[Any], options: Sequence[Option]) -> ColumnElement[Any]:
    """Return the place of an option in its list; what is no option any more comes last."""
    return sa.case({option.key: number for number, option in enumerate(options)}, value=column, else_=len(options))


def _by_title(source: Source, live: Live, user: User, name: str, target: str, text: str) -> SortKey:
    """Sort by the title of what is referred to, as far as this person may see it."""
    descending, title = text.startswith("-"), live.form(target).title
    if title not in visible(live, target, user):
        return SortKey(text, source.table.c[name], descending, Kind.REFERENCE)
    expression: ColumnElement[Any] = source.column((name, title))
    conditions = row_condition(live, target, user, "read")
    if None not in conditions:
        own = Source(source.app, source.tables, target, source.dialect, source.now, user, at=source.at)
        allowed = row_filter(own, live, target, user, "read")
        seen = own.select(own.table.c.id).where(allowed)
        expression = sa.case((source.table.c[name].in_(seen), expression), else_=None)
    return SortKey(text, expression, descending, live.app.shapes[target][title].kind)


def after_cursor(keys: Sequence[SortKey], values: Sequence[object]) -> ColumnElement[bool]:
    """Return the condition that a row comes after the place with these values."""
    branches = [
        sa.and_(
            *(key.same(value) for key, value in zip(keys[:depth], values[:depth], strict=True)),
            keys[depth].beyond(values[depth]),
        )
        for depth in range(len(keys))
    ]
    return sa.or_(*branches)


def parts_after(keys: Sequence[SortKey], values: Sequence[object]) -> list[ColumnElement[bool]]:
    """Return the same condition in parts, one after the other in the order, each of them one stretch of an index.

    An index cannot serve an OR: a page deep inside a list would be looked for from the beginning.
    """
    first, value = keys[0], values[0]
    if len(keys) == 1:
        return [first.beyond(value)]
    if value is None:
        rest = sa.and_(first.same(None), after_cursor(keys[1:], values[1:]))
        return [rest] if first.descending else [rest, first.expression.is_not(None)]
    if len(keys) == 2 and keys[1].descending == first.descending:
        parts = [_beyond_both(keys, values)]
    else:
        same = sa.and_(first.same(value), after_cursor(keys[1:], values[1:]))
        parts = [same, first.expression < value if first.descending else first.expression > value]
    return [*parts, first.expression.is_(None)] if first.descending and first.nullable else parts


def _beyond_both(keys: Sequence[SortKey], values: Sequence[object]) -> ColumnElement[bool]:
    """Compare two values as one row, which indexes over both understand."""
    here = sa.tuple_(*(key.expression for key in keys))
    there = sa.tuple_(*(sa.literal(value, key.expression.type) for key, value in zip(keys, values, strict=True)))
    return here < there if keys[0].descending else here > there


def backwards(keys: Sequence[SortKey]) -> list[SortKey]:
    """Return the opposite order: for the page before a place."""
    return [replace(key, descending=not key.descending) for key in keys]


def write_cursor(keys: Sequence[SortKey], values: Sequence[object]) -> str:
    """Return the place of a row in an order, as a short text for a link."""
    text = json.dumps([[key.name for key in keys], [encode(value) for value in values]], ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(keys: Sequence[SortKey], cursor: str) -> list[object]:
    """Return the values of a place; EngineError when the text is no place in this order."""
    try:
        names, values = json.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        read = [decode(value, key.kind) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise _bad_cursor() from error
    if names != [key.name for key in keys] or not all(map(_fits, keys, read)) or read[-1] is None:
        raise _bad_cursor()
    return read


def _bad_cursor() -> EngineError:
    return EngineError(Fault("bad_cursor", N_("This page of the list is not there any more; begin at the first one.")))


_PYTHON_TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.TEXT: str,
    Kind.CHOICE: str,
    Kind.DATE: date,
    Kind.DATETIME: datetime,
    Kind.YES_NO: bool,
}


def _fits(key: SortKey, value: object) -> bool:
    if value is None:
        return key.nullable
    if key.kind in _PYTHON_TYPES:
        return isinstance(value, _PYTHON_TYPES[key.kind]) and _can_be_asked(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def _can_be_asked(value: object) -> bool:
    """Tell whether a database can compare with a value: anybody can write what they like into an address."""
    if isinstance(value, datetime):
        return value.utcoffset() == timedelta(0)
    return not isinstance(value, str) or storable(value)
