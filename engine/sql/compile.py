"""A checked expression as SQL: values, conditions and their opposites; empty is NULL, and a condition is yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.sql.constants import Constants
from engine.sql.dialects import forms_of
from engine.sql.literals import Sql, literal
from engine.sql.numbers import arithmetic, as_double, clipped, divide, double, negative
from engine.sql.source import Source
from rules.checked import Checked
from rules.tree import Binary, Call, Compare, IfElse, ListNode, Literal, Logic, Name, Node, Unary
from rules.types import Kind

#: A condition in SQL, and whether it is never NULL (a NULL counts as no).
Test = tuple[ColumnElement[bool], bool]

NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY})


class Compiler:
    """Compiles one expression for one source; functions' SQL forms are given this object."""

    def __init__(self, source: Source, checked: Checked) -> None:
        self.source, self.context = source, checked.context
        self.sql = forms_of(source.dialect)
        self.constants = Constants(checked, source.constants)

    # -- what callers ask for ------------------------------------------------------------------------------------------

    def result(self) -> Sql:
        """Return the value of the whole expression; a number too large to mean anything is empty."""
        node = self.constants.checked.tree
        if node.type.kind is Kind.YES_NO:
            return self._boolean(node)
        value = self.value(node)
        if node.type.kind is Kind.NUMBER and not isinstance(node, Name | Literal):
            return clipped(as_double(value))
        return value

    def condition(self, node: Node) -> ColumnElement[bool]:
        """Return a condition that is true exactly where the node is yes; elsewhere it is false or NULL."""
        return self.test(node)[0]

    def value(self, node: Node) -> Sql:
        """Return the value of a node; yes/no that is computed is never NULL."""
        if self.constants.covers(node) and not isinstance(node, ListNode):
            return literal(self.constants.value(node), node.type.kind)
        return _VALUES[type(node)](self, node)

    def number(self, node: Node) -> Sql:
        """Return the value of a node as a double."""
        return as_double(self.value(node))

    def nullable(self, node: Node) -> bool:
        """Tell whether the node may be empty."""
        if self.constants.covers(node):
            return self.constants.value(node) is None
        return node.type.nullable

    def test(self, node: Node, *, want: bool = True) -> Test:
        """Return a condition that is true exactly where the node is yes (`want`) or exactly where it is no."""
        if self.constants.covers(node):
            return (sa.true() if bool(self.constants.value(node)) is want else sa.false()), True
        tested = _TESTS.get(type(node))
        if tested is not None:
            return tested(self, node, want)
        return self._plain_test(node, want)

    def _plain_test(self, node: Node, want: bool) -> Test:
        value = self.value(node)
        if want:
            return value, not node.type.nullable
        return (sa.not_(value), True) if not node.type.nullable else (value.is_not(sa.true()), True)

    # -- kinds of node -------------------------------------------------------------------------------------------------

    def _name(self, node: Name) -> Sql:
        if node.path[-1] == "days_in_stage":
            entered = self.source.column((*node.path[:-1], "stage_entered_at"))
            return as_double(self.sql.days(self.sql.local_date(entered, self.zone), self.source.today))
        column = self.source.column(node.path)
        if node.type.kind is Kind.MONEY:
            return arithmetic("/", column, double(10**node.type.scale))
        return column

    @property
    def zone(self) -> str:
        """Return the app's time zone."""
        return self.context.time_zone

    def _unary(self, node: Unary) -> Sql:
        return negative(self.number(node.operand)) if node.op == "-" else self._boolean(node)

    def _boolean(self, node: Node) -> Sql:
        test, exact = self.test(node)
        # BETWEEN has no type of its own, and without one SQLite's 1 would not come back as yes.
        return sa.type_coerce(test, sa.Boolean) if exact else sa.func.coalesce(test, sa.false(), type_=sa.Boolean)

    def _binary(self, node: Binary) -> Sql:
        left, right = self.value(node.left), self.value(node.right)
        if not isinstance(left.type, sa.Float) and not isinstance(right.type, sa.Float):
            left = as_double(left)
        if node.op == "/":
            return divide(left, right)
        if node.op in {"//", "%"}:
            whole = self.sql.floor(divide(left, right))
            return whole if node.op == "//" else arithmetic("-", left, arithmetic("*", right, whole))
        return arithmetic(node.op, left, right)

    def _if_else(self, node: IfElse) -> Sql:
        if self.constants.covers(node.condition):
            return self.value(node.then if self.constants.value(node.condition) else node.otherwise)
        then, otherwise = self.branch(node.then, node), self.branch(node.otherwise, node)
        return sa.case((self.condition(node.condition), then), else_=otherwise)

    def branch(self, node: Node, whole: Node) -> Sql:
        """Return one of several values of which the whole takes one: all of the same SQL type."""
        if whole.type.kind in NUMBERS:
            return self.number(node)
        if self.constants.covers(node):
            return literal(self.constants.value(node), whole.type.kind)
        return self.value(node)

    def _if_else_test(self, node: IfElse, want: bool) -> Test:
        (then, exact), (otherwise, exact_too) = self.test(node.then, want=want), self.test(node.otherwise, want=want)
        return sa.case((self.condition(node.condition), then), else_=otherwise), exact and exact_too

    def _logic_test(self, node: Logic, want: bool) -> Test:
        tests = [self.test(item, want=want) for item in node.items]
        join = sa.and_ if (node.op == "and") is want else sa.or_
        return join(*(test for test, _ in tests)), all(exact for _, exact in tests)

    def _unary_test(self, node: Unary, want: bool) -> Test:
        return self.test(node.operand, want=not want)

    def _call(self, node: Call) -> Sql:
        from engine.sql.functions import form_of

        value = form_of(node.function, self.source.dialect)(self, node)
        if node.type.kind is Kind.YES_NO and not node.type.nullable:
            return sa.func.coalesce(value, sa.false(), type_=sa.Boolean)
        return value

    def _call_test(self, node: Call, want: bool) -> Test:
        from engine.sql.functions import form_of

        value = form_of(node.function, self.source.dialect)(self, node)
        return (value, False) if want else (value.is_not(sa.true()), True)

    def _compare_test(self, node: Compare, want: bool) -> Test:
        from engine.sql.compare import compare

        return compare(self, node, want=want)


_VALUES: dict[type[Node], Callable[[Compiler, Any], Sql]] = {
    Name: Compiler._name,  # noqa: SLF001 - the table belongs to the class
    Unary: Compiler._unary,  # noqa: SLF001
    Binary: Compiler._binary,  # noqa: SLF001
    IfElse: Compiler._if_else,  # noqa: SLF001
    Call: Compiler._call,  # noqa: SLF001
    Compare: Compiler._boolean,  # noqa: SLF001
    Logic: Compiler._boolean,  # noqa: SLF001
}
_TESTS: dict[type[Node], Callable[[Compiler, Any, bool], Test]] = {
    Logic: Compiler._logic_test,  # noqa: SLF001
    Unary: Compiler._unary_test,  # noqa: SLF001
    IfElse: Compiler._if_else_test,  # noqa: SLF001
    Call: Compiler._call_test,  # noqa: SLF001
    Compare: Compiler._compare_test,  # noqa: SLF001
}

__all__ = ["Compiler", "Source", "Test"]
