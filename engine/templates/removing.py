"""Taking an app away: hidden at once, restorable for a while, then deleted with its tables and all that belongs to it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import Session, sessionmaker

from engine.audit import note
from engine.changes import Change
from engine.db import Base, start_writing
from engine.errors import NotFound, Refused
from engine.files.rows import StoredFile
from engine.files.sweeping import STAGED_FOR
from engine.people.users import SYSTEM, User
from engine.releases.rows import App
from engine.sandboxes import is_sandbox
from forms.labels import Label

#: How long an app that was taken away can be brought back.
KEPT = timedelta(days=30)
#: What outlives an app: the audit trail; files, whose bytes are swept later.
_STAYS = frozenset({"sw_audit", "sw_audit_head", StoredFile.__tablename__, App.__tablename__})


def remove_app(session: Session, app_key: str, user: User, now: datetime) -> App:
    """Hide an app from everybody; it can be restored for 30 days. A sandbox goes at once, by whoever made it, too."""
    row = _row(session, app_key)
    if not (user.is_admin or (is_sandbox(app_key) and row.created_by == user.id)):
        raise Refused("delete", app_key)
    if is_sandbox(app_key):
        purge_app(session, app_key, user, now)
        return row
    if row.removed_at is None:
        row.removed_at = now.replace(microsecond=0)
        session.add(_said(app_key, "remove_app", user, now))
        _note(session, "app_removed", row, user, now)
        session.flush()
    return row


def restore_app(session: Session, app_key: str, user: User, now: datetime) -> App:
    """Bring an app back that was taken away."""
    row = _row(session, app_key)
    if not user.is_admin:
        raise Refused("delete", app_key)
    if row.removed_at is not None:
        row.removed_at = None
        session.add(_said(app_key, "restore_app", user, now))
        _note(session, "app_restored", row, user, now)
        session.flush()
    return row


def removed_apps(session: Session) -> list[App]:
    """Return the apps that were taken away and can be brought back, the latest first."""
    return list(session.scalars(sa.select(App).where(App.removed_at.is_not(None)).order_by(App.removed_at.desc())))


def sandboxes(session: Session, user: User) -> list[App]:
    """Return the sandboxes that somebody made."""
    wanted = (App.sandbox_until.is_not(None), App.created_by == user.id)
    return list(session.scalars(sa.select(App).where(*wanted).order_by(App.id.desc())))


def purge_app(session: Session, app_key: str, user: User, now: datetime) -> None:
    """Delete an app for good.

    1. Its own tables with their history and search indexes. 2. Every row of the house that names it. 3. The app.
    Bytes of files go later, when this is committed. The audit trail stays.
    """
    start_writing(session)
    row = _row(session, app_key)
    _drop_tables(session, app_key)
    nobody = {"bound_at": None, "removed_at": None, "record_id": None, "comment_id": None, "staged_by": None}
    forgotten = sa.update(StoredFile).where(StoredFile.app_key == app_key)
    session.execute(forgotten.values(**nobody, staged_at=now - 2 * STAGED_FOR))
    for table in reversed(Base.metadata.sorted_tables):
        if table.name not in _STAYS and (mine := _of_app(table, app_key, row.id)) is not None:
            session.execute(sa.delete(table).where(mine))
    _note(session, "app_purged", row, user, now)
    session.execute(sa.delete(App).where(App.key == app_key))
    session.expunge(row)
    session.add(_said(app_key, "purge_app", user, now))
    session.flush()


def purge_due(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Delete what was taken away long enough ago, and sandboxes whose time is over, each in a transaction of its own."""
    over = sa.or_(App.removed_at < now - KEPT, App.sandbox_until <= now)
    with sessions() as session:
        keys = list(session.scalars(sa.select(App.key).where(over).order_by(App.id)))
    for key in keys:
        with sessions.begin() as session:
            purge_app(session, key, SYSTEM, now)
    return +Counter(apps_purged=len(keys))


def _row(session: Session, app_key: str) -> App:
    row = session.scalar(sa.select(App).where(App.key == app_key).with_for_update())
    if row is None:
        raise NotFound("app", app_key)
    return row


def _drop_tables(session: Session, app_key: str) -> None:
    """Drop every table whose name begins with the app's key and two underscores: those of older releases, too."""
    connection = session.connection()
    quote = connection.dialect.identifier_preparer.quote
    names = [name for name in sa.inspect(connection).get_table_names() if name.startswith(f"{app_key}__")]
    # The tables inside of a search index go with the index.
    inner = {f"{name}{end}" for name in names if name.endswith("__search") for end in _FTS}
    for name in sorted(names, key=lambda name: not name.endswith("__search")):
        if name not in inner:
            connection.exec_driver_sql(f"DROP TABLE {quote(name)}")


#: What SQLite keeps beside a search index.
_FTS = ("_data", "_idx", "_content", "_docsize", "_config")


def _of_app(table: Table, app_key: str, app_id: int) -> sa.ColumnElement[bool] | None:
    """Return which rows of a table belong to an app: by its key, by its id, or by a row that does."""
    if "app_key" in table.c:
        return table.c.app_key == app_key
    if "app_id" in table.c:
        return table.c.app_id == app_id
    for column in table.c:
        for key in column.foreign_keys:
            parent = key.column.table
            if "app_key" in parent.c and parent.name not in _STAYS:
                return column.in_(sa.select(key.column).where(parent.c.app_key == app_key))
    return None


def _note(session: Session, verb: str, row: App, user: User, now: datetime) -> None:
    """Write into the audit trail what became of an app, by the name it had: a purged one has none any more."""
    name = Label.of(row.label, row.key).pick("")
    note(session, kind="config", verb=verb, user=user, now=now, app_key=row.key, facts={"name": name})


def _said(app_key: str, verb: str, user: User, now: datetime) -> Change:
    values: dict[str, Any] = {"at": now, "person_id": user.id, "via": "form", "app_key": app_key, "verb": verb}
    return Change(**values)
