"""Rows of moved records: where most of a form's are written, what they held is set aside, and taken up when they go back.

On PostgreSQL alone, where a row that is written is written anew as a whole and entered in every index again, while a
column is renamed at once. What is taken up is only a good guess: rows that hold something else are written as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from engine.releases.kept import WAS, add, alter, kept_columns, quoted, rename, set_aside, stays_in_place
from engine.releases.resting import drop_indexes_on
from engine.tables import SET_ASIDE


@dataclass(frozen=True)
class RowsAside:
    """The columns of a table in which most records get another value: `number` is the release that gives it to them."""

    session: Session
    table: sa.TableClause
    #: The types of all columns that the table has, as the database tells them.
    there: Mapping[str, TypeEngine[Any]]
    columns: Sequence[str]
    number: int

    def can_be(self) -> bool:
        """Tell whether the columns can be renamed at all: nobody's view shows them, and none was set aside just now."""
        if self.session.get_bind().dialect.name != "postgresql":
            return False
        taken = any(f"{name}{WAS}{self.number}" in self.there for name in self.columns)
        former = any(SET_ASIDE in name for name in self.columns)
        return not taken and not former and not stays_in_place(self.session.connection(), self.table.name)

    def kept_by(self, undone: int) -> Mapping[str, str]:
        """Return each column -> the one with what it held before a release, if that was set aside of all of them."""
        types = {name: str(type_) for name, type_ in self.there.items()}
        found = {name: f"{name}{WAS}{undone}" for name in self.columns}
        whole = all(types.get(kept) == types[name] for name, kept in found.items())
        return found if whole else {}

    def begin(self) -> Mapping[str, str]:
        """Set the columns aside and begin empty ones; return each -> where what it held is now. The newest is kept."""
        connection, found = self.session.connection(), {}
        for name in self.columns:
            for old in kept_columns(connection, self.table.name, name).values():
                alter(connection, self.table.name, f"DROP COLUMN {quoted(connection, old)}")
            found[name] = self._set_aside(name)
            add(connection, sa.Table(self.table.name, sa.MetaData(), sa.Column(name, self.table.c[name].type)).c[name])
        return found

    def take_up(self, kept: Mapping[str, str]) -> Mapping[str, str]:
        """Set the columns aside and take up others in their place; return each -> where what it held is now."""
        found = {}
        for name, before in kept.items():
            found[name] = self._set_aside(name)
            rename(self.session.connection(), self.table.name, before, name)
        return found

    def _set_aside(self, name: str) -> str:
        connection = self.session.connection()
        drop_indexes_on(connection, self.table.name, name)
        return set_aside(connection, self.table.name, name, self.number)


def write_rows(
    session: Session,
    table: sa.TableClause,
    news: sa.Table,
    given: Mapping[str, sa.ColumnElement[object]],
    aside: Mapping[str, str],
) -> None:
    """Write what the rows of `news` (by id) are given; where columns were exchanged, only what is not there already.

    All others hold what they held.
    """
    mine = table.c.id == news.c.id
    values = {table.c[name]: value for name, value in given.items()}
    if not aside:
        session.execute(sa.update(table).where(mine).values(values))
        return
    held = {table.c[name]: sa.column(old, table.c[name].type) for name, old in aside.items()}
    session.execute(sa.update(table).where(~sa.exists().where(mine), _differs(held)).values(held))
    session.execute(sa.update(table).where(mine, _differs(values)).values(values))


def _differs(values: Mapping[sa.ColumnClause[object], sa.ColumnElement[object]]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.is_distinct_from(value) for column, value in values.items()))
