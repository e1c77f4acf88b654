"""`Source`: where an expression over the records of a form reads from: the table, its joins, its constants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, Select, Table, UnaryExpression
from sqlalchemy.sql.operators import custom_op

from engine.sql.literals import Sql, literal
from rules.moments import cut
from rules.types import Kind, Type

if TYPE_CHECKING:
    from engine.config.defs import AppDef
    from engine.people import User
    from rules.checked import Checked

Path = tuple[str, ...]


class Tables(Protocol):
    """Finds the table of a form and the history table beside it."""

    def current(self, form: str) -> Table: ...

    def history(self, form: str) -> Table: ...


class Source:
    """The records of one form as they are, or as they were `at` a moment; expressions add the joins they need."""

    def __init__(
        self,
        app: AppDef,
        tables: Tables,
        form: str,
        dialect: str,
        now: datetime,
        user: User | None = None,
        *,
        at: datetime | ColumnElement[datetime] | None = None,
        people: Table | None = None,
    ) -> None:
        self.app, self.tables, self.form, self.dialect = app, tables, form, dialect
        self.now, self.user, self.at = now.astimezone(UTC), user, at
        self.table: FromClause = self._table_of(form)
        self._people = people
        self._joins: dict[Path, tuple[FromClause, ColumnElement[bool]]] = {}

    # -- expressions ---------------------------------------------------------------------------------------------------

    def expr(self, checked: Checked) -> Sql:
        """Return the value of an expression: NULL is empty, yes/no is never NULL, money is a number in major units."""
        from engine.sql.compile import Compiler
        from engine.sql.weight import within_limits

        found = Compiler(self, checked).result()
        within_limits(found, self.dialect)
        return found

    def condition(self, checked: Checked) -> ColumnElement[bool]:
        """Return a condition for WHERE: true for exactly the records for which the expression is yes."""
        from engine.sql.compile import Compiler
        from engine.sql.weight import within_limits

        found = Compiler(self, checked).condition(checked.tree)
        within_limits(found, self.dialect)
        return found

    def select(self, *columns: Any, deleted: bool = False, scan: bool = False) -> Select[Any]:
        """Select from the form with all joins asked for so far; without the deleted records unless they are wanted.

        `scan` is for statements that no order of a list serves: SQLite would go through an index of living records and
        look every row up in the table, ten times as slow as reading the table as it lies.
        """
        chosen = sa.select(*columns).select_from(self.from_clause())
        if scan and not deleted and self.at is None:
            return chosen.where(self.living)
        alive = self.alive(deleted=deleted)
        return chosen if alive is None else chosen.where(alive)

    @property
    def is_joined(self) -> bool:
        """Tell whether an expression asked for another table."""
        return bool(self._joins)

    @property
    def living(self) -> ColumnElement[bool]:
        """Return the condition of living records for statements that go through all of them."""
        deleted_at = self.table.c.deleted_at
        return (_unindexed(deleted_at) if self.dialect == "sqlite" else deleted_at).is_(None)

    def from_clause(self) -> FromClause:
        """Return the table with one LEFT JOIN per reference prefix."""
        joined = self.table
        for alias, on in self._joins.values():
            joined = sa.outerjoin(joined, alias, on)
        return joined

    def alive(self, *, deleted: bool = False) -> ColumnElement[bool] | None:
        """Return the condition that a row counts: not deleted, and valid at the moment looked at."""
        return _alive(self.table, self.at, deleted=deleted)

    # -- names ---------------------------------------------------------------------------------------------------------

    def column(self, path: Path) -> Sql:
        """Return the column behind a path, joining what lies between."""
        if len(path) == 1:
            return self.table.c[path[0]]
        table, target = self._joined(path[:-1])
        return table.c[_person_column(path[-1]) if target.kind is Kind.PERSON else path[-1]]

    def type_of(self, path: Path) -> Type:
        """Return the type of a path; an unknown name is a mistake of the caller, for the checker found none."""
        if path == ("me",):
            return Type(Kind.PERSON)
        if len(path) == 1:
            return self.app.shapes[self.form][path[0]]
        target = self.type_of(path[:-1])
        if target.kind is Kind.PERSON:
            return Type(Kind.PERSON) if path[-1] == "manager" else Type(Kind.TEXT)
        return self.app.shapes[target.form][path[-1]]

    @cached_property
    def constants(self) -> Mapping[str, object]:
        """Return the names that are the same for every record: who asks, and when."""
        user = self.user
        facts: dict[str, object] = {
            "me": user and user.id,
            "me.roles": user.roles_in(self.app.key) if user else frozenset(),
            "today": self.now.astimezone(self.zone).date(),
            "now": cut(self.now),
        }
        for name in ("name", "email", "region", "team", "sign_in"):
            facts[f"me.{name}"] = (getattr(user, name) or None) if user else None
        facts["me.manager"] = user and user.manager_id
        facts["me.teams"] = frozenset({user.team} if user and user.team else ())
        return facts

    @property
    def today(self) -> Sql:
        """Return the date on which the question is asked, where the app is."""
        return literal(self.constants["today"])

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the app's time zone."""
        return ZoneInfo(self.app.context.time_zone)

    def _table_of(self, form: str) -> Table:
        return self.tables.current(form) if self.at is None else self.tables.history(form)

    def _joined(self, path: Path) -> tuple[FromClause, Type]:
        """Return the table behind a reference, joined once, and the reference's type."""
        target = self.type_of(path)
        if path not in self._joins:
            key = literal(self.constants["me.manager"], Kind.PERSON) if path == ("me", "manager") else self.column(path)
            self._joins[path] = self._join(target, key, f"j{len(self._joins) + 1}")
        return self._joins[path][0], target

    def _join(self, target: Type, key: Sql, name: str) -> tuple[FromClause, ColumnElement[bool]]:
        if target.kind is Kind.PERSON:
            person = self.people.alias(name)
            return person, person.c.id == key
        table = self._table_of(target.form)
        alias = table.alias(name)
        alive = _alive(alias, self.at)
        return alias, alias.c.id == key if alive is None else sa.and_(alias.c.id == key, alive)

    @property
    def people(self) -> Table:
        """Return the table of people."""
        if self._people is None:
            from engine.people import Person

            self._people = sa.inspect(Person).local_table  # type: ignore[assignment]
        assert self._people is not None
        return self._people


def _person_column(name: str) -> str:
    return "manager_id" if name == "manager" else name


def _alive(
    table: FromClause, at: datetime | ColumnElement[datetime] | None, *, deleted: bool = False
) -> ColumnElement[bool] | None:
    tests: list[ColumnElement[bool]] = []
    if not deleted and "deleted_at" in table.c:
        tests.append(table.c.deleted_at.is_(None))
    if at is not None:
        moment = at if isinstance(at, ColumnElement) else literal(at)
        tests.append(table.c.valid_from <= moment)
        tests.append(sa.or_(table.c.valid_to.is_(None), table.c.valid_to > moment))
    return sa.and_(*tests) if tests else None


def _unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column that SQLite takes no index for (https://sqlite.org/optoverview.html#unary)."""
    return UnaryExpression(column, operator=custom_op("+"))
