"""SQL forms of the functions over numbers (`max` and `min` also of dates)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.sql.functions._base import form
from engine.sql.literals import SQL_TYPES, Sql
from engine.sql.numbers import arithmetic, double
from rules.rounding import NO_DECIMALS, factor
from rules.tree import Binary, Call, Name, Node, Unary
from rules.types import Kind

if TYPE_CHECKING:
    from engine.sql.compile import Compiler


@form("abs")
def absolute(c: Compiler, call: Call) -> Sql:
    return sa.func.abs(c.number(call.args[0]), type_=sa.Double)


@form("floor")
def round_down(c: Compiler, call: Call) -> Sql:
    return c.sql.floor(c.number(call.args[0]))


@form("ceil")
def round_up(c: Compiler, call: Call) -> Sql:
    return sa.func.ceil(c.number(call.args[0]), type_=sa.Double)


@form("sign")
def sign(c: Compiler, call: Call) -> Sql:
    # SQLite's is an integer, which divides as one.
    return sa.cast(sa.func.sign(c.number(call.args[0]), type_=sa.Integer), sa.Double)


@form("sqrt")
def square_root(c: Compiler, call: Call) -> Sql:
    value = c.number(call.args[0])
    return sa.case((value >= double(0), sa.func.sqrt(value, type_=sa.Double)))


@form("round")
def round_half_away(c: Compiler, call: Call) -> Sql:
    value = c.number(call.args[0])
    digits = int(c.constants.value(call.args[1])) if len(call.args) > 1 else 0  # type: ignore[call-overload]
    scale, size = 10.0 ** abs(digits), sa.func.abs(value, type_=sa.Double)
    scaled = arithmetic("*", size, double(factor(digits)))
    whole = c.sql.floor(arithmetic("+", scaled, double(0.5)))
    found = arithmetic("/" if digits >= 0 else "*", whole, double(scale)) if digits else whole
    signed = arithmetic("*", sa.func.sign(value, type_=sa.Double), found)
    return sa.case((scaled >= double(NO_DECIMALS), value), else_=signed)


@form("max", dialects=("sqlite",))
@form("min", dialects=("sqlite",))
def extreme(c: Compiler, call: Call) -> Sql:
    values = [c.branch(arg, call) for arg in call.args]
    type_ = SQL_TYPES[call.type.kind]
    return values[0] if len(values) == 1 else getattr(sa.func, call.function)(*values, type_=type_)


@form("max", dialects=("postgresql",))
@form("min", dialects=("postgresql",))
def extreme_or_empty(c: Compiler, call: Call) -> Sql:
    """PostgreSQL passes over empty arguments: ask for them first, once for all nested calls."""
    missing = [leaf.is_(None) for leaf in _leaves(c, call)]
    found = _bare(c, call)
    return sa.case((sa.or_(*missing), sa.null()), else_=found) if missing else found


def _is_extreme(node: Node) -> bool:
    return isinstance(node, Call) and node.function in {"max", "min"}


def _bare(c: Compiler, call: Call) -> Sql:
    values = [_bare(c, arg) if isinstance(arg, Call) and _is_extreme(arg) else c.branch(arg, call) for arg in call.args]
    if len(values) == 1:
        return values[0]
    pick = sa.func.greatest if call.function == "max" else sa.func.least
    return pick(*values, type_=SQL_TYPES[call.type.kind])


def _leaves(c: Compiler, node: Node) -> list[Sql]:
    """Return what makes a node empty when it is: the nullable names below operations that pass emptiness on."""
    if not c.nullable(node) or c.constants.covers(node):
        return [] if not c.nullable(node) else [sa.null()]
    match node:
        case Call(args=args) if _is_extreme(node):
            return [leaf for arg in args for leaf in _leaves(c, arg)]
        case Unary(op="-", operand=operand):
            return _leaves(c, operand)
        case Binary(op="+" | "-" | "*", left=left, right=right):
            return [*_leaves(c, left), *_leaves(c, right)]
        case Name() if node.type.kind is Kind.MONEY:
            return [c.source.column(node.path)]
    return [c.value(node)]
