"""SQL forms of `contains` and of the functions over fields that hold several values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.sql.functions._base import form
from engine.sql.literals import Sql
from rules.tree import Call, ListNode, Node
from rules.types import MANY

if TYPE_CHECKING:
    from engine.sql.compile import Compiler


@form("contains")
def contains(c: Compiler, call: Call) -> Sql:
    holder, part = call.args
    if holder.type.kind in MANY:
        return c.sql.list_has(c.value(holder), c.value(part))
    return c.sql.position(c.value(holder), c.value(part)) > 0


def _has(c: Compiler, call: Call) -> list[Sql]:
    """Return one test per item that is looked for; an empty item is found nowhere."""
    many, items = call.args
    assert isinstance(items, ListNode)
    return [_has_item(c, many, item) for item in items.items]


def _has_item(c: Compiler, many: Node, item: Node) -> Sql:
    if c.constants.covers(item) and c.constants.value(item) is None:
        return sa.false()
    return c.sql.list_has(c.value(many), c.value(item))


@form("any_of")
def any_of(c: Compiler, call: Call) -> Sql:
    if call.args[0].type.kind not in MANY:
        return sa.or_(sa.false(), *(c.condition(arg) for arg in call.args))
    return sa.or_(sa.false(), *_has(c, call))


@form("all_of")
def all_of(c: Compiler, call: Call) -> Sql:
    if call.args[0].type.kind not in MANY:
        return sa.and_(sa.true(), *(c.condition(arg) for arg in call.args))
    return sa.and_(c.value(call.args[0]).is_not(None), *_has(c, call))


@form("none_of")
def none_of(c: Compiler, call: Call) -> Sql:
    return any_of(c, call).is_not(sa.true())


@form("size")
def size(c: Compiler, call: Call) -> Sql:
    return sa.func.coalesce(c.sql.list_size(c.value(call.args[0])), 0, type_=sa.Integer)
