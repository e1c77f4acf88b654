"""Approving a draft: somebody who may publish, and did not edit it last, says yes to it as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.audit import note as audit
from engine.db import start_writing
from engine.design.keeping import draft_of, require
from engine.design.rows import ConfigDraft, ConfigEdit
from engine.errors import EngineError, NotFound
from engine.people.rows import Person
from engine.people.users import User
from rules.errors import N_, Fault


@dataclass(frozen=True)
class Approval:
    """Who approved a draft as it is now, and when."""

    person: str
    at: datetime


def approve(session: Session, app_key: str, version: int, user: User, now: datetime) -> None:
    """Approve a draft at the version that was looked at; EngineError when it changed, or is one's own work.

    The next edit takes the approval away.
    """
    require(session, app_key, user, "publish")
    start_writing(session)
    draft = draft_of(session, app_key)
    if draft is None:
        raise NotFound("draft", app_key)
    if draft.version != version:
        raise EngineError(Fault("draft.edited", N_("Somebody edited the draft meanwhile. Look at it again.")))
    if user.id is None or last_editor(session, draft) == user.id:
        raise EngineError(Fault("approval.own", N_("You edited this draft last: somebody else must approve it.")))
    draft.approved_by, draft.approved_at, draft.approved_version = user.id, now, draft.version
    session.flush()
    audit(
        session,
        kind="config",
        verb="draft_approved",
        user=user,
        now=now,
        app_key=app_key,
        facts={"version": draft.version},
    )


def last_editor(session: Session, draft: ConfigDraft) -> int | None:
    """Return who edited a draft last, or began it."""
    newest = sa.select(ConfigEdit.person_id).where(ConfigEdit.draft_id == draft.id).order_by(ConfigEdit.id.desc())
    found = session.execute(newest.limit(1)).one_or_none()
    return draft.created_by if found is None else found[0]


def approval_of(session: Session, draft: ConfigDraft) -> Approval | None:
    """Return the approval of a draft as it is now."""
    if draft.approved_version != draft.version or draft.approved_at is None:
        return None
    name = session.scalar(sa.select(Person.name).where(Person.id == draft.approved_by))
    return Approval(name or "", draft.approved_at)
