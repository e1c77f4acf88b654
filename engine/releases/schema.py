"""The tables of an app brought to a new release, through Alembic's operations and in the caller's transaction.

Adding never rewrites a table. Nothing is ever dropped but indexes: a removed field keeps its column, and a field
that changes its type leaves its old column behind under another name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import Connection, Table, inspect
from sqlalchemy.orm import Session

from engine.records.search_index import ensure_search_index, lacks_index
from engine.releases.indexes import NEVER_EMPTY, PREFIX, IndexDef, index_name, wanted_indexes
from engine.releases.live import Live
from engine.releases.plan import Plan
from engine.releases.resting import HISTORY_COLUMNS, compact, drop_indexes_on, has_many, rest_indexes
from engine.releases.rewriting import fill_in, rewrite
from engine.releases.taking_back import lines_since, take_back
from engine.tables import SET_ASIDE

if TYPE_CHECKING:
    from alembic.operations import Operations


def migrate(session: Session, plan: Plan, after: Live) -> None:
    """Create and alter tables: 1. tables of new forms, 2. columns of new fields, 3. fields that come back or change their type."""
    connection = session.connection()
    operations = _operations(connection)
    for form in plan.new_forms:
        for table in _tables(after, form):
            _create_table(operations, table)
    for form, key in plan.new_fields:
        for table in _tables(after, form):
            _add_column(operations, table, key)
    for step in plan.steps:
        fill_in(session, step, after)
        if not step.converts:
            continue
        drop_indexes_on(connection, after.tables.current(step.form).name, step.new.key)
        since = lines_since(session, step, after)
        if since is not None and step.back is not None:
            for table in _tables(after, step.form):
                _set_aside(operations, connection, table, step.new.key, after.number)
                _rename(operations, connection, table, step.back.column, step.new.key)
            take_back(session, step, after, since)
            continue
        plan.rested |= rest_indexes(connection, [table.name for table in _tables(after, step.form)])
        for table in _tables(after, step.form):
            aside = _set_aside(operations, connection, table, step.new.key, after.number)
            _add_column(operations, table, step.new.key)
        rewrite(session, step, after, aside)


def follow_indexes(session: Session, plan: Plan, after: Live) -> None:
    """Create the indexes that a release needs and drop those that only an older one needed.

    On PostgreSQL the index of a search in very many records is left to be made after the release: the plan knows of which.
    """
    connection = session.connection()
    operations = _operations(connection)
    for form in after.app.forms:
        if after.tables.current(form).name in plan.rested:
            compact(connection, after.tables.current(form))
        _follow_indexes(operations, connection, after, form)
        _index_history(operations, connection, after.tables.history(form))
        name = after.tables.current(form).name
        if has_many(connection, name) and lacks_index(connection, name):
            plan.unindexed.add(form)
        else:
            ensure_search_index(connection, name, fill=True)


def _operations(connection: Connection) -> Operations:
    """Return Alembic's operations; it is loaded by those who publish, everybody else starts without it."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    return Operations(MigrationContext.configure(connection))


def _create_table(operations: Operations, table: Table) -> None:
    from alembic.operations.ops import CreateTableOp

    operations.invoke(CreateTableOp.from_table(table))


def _tables(live: Live, form: str) -> tuple[Table, Table]:
    return live.tables.current(form), live.tables.history(form)


def _add_column(operations: Operations, table: Table, key: str) -> None:
    operations.add_column(table.name, sa.Column(key, table.c[key].type))


def _set_aside(operations: Operations, connection: Connection, table: Table, key: str, number: int) -> str:
    """Rename a column, which both databases do without touching the rows; return its new name."""
    aside = f"{key}{SET_ASIDE}{number}"
    _rename(operations, connection, table, key, aside)
    return aside


def _rename(operations: Operations, connection: Connection, table: Table, old: str, new: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    operations.execute(f"ALTER TABLE {quoted(table.name)} RENAME COLUMN {quoted(old)} TO {quoted(new)}")


def _index_history(operations: Operations, connection: Connection, history: Table) -> None:
    name = index_name(history.name, HISTORY_COLUMNS)
    if name not in _index_names(connection, history.name):
        operations.create_index(name, history.name, list(HISTORY_COLUMNS))


def _follow_indexes(operations: Operations, connection: Connection, live: Live, form: str) -> None:
    table = live.tables.current(form)
    wanted = {one.name: one for one in wanted_indexes(live, form)}
    there = {name for name in _index_names(connection, table.name) if name.startswith(PREFIX)}
    for name in sorted(there - wanted.keys()):
        operations.drop_index(name, table.name)
    for name, one in wanted.items():
        if name not in there:
            _create_index(operations, connection, table, one)


def _create_index(operations: Operations, connection: Connection, table: Table, one: IndexDef) -> None:
    columns: list[str | sa.TextClause | sa.ColumnElement[object]] = list(one.columns)
    if one.digest and connection.dialect.name == "postgresql":
        columns = [sa.func.md5(table.c[key]) if _is_text(table, key) else table.c[key] for key in one.columns]
    if one.ordered and connection.dialect.name == "postgresql":
        columns = [table.c[key] if key in NEVER_EMPTY else table.c[key].nulls_first() for key in one.columns]
    elif one.ordered:
        columns.append("deleted_at")
    living = one.unique or one.ordered
    alive = {f"{connection.dialect.name}_where": sa.text("deleted_at IS NULL")} if living else {}
    operations.create_index(one.name, table.name, columns, unique=one.unique, **alive)  # type: ignore[arg-type]


def _is_text(table: Table, key: str) -> bool:
    return isinstance(table.c[key].type, sa.Text)


def _index_names(connection: Connection, table: str) -> Iterable[str]:
    return [str(one["name"]) for one in inspect(connection).get_indexes(table)]
