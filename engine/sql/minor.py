"""Money kept in whole minor units through names, choices between them, sums and differences: exact to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.sql.literals import Sql
from rules.tree import Binary, Call, IfElse, Name, Node, Unary
from rules.types import Kind

if TYPE_CHECKING:
    from engine.sql.compile import Compiler

#: Operators that keep whole minor units whole.
_ADDITIVE = {"+", "-"}


def minor_units(c: Compiler, node: Node, scale: int) -> Sql | None:
    """Return the value of a node as an integer of minor units, or None when it is more than adding up money."""
    if c.constants.covers(node):
        return _constant(c.constants.value(node), scale)
    match node:
        case Name(type=type_) if type_.kind is Kind.MONEY and type_.scale == scale:
            return c.source.column(node.path)
        case Unary(op="-", operand=operand):
            found = minor_units(c, operand, scale)
            return None if found is None else -found
        case Binary(op=op, left=left, right=right) if op in _ADDITIVE:
            sides = minor_units(c, left, scale), minor_units(c, right, scale)
            if sides[0] is None or sides[1] is None:
                return None
            return sides[0] + sides[1] if op == "+" else sides[0] - sides[1]
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            yes, no = minor_units(c, then, scale), minor_units(c, otherwise, scale)
            if yes is None or no is None:
                return None
            return sa.case((c.condition(condition), yes), else_=no)
        case Call(function="coalesce", args=args):
            parts = [minor_units(c, arg, scale) for arg in args]
            known = [part for part in parts if part is not None]
            return sa.func.coalesce(*known, type_=sa.BigInteger) if len(known) == len(parts) else None
    return None


def _constant(value: object, scale: int) -> Sql | None:
    if value is None:
        return sa.cast(sa.null(), sa.BigInteger)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    minor = round(value * 10**scale)
    return sa.literal(minor, sa.BigInteger) if minor / 10**scale == value else None


def money_scale(node: Node) -> int | None:
    """Return the minor digits of the first amount of money in a tree, or None when there is none."""
    from engine.sql.constants import walk

    return next((n.type.scale for n in walk(node) if isinstance(n, Name) and n.type.kind is Kind.MONEY), None)
