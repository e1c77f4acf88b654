"""The trash: deleted records, who deleted them and when; bringing them back is `restore`, for good they go here."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.changes import Change
from engine.db import start_writing
from engine.errors import Refused
from engine.files.sweeping import detach_of_records, detach_removed, sweep_staged
from engine.people.users import SYSTEM, User, names_of
from engine.records.read import records_of, row_keys, source_of
from engine.records.record import Record
from engine.records.search import finds
from engine.records.sight import sight_columns
from engine.records.verbs import own_row
from engine.records.writing import open_writing
from engine.releases.live import Live, apps, live
from engine.rights import may, row_filter, visible
from engine.talk.followers import RECORD, record_thing
from engine.talk.rows import Comment, Follower

log = logging.getLogger(__name__)

#: Records that go for good in one transaction, and transactions of one call.
CHUNK, MOST_CHUNKS = 500, 40
PAGE = 50


@dataclass(frozen=True)
class Gone:
    """A deleted record."""

    record: Record
    at: datetime
    person: str
    #: When it goes for good by itself.
    until: datetime


@dataclass(frozen=True)
class TrashPage:
    """A part of the trash, the newest first."""

    entries: tuple[Gone, ...]
    more: bool = False


def kept_for(app: Live) -> timedelta:
    """Return how long what was deleted is kept."""
    return timedelta(days=app.app.trash_days)


def may_purge(app: Live, form: str, user: User) -> bool:
    """Tell whether a person may delete for good: those who look after the form."""
    return user.is_admin or (may(user, "configure", app, form) and may(user, "delete", app, form))


def trash(
    session: Session, app: Live, form: str, user: User, now: datetime, text: str = "", page: int = 1
) -> TrashPage:
    """Return deleted records that a person may bring back; Refused when they may not delete here."""
    app.form(form)
    if not may(user, "delete", app, form):
        raise Refused("delete", form)
    source = source_of(session, app, form, user, now)
    table = source.table
    wanted: list[sa.ColumnElement[bool]] = [table.c.deleted_at.is_not(None)]
    wanted += [row_filter(source, app, form, user, verb) for verb in ("read", "delete")]
    if text.strip():
        dialect = session.get_bind().dialect.name
        wanted.append(finds(table.c.search_text, app.form(form), text, visible(app, form, user), dialect))
    columns = [*(table.c[key] for key in row_keys(app, form)), *sight_columns(source, app, form, user)]
    query = source.select(*columns, deleted=True).where(*wanted).order_by(table.c.deleted_at.desc(), table.c.id.desc())
    start = (min(max(page, 1), 1000) - 1) * PAGE
    rows = [dict(row) for row in session.execute(query.limit(PAGE + 1).offset(start)).mappings()]
    return TrashPage(_entries(session, app, form, rows[:PAGE], user, now), len(rows) > PAGE)


def _entries(
    session: Session, app: Live, form: str, rows: Sequence[dict[str, Any]], user: User, now: datetime
) -> tuple[Gone, ...]:
    found = records_of(session, app, form, rows, user, now)
    names = names_of(session, {row["updated_by"] for row in rows if row["updated_by"]})
    return tuple(
        Gone(record, row["deleted_at"], _name(record, names), row["deleted_at"] + kept_for(app))
        for record, row in zip(found, rows, strict=True)
    )


def _name(record: Record, names: Mapping[int, str]) -> str:
    """Return who deleted a record, unless that is hidden."""
    person = record.get("updated_by")
    return names.get(person, "") if isinstance(person, int) else ""


def purge(session: Session, app: Live, form: str, record_id: int, user: User, now: datetime, via: str = "form") -> None:
    """Delete a deleted record for good: its row, its history, what its changes said, comments, files, alerts."""
    writing = open_writing(session, app, form, user, now, via, "delete")
    own_row(writing, record_id, deleted=True)
    if not may_purge(app, form, user):
        raise Refused("delete", form)
    _purge(session, app, form, [record_id], user, writing.now, via)


def purge_due(session: Session, app: Live, form: str, now: datetime) -> int:
    """Delete for good what was deleted longer ago than it is kept, a chunk at most; return how many."""
    start_writing(session)
    table = app.tables.current(form)
    due = sa.select(table.c.id).where(table.c.deleted_at < now - kept_for(app)).order_by(table.c.id).limit(CHUNK)
    ids = list(session.scalars(due.with_for_update()))
    if ids:
        _purge(session, app, form, ids, SYSTEM, now, "job")
    return len(ids)


def _purge(session: Session, app: Live, form: str, ids: Sequence[int], user: User, now: datetime, via: str) -> None:
    mine = {"app_key": app.key, "form": form}
    detach_of_records(session, app.key, form, ids, now)
    for row in (Comment, Notification):
        session.execute(sa.delete(row).where(*_those(row, mine, ids)))
    alerts = sa.select(Alert.id).where(*_those(Alert, mine, ids))
    session.execute(sa.delete(AlertEvent).where(AlertEvent.alert_id.in_(alerts)))
    session.execute(sa.delete(Alert).where(*_those(Alert, mine, ids)))
    things = [record_thing(form, id_) for id_ in ids]
    followed = (Follower.app_key == app.key, Follower.kind == RECORD, Follower.thing.in_(things))
    session.execute(sa.delete(Follower).where(*followed))
    session.execute(sa.update(Change).where(*_those(Change, mine, ids)).values(diff=None, note=None))
    for table in (app.tables.history(form), app.tables.current(form)):
        session.execute(sa.delete(table).where(table.c.id.in_(ids)))
    said = {"at": now, "person_id": user.id, "via": via, "verb": "purge", "release": app.number, **mine}
    session.execute(sa.insert(Change), [said | {"record_id": id_} for id_ in ids])


def _those(row: Any, mine: dict[str, str], ids: Sequence[int]) -> tuple[sa.ColumnElement[bool], ...]:
    return row.app_key == mine["app_key"], row.form == mine["form"], row.record_id.in_(ids)


def forget(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Let go of everything whose time is over: deleted records, files taken off or never taken; a chunk at a time."""
    with sessions() as session:
        keys = [app.key for app in apps(session)]
    done: Counter[str] = Counter()
    for key in keys:
        done += _forget_app(sessions, key, now)
    for _ in range(MOST_CHUNKS):
        with sessions.begin() as session:
            count = sweep_staged(session, now)
        done["files_dropped"] += count
        if not count:
            break
    return +done


def _forget_app(sessions: sessionmaker[Session], key: str, now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    with sessions() as session:
        forms = tuple(live(session, key).app.forms)
    for form in forms:
        try:
            done["purged"] += _forget_form(sessions, key, form, now)
        except Exception:
            log.exception("the trash of %s in app %s could not be emptied", form, key)
            done["sweeps_failed"] += 1
    with sessions.begin() as session:
        detach_removed(session, key, now - kept_for(live(session, key)), now)
    return done


def _forget_form(sessions: sessionmaker[Session], key: str, form: str, now: datetime) -> int:
    done = 0
    for _ in range(MOST_CHUNKS):
        with sessions.begin() as session:
            app = live(session, key)
            count = purge_due(session, app, form, now) if form in app.app.forms else 0
        done += count
        if count < CHUNK:
            break
    return done
