"""What a database makes of an expression over many records: whether it can compute it, and which indexes could help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import AsBoolean, BinaryExpression, BooleanClauseList, Grouping

from engine.sql.functions import NoSqlForm, has_form
from engine.sql.source import Source
from engine.tables import AppTables
from rules.calls import children
from rules.errors import N_, Fault
from rules.tree import Call, Node
from rules.types import Kind

if TYPE_CHECKING:
    from rules.checked import Checked
    from rules.scope import RuleContext, Shape

DIALECTS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
#: Any moment will do: only the shape of the SQL is looked at.
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SERVED = frozenset({operators.eq, operators.lt, operators.le, operators.gt, operators.ge})
_SERVED_TOO = frozenset({operators.between_op, operators.in_op, operators.is_})


@dataclass(frozen=True)
class SetLinter:
    """Compiles expressions over the forms of an app as they would run, without a database."""

    shapes: Mapping[str, Shape]
    context: RuleContext
    key: str = "lint"

    @cached_property
    def _tables(self) -> AppTables:
        return AppTables(self.key, self.shapes)

    def hints(self, checked: Checked, form: str) -> list[Fault]:
        """Return warnings: what runs record by record, and a condition for which every record is looked at."""
        slow = [hint for dialect in DIALECTS for hint in self._not_pushed(checked, form, dialect)]
        if slow or checked.type.kind is not Kind.YES_NO or self.index_columns(checked, form):
            return slow
        sentence = N_("No index can serve this condition; add a clause that compares a field with a value.")
        return [Fault("no_index", sentence, column=checked.tree.start + 1, level="warning")]

    def index_columns(self, checked: Checked, form: str) -> set[tuple[str, str]]:
        """Return (table, column) of every index that could narrow what a condition looks at; none: all is scanned."""
        try:
            return served(self._source(form, "sqlite").condition(checked))
        except NoSqlForm:
            return set()

    def _source(self, form: str, dialect: str) -> Source:
        return Source(self, self._tables, form, dialect, _NOW)  # type: ignore[arg-type]  # it only asks for key, shapes, context

    def _not_pushed(self, checked: Checked, form: str, dialect: str) -> Iterator[Fault]:
        try:
            self._source(form, dialect).expr(checked)
        except NoSqlForm as missing:
            unknown = next((n for n in _calls(checked.tree) if not has_form(n.function, dialect)), None)
            if unknown is None:
                yield replace(missing.faults[0], column=checked.tree.start + 1, level="warning")
                return
            facts = {"function": unknown.function, "database": DIALECTS[dialect]}
            template = N_("{function} is not known to {database}; there this runs record by record, slow for many.")
            yield Fault("no_sql_form", template, facts, unknown.start + 1, level="warning")


def _calls(node: Node) -> Iterator[Call]:
    if isinstance(node, Call):
        yield node
    for child in children(node):
        yield from _calls(child)


def served(condition: Any) -> set[tuple[str, str]]:
    """Return the columns whose index could find the rows of a condition: one clause of an `and`, all of an `or`."""
    match condition:
        case Grouping():
            return served(condition.element)
        case AsBoolean() if condition.operator is operators.is_true:
            return served(condition.element)
        case BooleanClauseList():
            found = [served(clause) for clause in condition.clauses]
            whole = condition.operator is operators.and_ or all(found)
            return set().union(*found) if whole else set()
        case BinaryExpression() if condition.operator in _SERVED | _SERVED_TOO:
            return _compared(condition.left, condition.right) or _compared(condition.right, condition.left)
        case Column():
            return {_named(condition)}
    return set()


def _compared(column: Any, other: Any) -> set[tuple[str, str]]:
    fixed = not any(isinstance(part, Column) for part in _parts(other))
    return {_named(column)} if isinstance(column, Column) and fixed else set()


def _parts(element: Any) -> Iterator[Any]:
    yield element
    for child in element.get_children():
        yield from _parts(child)


def _named(column: Column[Any]) -> tuple[str, str]:
    table: Any = column.table
    return getattr(table, "element", table).name, column.name
