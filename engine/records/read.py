"""One record, as a person may see it: now, in the past, or deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.db import kept
from engine.errors import NotFound
from engine.people.users import User
from engine.records.env import days_in_stage
from engine.records.record import Record
from engine.records.sight import access_now, access_of, accesses, both, sight_columns
from engine.releases.live import Live
from engine.rights import HIDDEN, Access, grants_of, may, row_condition, row_filter
from engine.sql.compile import Source


def get(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    user: User,
    now: datetime,
    at: datetime | None = None,
    *,
    deleted: bool = False,
) -> Record:
    """Return a record, `at` a moment if one is given; NotFound when there is none or this person may not see it.

    With `deleted` a deleted record is returned, too, to those who may delete.
    """
    live.form(form)
    if not 0 < record_id < 2**63:
        raise NotFound(form, record_id)
    if at is None and not deleted and _is_open(live, form, user):
        row = session.connection().execute(_by_id(live, form), {"id": record_id}).mappings().one_or_none()
        if row is None:
            raise NotFound(form, record_id)
        return shown(live, form, dict(row), user, now)
    source = source_of(session, live, form, user, now, at)
    wanted = [source.table.c.id == record_id, row_filter(source, live, form, user, "read")]
    wanted += today_too(source, live, form, user, now)
    if deleted and may(user, "delete", live, form):
        gone = source.table.c.deleted_at.is_(None) | row_filter(source, live, form, user, "delete")
        wanted.append(gone)
    else:
        deleted = False
    columns = [*(source.table.c[key] for key in row_keys(live, form)), *sight_columns(source, live, form, user)]
    table = live.tables.at(form, past=at is not None)
    found = kept(source.select(*columns, deleted=deleted).where(*wanted), table)
    row = session.connection().execute(found).mappings().one_or_none()
    if row is None:
        raise NotFound(form, record_id)
    [record] = records_of(session, live, form, [dict(row)], user, now, at)
    return record


def _is_open(live: Live, form: str, user: User) -> bool:
    """Tell whether a person reads all records of a form, and of each the same fields."""
    return None in row_condition(live, form, user, "read") and grants_of(live, form, user) is None


def _by_id(live: Live, form: str) -> sa.Select[Any]:
    """Return the statement that reads a record, made once per table."""
    table = live.tables.current(form)
    made: sa.Select[Any] | None = table.info.get("by id")
    if made is None:
        columns = [table.c[key] for key in row_keys(live, form)]
        one = sa.select(*columns).where(table.c.id == sa.bindparam("id"), table.c.deleted_at.is_(None))
        made = table.info["by id"] = kept(one, table)
    return made


def source_of(
    session: Session, live: Live, form: str, user: User | None, now: datetime, at: datetime | None = None
) -> Source:
    """Return where the records of a form are read from: as they are, or as they were."""
    dialect = session.get_bind().dialect.name
    return Source(live.app, live.tables, form, dialect, at or now, user, at=at)


def today_too(source: Source, live: Live, form: str, user: User, now: datetime) -> list[ColumnElement[bool]]:
    """Return what a past moment asks besides the rights of then: the record is this person's to read today as well.

    A record deleted since counts as it stood at last.
    """
    if source.at is None or None in row_condition(live, form, user, "read"):
        return []
    today = Source(live.app, live.tables, form, source.dialect, now, user)
    allowed = row_filter(today, live, form, user, "read")  # first: it brings the joins that the select needs
    readable = today.select(today.table.c.id, deleted=True).where(allowed)
    return [source.table.c.id.in_(readable.correlate(None))]


def row_keys(live: Live, form: str) -> tuple[str, ...]:
    """Return the columns that a Record is made of."""
    table = live.tables.current(form)
    return tuple(column.name for column in table.c if column.name != "search_text")


def shown(
    live: Live, form: str, row: Mapping[str, object], user: User, now: datetime, access: Access | None = None
) -> Record:
    """Return what a person may see of a row, which tells itself what that is when `access` does not."""
    allowed = access_of(live, form, user, row) if access is None else access
    return _shown(live, form, row, _visible(allowed, row), now, allowed)


def _visible(allowed: Access, row: Mapping[str, object]) -> list[str]:
    """Return the names of a row that may be seen, with the virtual one."""
    names = [*row, "days_in_stage"]
    return [name for name in names if name in {"id", "version"} or allowed.get(name, HIDDEN) != HIDDEN]


def _shown(
    live: Live, form: str, row: Mapping[str, object], names: Sequence[str], now: datetime, allowed: Access
) -> Record:
    values = {name: row.get(name) for name in names}
    if "days_in_stage" in values:
        values["days_in_stage"] = days_in_stage(live, row, now)
    record_id, version = row["id"], row["version"]
    assert isinstance(record_id, int)
    assert isinstance(version, int)
    return Record(form, record_id, version, values, row["deleted_at"] is not None, allowed)


def seen_by(session: Session, live: Live, form: str, row: Mapping[str, object], user: User, now: datetime) -> Record:
    """Return what a person may see of a row that was read, or is about to be written, without asking for that."""
    [access] = accesses(session, live, form, [row], user, now)
    return shown(live, form, row, user, now, access)


def records_of(
    session: Session,
    live: Live,
    form: str,
    rows: Sequence[Mapping[str, object]],
    user: User,
    now: datetime,
    at: datetime | None = None,
) -> tuple[Record, ...]:
    """Return what a person may see of many rows, which were read with their `sight_columns`.

    Of a past moment no more is shown than what was to be seen then and is to be seen of the record today.
    """
    if at is None and rows and grants_of(live, form, user) is None:
        allowed = access_of(live, form, user, rows[0])
        names = _visible(allowed, rows[0])
        return tuple(_shown(live, form, row, names, now, allowed) for row in rows)
    ids = [id_ for row in rows if isinstance(id_ := row["id"], int)]
    today = access_now(session, live, form, ids, user, now) if at is not None else None
    made = []
    for row in rows:
        access, id_ = access_of(live, form, user, row), row["id"]
        if today is not None:
            access = both(access, today[id_]) if isinstance(id_, int) and id_ in today else {}
        made.append(shown(live, form, row, user, at or now, access))
    return tuple(made)
