"""SQL forms of the functions over text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.sql.functions._base import form
from engine.sql.literals import Sql
from engine.sql.numbers import double
from rules.functions.text import BLANKS
from rules.limits import MAX_RESULT_TEXT
from rules.tree import Call, Node
from rules.types import MANY

if TYPE_CHECKING:
    from engine.sql.compile import Compiler


def _bounded(text: Sql) -> Sql:
    """Return a text result, or empty when there is nothing in it or too much."""
    return sa.case((_length(text).between(1, MAX_RESULT_TEXT), text))


def _length(text: Sql) -> Sql:
    return sa.func.length(text, type_=sa.Integer)


def _count(c: Compiler, node: Node, least: int) -> Sql:
    """Return a count of characters: cut to a whole number, and within what a text can have."""
    most = 1_000_000_000
    if c.constants.covers(node):
        value = c.constants.value(node)
        known = None if value is None else min(most, max(least, int(value)))  # type: ignore[call-overload]
        return sa.literal(known, sa.Integer)
    value_ = c.number(node)
    whole = sa.cast(sa.func.trunc(value_, type_=sa.Double), sa.Integer)
    return sa.case((value_ < double(least), least), (value_ > double(most), most), else_=whole)


def _part(text: Sql, start: Sql, count: Sql) -> Sql:
    return sa.func.substr(text, start, count, type_=sa.Text)


@form("trim", dialects=("sqlite",))
def trim(c: Compiler, call: Call) -> Sql:
    return _bounded(sa.func.trim(c.value(call.args[0]), BLANKS, type_=sa.Text))


@form("trim", dialects=("postgresql",))
def trim_both(c: Compiler, call: Call) -> Sql:
    return _bounded(sa.func.btrim(c.value(call.args[0]), BLANKS, type_=sa.Text))


@form("length")
def length(c: Compiler, call: Call) -> Sql:
    held = call.args[0]
    counted = c.sql.list_size(c.value(held)) if held.type.kind in MANY else _length(c.value(held))
    return sa.func.coalesce(counted, 0, type_=sa.Integer)


@form("left")
def left(c: Compiler, call: Call) -> Sql:
    return _bounded(_part(c.value(call.args[0]), sa.literal(1, sa.Integer), _count(c, call.args[1], 0)))


@form("right")
def right(c: Compiler, call: Call) -> Sql:
    text, count = c.value(call.args[0]), _count(c, call.args[1], 0)
    skipped = sa.case((_length(text) > count, _length(text) - count), else_=0)
    return sa.case((count.is_not(None), _bounded(sa.func.substr(text, skipped + 1, type_=sa.Text))))


@form("middle")
def middle(c: Compiler, call: Call) -> Sql:
    text, start, count = call.args
    return _bounded(_part(c.value(text), _count(c, start, 1), _count(c, count, 0)))


@form("starts_with")
def starts_with(c: Compiler, call: Call) -> Sql:
    text, beginning = (c.value(arg) for arg in call.args)
    return _part(text, sa.literal(1, sa.Integer), _length(beginning)) == beginning


@form("ends_with")
def ends_with(c: Compiler, call: Call) -> Sql:
    text, ending = (c.value(arg) for arg in call.args)
    first = _length(text) - _length(ending) + 1
    return sa.and_(first >= 1, sa.func.substr(text, first, type_=sa.Text) == ending)


@form("concat")
def concat(c: Compiler, call: Call) -> Sql:
    parts = [c.value(arg) for arg in call.args]
    joined: Sql = sa.func.coalesce(parts[0], "", type_=sa.Text)
    for part in parts[1:]:
        joined = joined.op("||", return_type=sa.Text())(sa.func.coalesce(part, "", type_=sa.Text))
    return _bounded(joined)
