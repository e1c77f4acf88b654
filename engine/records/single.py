"""One record written on PostgreSQL by one statement: the record, its change and its line of history, all or nothing.

What many records take three statements for; each of them is a trip to the server, and most people save one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table
from sqlalchemy.sql.selectable import CTE

from engine.changes import Change
from engine.db import kept
from engine.records.events import Event, event_of
from engine.tables import HISTORY_ID

if TYPE_CHECKING:
    from engine.people.users import User
    from engine.records.writing import Draft, Writing

#: Sets of changed columns per form for which the statement is kept.
KEPT = 50
#: What begins the names of values: the record's own, the change's, the line's. No field's key begins so.
ROW, CHANGE, LINE = "_r_", "_c_", "_l_"
_CHANGE: Table = Change.__table__  # type: ignore[assignment]  # declared as the wider FromClause


def serves(writing: Writing, rows: Sequence[object]) -> bool:
    """Tell whether these rows are written so: one of them, on PostgreSQL, without files that want its id first."""
    postgresql = writing.session.get_bind().dialect.name == "postgresql"
    return len(rows) == 1 and postgresql and not any(field.type.keeps_files for field in writing.form.fields)


def insert(writing: Writing, draft: Draft, row: Mapping[str, object], note: str) -> Event:
    """Write a new record; the draft's row has its id afterwards."""
    draft.new = dict(row)
    born = event_of(writing.key, 0, None, draft.new)
    statement = _once(writing.table, "insert", lambda: _insert(writing.table, writing.history, row))
    given = _named(ROW, row) | _rest(writing, born, 1, "create", writing.now, note)
    draft.new["id"] = writing.session.connection().execute(statement, given).scalar_one()
    return event_of(writing.key, draft.id, None, draft.new)


def update(
    writing: Writing, draft: Draft, event: Event, verb: str, at: datetime, columns: Iterable[str], note: str
) -> None:
    """Write a changed record whose line of history has been ended."""
    keys, row = tuple(sorted(columns)), draft.new
    statement = _once(writing.table, keys, lambda: _update(writing.table, writing.history, keys, row))
    version = row["version"]
    assert isinstance(version, int)
    given = _named(ROW, row) | _rest(writing, event, version, verb, at, note)
    writing.session.connection().execute(statement, given)


def _once(table: Table, key: object, make: Callable[[], sa.Insert]) -> sa.Insert:
    """Return a statement that is made once; its parts cost more than running it."""
    made: dict[object, sa.Insert] = table.info.setdefault("single", {})
    found = made.get(key)
    if found is None:
        if len(made) >= KEPT:
            made.clear()
        found = made[key] = kept(make())
    return found


def _named(prefix: str, values: Mapping[str, object]) -> dict[str, object]:
    return {f"{prefix}{name}": value for name, value in values.items()}


def _rest(writing: Writing, event: Event, version: int, verb: str, at: datetime, note: str) -> dict[str, object]:
    """Return what the change and the line of history say beside the record."""
    from engine.records import store

    user: User = writing.user
    change = store.change_row(writing.live, event, version, user, at, writing.via, verb, note)
    return _named(CHANGE, change) | _named(LINE, store.line({}, at, user, writing.via, None))


def _insert(table: Table, history: Table, row: Mapping[str, object]) -> sa.Insert:
    made = sa.insert(table).values({table.c[name]: _bound(ROW, table.c[name]) for name in row})
    born = made.returning(table.c.id).cte("born")
    change = _change(born.c.id, born)
    return _line(history, row, born.c.id, change, born)


def _update(table: Table, history: Table, keys: Sequence[str], row: Mapping[str, object]) -> sa.Insert:
    own: ColumnElement[Any] = _bound(ROW, table.c.id)
    written = (
        sa.update(table).where(table.c.id == own).values({table.c[key]: _bound(ROW, table.c[key]) for key in keys})
    )
    changed = written.returning(table.c.id).cte("written")
    change = _change(changed.c.id, changed)
    return _line(history, row, changed.c.id, change, changed)


def _change(record: ColumnElement[Any], source: CTE) -> CTE:
    """Return the insert of the change of a record."""
    columns = [column for column in _CHANGE.c if column.name != "id"]
    values = [record if column.name == "record_id" else _bound(CHANGE, column) for column in columns]
    said = sa.select(*values).select_from(source)
    return sa.insert(_CHANGE).from_select(columns, said).returning(_CHANGE.c.id).cte("change")


def _line(history: Table, row: Mapping[str, object], record: ColumnElement[Any], change: CTE, source: CTE) -> sa.Insert:
    """Return the insert of the line of history that begins now."""
    columns = [column for column in history.c if column.name != HISTORY_ID]
    known = {"id": record, "change_id": change.c.id}
    values = [
        known[column.name] if column.name in known else _bound(ROW if column.name in row else LINE, column)
        for column in columns
    ]
    said = sa.select(*values).select_from(source).join(change, sa.true())
    return sa.insert(history).from_select(columns, said).returning(history.c.id)


def _bound(prefix: str, column: sa.Column[Any]) -> ColumnElement[Any]:
    """Return a value by its name, cast: the server cannot guess the type of what is only selected."""
    return sa.cast(sa.bindparam(f"{prefix}{column.name}", type_=column.type), column.type)
