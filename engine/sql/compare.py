"""Comparisons: exact where both sides are plain, to nine decimals where one is computed, empty as the rules say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.sql.literals import Sql, literal
from engine.sql.numbers import arithmetic, below, double, minor_threshold, threshold
from engine.sql.ranges import as_range
from rules.compare import EXACT_MONEY, MIRRORED, ROUNDED, money_bound, style
from rules.limits import HALF_NINTH
from rules.nodes import NUMERIC, TEXTUAL
from rules.tree import Compare, ListNode, Name, Node
from rules.types import Kind

if TYPE_CHECKING:
    from engine.sql.compile import Compiler, Test

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def compare(c: Compiler, node: Compare, *, want: bool) -> Test:
    """Return the test of one comparison."""
    if node.op in {"in", "not in"}:
        return _membership(c, node.left, node.right, want=want is (node.op == "in"))
    return compare_sides(c, node.op, node.left, node.right, want=want)


def compare_sides(c: Compiler, op: str, left: Node, right: Node, *, want: bool = True) -> Test:
    """Return the test of `left op right`."""
    how = style(left, right) if op not in {"in", "not in"} else ""
    if c.constants.covers(left):
        op, left, right = MIRRORED[op], right, left
    if not c.constants.covers(right):
        return _general_sides(c, op, left, right, how, want)
    value = c.constants.value(right)
    if value is None:
        return _with_empty(c, op, left, want)
    range_ = as_range(c, op, left, right)
    if range_ is not None:
        return _wanted(range_, want)
    if left.type.kind in NUMERIC:
        return _with_number(c, op, left, float(value), how, want)  # type: ignore[arg-type]
    return _general_sides(c, op, left, right, how, want)


def _wanted(test: Test, want: bool) -> Test:
    """Return the test or its opposite."""
    found, exact = test
    if want:
        return test
    return (sa.not_(found), True) if exact else (found.is_not(sa.true()), True)


def _with_empty(c: Compiler, op: str, left: Node, want: bool) -> Test:
    """Compare with the empty value: equal only to empty, and neither before nor after anything."""
    if op not in {"==", "!="}:
        return (sa.false() if want else sa.true()), True
    value = raw(c, left)
    return (value.is_(None) if (op == "==") is want else value.is_not(None)), True


def raw(c: Compiler, node: Node) -> Sql:
    """Return the column of a name as it is stored, the value of anything else."""
    if isinstance(node, Name) and node.type.kind is Kind.MONEY and not c.constants.covers(node):
        return c.source.column(node.path)
    return c.value(node)


def _with_number(c: Compiler, op: str, left: Node, value: float, how: str, want: bool) -> Test:
    """Compare with a known number: whatever must be rounded is rounded here, not in every row."""
    nullable = c.nullable(left)
    if isinstance(left, Name) and left.type.kind is Kind.MONEY:
        return _money_with_number(c.source.column(left.path), left.type.scale, op, value, how, nullable, want)
    column = c.value(left)
    if how != ROUNDED:
        return _general(op, column, double(value), nullable, False, want)
    first, after = threshold(value, above=False), threshold(value, above=True)
    return _between(op, column, double(first), double(after), double(below(after)), nullable, want)


def _money_with_number(column: Sql, scale: int, op: str, value: float, how: str, nullable: bool, want: bool) -> Test:
    """Compare an amount as it is stored, in whole minor units."""
    if how == EXACT_MONEY:
        bound = money_bound(op, value, scale)
        if isinstance(bound, bool):
            return (sa.true() if bound is want else sa.false()), True
        return _general(bound[0], column, sa.literal(bound[1], sa.BigInteger), nullable, False, want)
    first, after = (minor_threshold(threshold(value, above=above), scale) for above in (False, True))
    lowest, beyond, highest = (sa.literal(number, sa.BigInteger) for number in (first, after, after - 1))
    return _between(op, column, lowest, beyond, highest, nullable, want)


def _between(op: str, column: Sql, first: Sql, after: Sql, last: Sql, nullable: bool, want: bool) -> Test:
    """Compare with the stretch of values `first` … `last` that count as one; `after` is the first beyond it."""
    if op in {"<", "<="}:
        return _ordered("<", column, first if op == "<" else after, nullable, want)
    if op in {">", ">="}:
        return _ordered(">=", column, first if op == ">=" else after, nullable, want)
    inside = column.between(first, last)
    if (op == "==") is want:
        return inside, not nullable
    return (inside.is_not(sa.true()), True) if nullable else (sa.not_(inside), True)


def _general_sides(c: Compiler, op: str, left: Node, right: Node, how: str, want: bool) -> Test:
    nullable, nullable_too = c.nullable(left), c.nullable(right)
    if how == ROUNDED:
        return _rounded(op, c.value(left), c.value(right), nullable, nullable_too, want)
    if left.type.kind in NUMERIC and right.type.kind in NUMERIC:
        return _general(op, raw(c, left), raw(c, right), nullable, nullable_too, want)
    sides = c.value(left), c.value(right)
    if left.type.kind in TEXTUAL and op not in {"==", "!="}:
        sides = c.sql.ordered_text(sides[0]), c.sql.ordered_text(sides[1])
    return _general(op, *sides, nullable, nullable_too, want)


def _rounded(op: str, left: Sql, right: Sql, nullable: bool, nullable_too: bool, want: bool) -> Test:
    """Compare two numbers by their difference, rounded to nine decimals."""
    difference = arithmetic("-", left, right)
    if op not in {"==", "!="}:
        bound = -HALF_NINTH if op in {"<", ">="} else HALF_NINTH
        compared = {"<": "<=", ">=": ">", "<=": "<", ">": ">="}[op]
        return _ordered(compared, difference, double(bound), nullable or nullable_too, want)
    near: ColumnElement[bool] = sa.func.abs(difference, type_=sa.Double) < double(HALF_NINTH)
    if nullable and nullable_too:
        near = sa.or_(near, sa.and_(left.is_(None), right.is_(None)))
    exact = not (nullable or nullable_too)
    if (op == "==") is want:
        return near, exact
    return (sa.not_(near), True) if exact else (near.is_not(sa.true()), True)


def _general(op: str, left: Sql, right: Sql, nullable: bool, nullable_too: bool, want: bool) -> Test:
    if op not in {"==", "!="}:
        return _ordered(op, left, right, nullable or nullable_too, want)
    if (op == "==") is want:
        return (
            (left.is_not_distinct_from(right), True)
            if nullable and nullable_too
            else (
                left == right,
                not (nullable or nullable_too),
            )
        )
    return (left.is_distinct_from(right) if nullable or nullable_too else left != right), True


def _ordered(op: str, left: Sql, right: Sql, nullable: bool, want: bool) -> Test:
    if want:
        return _compared(op, left, right), not nullable
    if nullable:
        return _compared(op, left, right).is_not(sa.true()), True
    return _compared(OPPOSITE[op], left, right), True


def _compared(op: str, left: Sql, right: Sql) -> ColumnElement[bool]:
    match op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _membership(c: Compiler, item: Node, where: Node, *, want: bool) -> Test:
    """Return the test of `item in where`; an empty item, or nothing to look in, is no."""
    assert isinstance(where, ListNode)
    items = where.items
    together = [part for part in items if _can_be_listed(c, item, part)]
    tests = [compare_sides(c, "==", item, part)[0] for part in items if part not in together]
    if together:
        values = [c.constants.value(part) for part in together]
        tests.append(c.value(item).in_([literal(value, item.type.kind) for value in values]))
    inside = sa.or_(*tests)
    if len(tests) > bool(together) and c.nullable(item):
        inside = sa.and_(inside, raw(c, item).is_not(None))
    return _wanted((inside, False), want)


def _can_be_listed(c: Compiler, item: Node, part: Node) -> bool:
    """Tell whether `item == part` is plain SQL equality with a filled constant, so that IN says it."""
    if c.constants.covers(item) or not c.constants.covers(part) or c.constants.value(part) is None:
        return False
    return item.type.kind is not Kind.MONEY and style(item, part) not in {ROUNDED, EXACT_MONEY}
