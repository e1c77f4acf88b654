"""Keeping, finding and dropping unfinished forms: everybody sees only their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from engine.db import start_writing
from engine.drafts.rows import FormDraft
from engine.errors import NotFound
from engine.people.users import User

#: Drafts that a person may have of one form, and how long they are kept after the last key.
MOST_DRAFTS = 20
KEPT_FOR = timedelta(days=30)
#: Letters that one draft may hold.
MOST_LETTERS = 2_000_000

#: Name on the form and text, one pair per input, in the order of the form.
Typed = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Unfinished:
    """A form that somebody began to fill."""

    id: int
    app_key: str
    form: str
    record_id: int | None
    version: int | None
    typed: tuple[tuple[str, str], ...]
    step: str
    updated_at: datetime


def keep(
    session: Session,
    app_key: str,
    form: str,
    typed: Typed,
    user: User,
    now: datetime,
    *,
    draft_id: int | None = None,
    record_id: int | None = None,
    version: int | None = None,
    step: str = "",
) -> int | None:
    """Keep what was typed and return the draft's number: the one it has, that of the same edited record, or a new one.

    None when it is too long to be kept.
    """
    if sum(len(name) + len(text) for name, text in typed) > MOST_LETTERS:
        return None
    start_writing(session)
    row = _row(session, app_key, form, user, draft_id, record_id)
    if row is None:
        row = FormDraft(person_id=user.id, app_key=app_key, form=form, record_id=record_id, created_at=now)
        session.add(row)
    row.typed = [[name, text] for name, text in typed]
    row.version, row.step, row.updated_at = version, step or None, now
    session.flush()
    _drop_oldest(session, app_key, form, user)
    return row.id


def _row(
    session: Session, app_key: str, form: str, user: User, draft_id: int | None, record_id: int | None
) -> FormDraft | None:
    mine = sa.select(FormDraft).where(
        FormDraft.person_id == user.id,
        FormDraft.app_key == app_key,
        FormDraft.form == form,
        FormDraft.record_id.is_(None) if record_id is None else FormDraft.record_id == record_id,
    )
    if record_id is None and draft_id is None:
        return None
    found = mine if draft_id is None else mine.where(FormDraft.id == draft_id)
    return session.scalars(found.order_by(FormDraft.id.desc()).limit(1)).first()


def _drop_oldest(session: Session, app_key: str, form: str, user: User) -> None:
    mine = sa.and_(FormDraft.person_id == user.id, FormDraft.app_key == app_key, FormDraft.form == form)
    newest = sa.select(FormDraft.id).where(mine).order_by(FormDraft.updated_at.desc(), FormDraft.id.desc())
    kept = list(session.scalars(newest.limit(MOST_DRAFTS)))
    session.execute(sa.delete(FormDraft).where(mine, FormDraft.id.not_in(kept)))


def draft_of(session: Session, draft_id: int, user: User) -> Unfinished:
    """Return a draft of this person; NotFound for anybody else's."""
    row = session.get(FormDraft, draft_id) if 0 < draft_id < 2**63 else None
    if row is None or row.person_id != user.id:
        raise NotFound("draft", draft_id)
    return _unfinished(row)


def drafts_of(
    session: Session, user: User, app_key: str | None = None, form: str | None = None, limit: int = MOST_DRAFTS
) -> list[Unfinished]:
    """Return a person's drafts, the newest first: all of them, or those of an app or a form."""
    wanted = [FormDraft.person_id == user.id]
    wanted += [FormDraft.app_key == app_key] if app_key is not None else []
    wanted += [FormDraft.form == form] if form is not None else []
    found = sa.select(FormDraft).where(*wanted).order_by(FormDraft.updated_at.desc(), FormDraft.id.desc())
    return [_unfinished(row) for row in session.scalars(found.limit(limit))]


def _unfinished(row: FormDraft) -> Unfinished:
    typed = tuple((str(name), str(text)) for name, text in row.typed)
    return Unfinished(row.id, row.app_key, row.form, row.record_id, row.version, typed, row.step or "", row.updated_at)


def drop(session: Session, draft_id: int, user: User) -> bool:
    """Drop a draft of this person; tell whether there was one."""
    mine = sa.and_(FormDraft.id == draft_id, FormDraft.person_id == user.id)
    gone = session.scalar(sa.select(FormDraft.id).where(mine)) if 0 < draft_id < 2**63 else None
    if gone is not None:
        session.execute(sa.delete(FormDraft).where(mine))
    return gone is not None


def sweep_drafts(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Drop what nobody came back to for long."""
    old = FormDraft.updated_at < now - KEPT_FOR
    with sessions.begin() as session:
        count = session.scalar(sa.select(sa.func.count()).where(old)) or 0
        if count:
            session.execute(sa.delete(FormDraft).where(old))
    return Counter({"drafts_swept": count} if count else {})
