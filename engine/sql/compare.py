"""Comparisons: exact where both sides are plain, to nine decimals where one is computed, empty as the rules say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.sql.literals import Sql, literal
from engine.sql.numbers import below, double, minor_threshold, rounded, rounded_value, threshold
from engine.sql.ranges import as_range
from rules.tree import Compare, ListNode, Literal, Name, Node, Unary
from rules.types import Kind

if TYPE_CHECKING:
    from engine.sql.compile import Compiler, Test

NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY})
TEXTS = frozenset({Kind.TEXT, Kind.CHOICE})
LISTS = frozenset({Kind.CHOICES, Kind.PEOPLE, Kind.REFERENCES})
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def is_plain(node: Node) -> bool:
    """Tell whether a side is compared as it is: a name, a literal, or minus a literal."""
    if isinstance(node, Unary):
        return node.op == "-" and isinstance(node.operand, Literal)
    return isinstance(node, Name | Literal)


def compare(c: Compiler, node: Compare, *, want: bool) -> Test:
    """Return the test of one comparison."""
    if node.op in {"in", "not in"}:
        return _membership(c, node.left, node.right, want=want is (node.op == "in"))
    return compare_sides(c, node.op, node.left, node.right, want=want)


def compare_sides(c: Compiler, op: str, left: Node, right: Node, *, want: bool = True) -> Test:
    """Return the test of `left op right`."""
    if c.constants.covers(left):
        op, left, right = FLIPPED[op], right, left
    if c.constants.covers(right):
        value = c.constants.value(right)
        if value is None:
            return _with_empty(c, op, left, want)
        range_ = as_range(c, op, left, value)
        if range_ is not None:
            return _wanted(range_, want)
        if left.type.kind in NUMBERS:
            return _with_number(c, op, left, float(value), plain=is_plain(left) and is_plain(right), want=want)  # type: ignore[arg-type]
    sides = _sides(c, op, left, right)
    return _general(op, *sides, c.nullable(left), c.nullable(right), want)


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


def _with_number(c: Compiler, op: str, left: Node, value: float, *, plain: bool, want: bool) -> Test:
    """Compare with a known number: whatever must be rounded is rounded here, not in every row."""
    nullable = c.nullable(left)
    if isinstance(left, Name) and left.type.kind is Kind.MONEY:
        column, scale = c.source.column(left.path), left.type.scale
        low, high = (value, value) if plain else (threshold(value, above=False), threshold(value, above=True))
        first, after = minor_threshold(low, scale, above=False), minor_threshold(high, scale, above=plain)
        bounds = (
            sa.literal(first, sa.BigInteger),
            sa.literal(after, sa.BigInteger),
            sa.literal(after - 1, sa.BigInteger),
        )
        return _between(op, column, *bounds, single=first == after - 1, nullable=nullable, want=want)
    column = c.value(left)
    if plain:
        return _general(op, column, double(value), nullable, False, want)
    first_, after_ = threshold(value, above=False), threshold(value, above=True)
    sides = double(first_), double(after_), double(below(after_))
    return _between(op, column, *sides, single=False, nullable=nullable, want=want)


def _between(
    op: str, column: Sql, first: Sql, after: Sql, last: Sql, *, single: bool, nullable: bool, want: bool
) -> Test:
    """Compare with the stretch of values `first` … `last` that count as one; `after` is the first beyond it."""
    match op:
        case "<":
            return _ordered("<", column, first, nullable, want)
        case "<=":
            return _ordered("<", column, after, nullable, want)
        case ">":
            return _ordered(">=", column, after, nullable, want)
        case ">=":
            return _ordered(">=", column, first, nullable, want)
    inside = column == first if single else column.between(first, last)
    if (op == "==") is want:
        return inside, not nullable
    return (inside.is_not(sa.true()), True) if nullable else (sa.not_(inside), True)


def _sides(c: Compiler, op: str, left: Node, right: Node) -> tuple[Sql, Sql]:
    kinds = {left.type.kind, right.type.kind}
    if kinds <= NUMBERS:
        if not (is_plain(left) and is_plain(right)):
            return rounded(c.value(left)), rounded(c.value(right))
        if kinds == {Kind.MONEY} and left.type.scale == right.type.scale:
            return raw(c, left), raw(c, right)
    sides = c.value(left), c.value(right)
    if kinds <= TEXTS and op not in {"==", "!="}:
        return c.sql.ordered_text(sides[0]), c.sql.ordered_text(sides[1])
    return sides


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
    if isinstance(where, ListNode):
        return _in_list(c, item, where, want=want)
    if where.type.kind in LISTS:
        return _wanted((c.sql.list_has(c.value(where), c.value(item)), False), want)
    return _wanted((c.sql.position(c.value(where), c.value(item)) > 0, False), want)


def _in_list(c: Compiler, item: Node, where: ListNode, *, want: bool) -> Test:
    known = [c.constants.value(part) for part in where.items if c.constants.covers(part)]
    found = [value for value in known if value is not None]
    tests = [compare_sides(c, "==", item, part)[0] for part in where.items if not c.constants.covers(part)]
    if found and not c.constants.covers(item):
        tests.append(_in_constants(c, item, where, found))
    elif found:
        tests.append(sa.true() if c.constants.value(item) in found else sa.false())
    if not tests:
        return (sa.false() if want else sa.true()), True
    inside = sa.or_(*tests)
    if c.nullable(item):
        inside = sa.and_(inside, raw(c, item).is_not(None)) if len(tests) > bool(found) else inside
    return _wanted((inside, False), want)


def _in_constants(c: Compiler, item: Node, where: ListNode, found: list[object]) -> ColumnElement[bool]:
    if item.type.kind in NUMBERS:
        numbers = [float(value) for value in found]  # type: ignore[arg-type]
        if all(is_plain(part) for part in (item, *where.items)):
            return c.value(item).in_([double(number) for number in numbers])
        return rounded(c.value(item)).in_([double(rounded_value(number)) for number in numbers])
    return c.value(item).in_([literal(value, item.type.kind) for value in found])
