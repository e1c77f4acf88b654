"""SQL forms of the functions that ask whether something is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.sql.compare import raw
from engine.sql.functions._base import form
from engine.sql.literals import SQL_TYPES, Sql
from rules.tree import Call

if TYPE_CHECKING:
    from engine.sql.compile import Compiler


@form("is_empty")
def is_empty(c: Compiler, call: Call) -> Sql:
    return raw(c, call.args[0]).is_(None)


@form("coalesce")
def first_filled(c: Compiler, call: Call) -> Sql:
    values = [c.branch(arg, call) for arg in call.args]
    return values[0] if len(values) == 1 else sa.func.coalesce(*values, type_=SQL_TYPES[call.type.kind])


@form("count_filled")
def count_filled(c: Compiler, call: Call) -> Sql:
    total: Sql = sa.literal(0, sa.Integer)
    for arg in call.args:
        total += sa.case((raw(c, arg).is_not(None), 1), else_=0)
    return total
