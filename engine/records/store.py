"""Rows into tables: the record, its history and the change, in one transaction. Nothing is checked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import Session

from engine.changes import Change, encode_diff
from engine.db import kept
from engine.files.binding import bind_files
from engine.people.users import SYSTEM, User
from engine.records import single
from engine.records.computing import compute_own, reads_stamp
from engine.records.env import reads_of, values_for
from engine.records.events import Event, event_of
from engine.records.graph import own_computed
from engine.records.loading import load, load_with_ids, pays
from engine.records.search import search_text
from engine.records.writing import Draft, Writing
from engine.releases.live import Live
from engine.tables import HISTORY_COLUMNS, HISTORY_ID

#: Ids named in one statement.
CHUNK = 1000
#: Names that every write changes: of no interest in a diff.
BOOKKEEPING = frozenset({"id", "version", "updated_at", "updated_by", "search_text"})


def update_records(writing: Writing, drafts: Sequence[Draft], verb: str, note: str = "") -> list[Event]:
    """Write changed records: a new version, a new line of history."""
    ids = [draft.id for draft in drafts]
    at = end_lines(writing.session, writing.history, ids, writing.now)
    columns: set[str] = set()
    for draft in drafts:
        assert draft.old is not None
        stamp = {"version": _version(draft.old) + 1, "updated_at": at, "updated_by": writing.user.id}
        draft.new |= stamp
        if reads_stamp(writing.live, writing.key):
            _compute_anew(writing, draft)
        draft.new["search_text"] = search_text(writing.form, draft.new)
        columns |= draft.changed
    if single.serves(writing, drafts):
        event = _event(writing, drafts[0])
        single.update(writing, drafts[0], event, verb, at, columns, note)
        return [event]
    # One statement for all of them: the rows are locked, so what did not change is written as it stands.
    if columns:
        update_columns(writing.session, writing.table, columns, [draft.new for draft in drafts])
    bind_files(writing, drafts, at)
    events = [_event(writing, draft) for draft in drafts]
    remember(writing, drafts, events, verb, at, note)
    return events


def _compute_anew(writing: Writing, draft: Draft) -> None:
    """Compute what reads the stamp, which is only known now."""
    reads = reads_of(*(one.field.expression for one in own_computed(writing.live, writing.key)))
    row, now = draft.new, writing.now
    env = values_for(writing.session, writing.live, writing.key, row, reads, writing.user, now)
    compute_own(writing.live, writing.form, row, env)


def inserted(session: Session, target: Any, rows: Sequence[Mapping[str, object]]) -> list[int]:
    """Insert rows and return their ids, in order, with one statement for many.

    SQLite cannot be asked for the order, but its one writer gives ids out in the order of the rows.
    """
    insert, column = sa.insert(target), target.c.id
    if pays(rows) and "id" not in rows[0]:
        return load_with_ids(session, target, rows)
    if session.get_bind().dialect.name == "sqlite":
        return sorted(session.scalars(insert.returning(column), rows))
    return list(session.scalars(insert.returning(column, sort_by_parameter_order=True), rows))


def _event(writing: Writing, draft: Draft) -> Event:
    """Return what happened to a record: deleting and restoring are the end and the beginning of it."""
    old, new = draft.old, draft.new
    was = old if old is not None and old["deleted_at"] is None else None
    return event_of(writing.key, draft.id, was, new if new["deleted_at"] is None else None)


def _version(row: Mapping[str, object]) -> int:
    value = row["version"]
    assert isinstance(value, int)
    return value


def update_columns(
    session: Session, table: Table, columns: Iterable[str], rows: Sequence[Mapping[str, object]]
) -> None:
    """Set the same columns of many records, each to its own values."""
    keys = sorted(columns)
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("the_id"))
        .values({table.c[key]: sa.bindparam(f"new_{key}", type_=table.c[key].type) for key in keys})
    )
    values = [{"the_id": row["id"], **{f"new_{key}": row[key] for key in keys}} for row in rows]
    session.execute(statement, values)


def remember(
    writing: Writing, drafts: Sequence[Draft], events: Sequence[Event], verb: str, at: datetime, note: str
) -> None:
    """Write the changes and the new lines of history; a deleted record gets a last line that says so."""
    versions = [_version(draft.new) for draft in drafts]
    stamped = list(zip(events, versions, strict=True))
    changes = add_changes(writing.session, writing.live, stamped, writing.user, at, writing.via, verb, note)
    lines = [
        line(draft.new, at, writing.user, writing.via, change_id)
        for draft, change_id in zip(drafts, changes, strict=True)
    ]
    load(writing.session, writing.history, lines)


def line(row: Mapping[str, object], at: datetime, user: User, via: str, change_id: int | None) -> dict[str, object]:
    """Return a line of history that begins now and has no end yet."""
    stamp = {"valid_from": at, "valid_to": None, "changed_by": user.id, "changed_via": via, "change_id": change_id}
    return {**row, **stamp}


def end_lines(session: Session, history: Table, ids: Sequence[int], now: datetime) -> datetime:
    """End the lines of history that are in force for these records, and return when.

    That is now, or the beginning of the newest of them when a clock ran backwards: lines never overlap.
    """
    ended = [row for part in chunks(ids) for row in session.connection().execute(*_ending(history, part, now))]
    newest = max((row.valid_from for row in ended), default=now)
    if newest <= now:
        return now
    for part in chunks([row[0] for row in ended]):
        session.execute(sa.update(history).where(history.c[HISTORY_ID].in_(part)).values(valid_to=newest))
    return newest


def _ending(history: Table, ids: Sequence[int], at: datetime) -> tuple[sa.UpdateBase, dict[str, object]]:
    """Return the statement that ends lines, made once per table, and what it is given under names that no field has."""
    many = len(ids) > 1
    made = history.info.get(("ending", many))
    if made is None:
        own, line = history.c.id, history.c[HISTORY_ID]
        which = own.in_(sa.bindparam("_ids", expanding=True)) if many else own == sa.bindparam("_ids")
        ending = sa.update(history).where(which, history.c.valid_to.is_(None))
        ending = ending.values(valid_to=sa.bindparam("_at")).returning(line, history.c.valid_from)
        made = ending if many else kept(ending)
        history.info["ending", many] = made
    return made, {"_ids": list(ids) if many else ids[0], "_at": at}


def copy_lines(
    session: Session, table: Table, history: Table, ids: Sequence[int], at: datetime, change_ids: Mapping[int, int]
) -> None:
    """Begin new lines of history from the rows as they are now: for what the engine itself changed."""
    for part in chunks(ids):
        rows = session.execute(sa.select(table).where(table.c.id.in_(part))).mappings().all()
        lines = [line(dict(row), at, SYSTEM, "rule", change_ids.get(row["id"])) for row in rows]
        if lines:
            session.execute(sa.insert(history), lines)


def add_changes(
    session: Session,
    live: Live,
    events: Sequence[tuple[Event, int]],
    user: User,
    at: datetime,
    via: str,
    verb: str,
    note: str = "",
) -> list[int]:
    """Write one Change per record and return their ids, in order."""
    rows = [change_row(live, event, version, user, at, via, verb, note) for event, version in events]
    return inserted(session, Change.__table__, rows)


def change_row(
    live: Live, event: Event, version: int, user: User, at: datetime, via: str, verb: str, note: str
) -> dict[str, object]:
    """Return a Change as a row."""
    said = change_of_form(live, event.form, version, user, at, via, verb, note)
    return said | {"record_id": event.id, "diff": encode_diff(diff_of(event))}


def change_of_form(
    live: Live, form: str, version: int, user: User, at: datetime, via: str, verb: str, note: str
) -> dict[str, object]:
    """Return what the changes of many records of a form have in common."""
    return {
        "at": at,
        "person_id": user.id,
        "via": via,
        "app_key": live.key,
        "form": form,
        "version": version,
        "verb": verb,
        "note": note or None,
        "release": live.number,
    }


def diff_of(event: Event) -> dict[str, tuple[object, object]]:
    """Return field key -> (before, after); a deleted record's values all go, a new one's all come."""
    before, after = event.before or {}, event.after or {}
    if not before:
        return {key: (None, after[key]) for key in told(frozenset(after)) if after[key] is not None}
    keys = told(frozenset((*before, *after)))
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


@lru_cache(maxsize=1024)
def told(names: frozenset[str]) -> tuple[str, ...]:
    """Return the names of a row of which a diff tells."""
    return tuple(sorted(names - BOOKKEEPING - HISTORY_COLUMNS.keys() - {HISTORY_ID}))


def locked_rows(session: Session, table: Table, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return id -> row for records that nobody else can change until the transaction ends."""
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(sorted(set(ids))):
        rows = session.connection().execute(
            _locking(table, many=len(part) > 1), {"ids": part if len(part) > 1 else part[0]}
        )
        found |= {row["id"]: dict(row) for row in rows.mappings()}
    return found


def _locking(table: Table, *, many: bool) -> sa.Select[Any]:
    """Return the statement that reads and locks rows, made once per table."""
    made: sa.Select[Any] | None = table.info.get(("locking", many))
    if made is None:
        own = table.c.id
        which = own.in_(sa.bindparam("ids", expanding=True)) if many else own == sa.bindparam("ids")
        made = sa.select(table).where(which).order_by(own).with_for_update()
        made = made if many else kept(made, table)
        table.info["locking", many] = made
    return made


def unlocked_row(session: Session, table: Table, record_id: int) -> dict[str, Any] | None:
    """Return the row of a living record, for reading only."""
    statement = sa.select(table).where(table.c.id == record_id, table.c.deleted_at.is_(None))
    row = session.execute(statement).mappings().one_or_none()
    return dict(row) if row is not None else None


def chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    """Return the ids in parts that fit into one statement."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
