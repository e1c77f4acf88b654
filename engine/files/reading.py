"""A file on its way out: for who may see the record and the field it hangs on, now; and its small view."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.files.folder import SMALL, place_of
from engine.files.pictures import small_view
from engine.files.rows import StoredFile
from engine.people import User
from engine.releases.live import live


def file_for(session: Session, token: str, user: User, now: datetime) -> StoredFile:
    """Return a file that a person may see; NotFound for every other reason alike."""
    row = session.scalar(select(StoredFile).where(StoredFile.token == token)) if len(token) == 32 else None
    if row is None or not row.sha256 or not _may_see(session, row, user, now):
        raise NotFound("file", token[:40])
    return row


def _may_see(session: Session, row: StoredFile, user: User, now: datetime) -> bool:
    from engine.records.read import get

    if row.bound_at is None or row.record_id is None:
        return row.staged_by == user.id
    app = live(session, row.app_key)
    if row.form not in app.app.forms:
        return False
    record = get(session, app, row.form, row.record_id, user, now, deleted=True)
    if row.comment_id is not None:
        return row.removed_at is None and not record.deleted
    return row.field in app.form(row.form).by_key and row.field in record.values


def path_of(session: Session, row: StoredFile) -> Path:
    """Return where the bytes lie; NotFound when somebody took them away."""
    path = place_of(session, row.token)
    if not path.is_file():
        raise NotFound("file", row.token)
    return path


def small_path_of(session: Session, row: StoredFile) -> Path:
    """Return the small view of a picture, made when it is asked for the first time."""
    path = path_of(session, row)
    small = path.with_name(row.token + SMALL)
    if row.width is None or not (small.is_file() or small_view(path, small)):
        raise NotFound("file", row.token)
    return small
