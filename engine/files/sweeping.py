"""What nobody needs any more: uploads that no record took, and files that were taken off long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from engine.db import start_writing
from engine.files.folder import drop
from engine.files.rows import StoredFile

#: An upload that was not saved with anything after this long is nobody's; drafts of forms may wait a while.
STAGED_FOR = timedelta(days=7)
CHUNK = 500


def sweep_staged(session: Session, now: datetime) -> int:
    """Drop uploads that no record took, a chunk at most; return how many."""
    start_writing(session)
    waiting = (StoredFile.bound_at.is_(None), StoredFile.staged_at < now - STAGED_FOR)
    return _drop(session, _locked(session, *waiting))


def detach_removed(session: Session, app_key: str, before: datetime, now: datetime) -> None:
    """Let go of files of an app that were taken off before a moment: from now on they are nobody's."""
    start_writing(session)
    _detach(session, now, StoredFile.app_key == app_key, StoredFile.removed_at < before)


def detach_of_records(session: Session, app_key: str, form: str, record_ids: Sequence[int], now: datetime) -> None:
    """Let go of the files of records that go for good, those of their comments, too."""
    mine = (StoredFile.app_key == app_key, StoredFile.form == form, StoredFile.record_id.in_(record_ids))
    _detach(session, now, *mine)


def _detach(session: Session, now: datetime, *where: ColumnElement[bool]) -> None:
    """The bytes go later, when this is committed: a transaction that fails after all has lost nothing."""
    nobody = {"bound_at": None, "removed_at": None, "record_id": None, "comment_id": None, "staged_by": None}
    session.execute(update(StoredFile).where(*where).values(**nobody, staged_at=now - 2 * STAGED_FOR))


def _locked(session: Session, *where: ColumnElement[bool]) -> Sequence[tuple[int, str]]:
    query = select(StoredFile.id, StoredFile.token).where(*where).order_by(StoredFile.id).limit(CHUNK)
    return [(id_, token) for id_, token in session.execute(query.with_for_update())]


def _drop(session: Session, rows: Sequence[tuple[int, str]]) -> int:
    """Remove the bytes, then the rows: what a crash leaves behind is a row, which is swept again."""
    for _id, token in rows:
        drop(session, token)
    if rows:
        session.execute(delete(StoredFile).where(StoredFile.id.in_([id_ for id_, _ in rows])))
    return len(rows)
