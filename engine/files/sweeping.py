"""What nobody needs any more: uploads that no record took, and files that were taken off long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.db import start_writing
from engine.files.folder import drop
from engine.files.rows import StoredFile

#: An upload that was not saved with anything after this long is nobody's.
STAGED_FOR = timedelta(hours=48)
CHUNK = 500


def sweep_staged(session: Session, now: datetime) -> int:
    """Drop uploads that no record took, a chunk at most; return how many."""
    start_writing(session)
    waiting = (StoredFile.bound_at.is_(None), StoredFile.staged_at < now - STAGED_FOR)
    return _drop(session, _locked(session, *waiting))


def sweep_removed(session: Session, app_key: str, before: datetime) -> int:
    """Drop files of an app that were taken off before a moment, a chunk at most; return how many."""
    start_writing(session)
    return _drop(session, _locked(session, StoredFile.app_key == app_key, StoredFile.removed_at < before))


def drop_of_records(session: Session, app_key: str, form: str, record_ids: Sequence[int]) -> int:
    """Drop the files of records that go for good, those of their comments, too."""
    mine = (StoredFile.app_key == app_key, StoredFile.form == form, StoredFile.record_id.in_(record_ids))
    done = 0
    while rows := _locked(session, *mine):
        done += _drop(session, rows)
    return done


def _locked(session: Session, *where):  # type: ignore[no-untyped-def]  # conditions for WHERE
    query = select(StoredFile.id, StoredFile.token).where(*where).order_by(StoredFile.id).limit(CHUNK)
    return session.execute(query.with_for_update()).all()


def _drop(session: Session, rows) -> int:  # type: ignore[no-untyped-def]  # rows of (id, token)
    """Remove the bytes, then the rows: what a crash leaves behind is a row, which is swept again."""
    for _id, token in rows:
        drop(session, token)
    if rows:
        session.execute(delete(StoredFile).where(StoredFile.id.in_([id_ for id_, _ in rows])))
    return len(rows)
