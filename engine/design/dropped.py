"""A draft of an app that never was live, and is gone: who dropped it and when, for those who worked at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.audit.rows import AuditEvent
from engine.people.users import User, names_of

#: Events of the trail that tell who began, edited and dropped a draft.
_DROPPED, _WORKED = "draft_discarded", ("draft_opened", "draft_edited", "draft_discarded")


@dataclass(frozen=True)
class Dropped:
    """Who dropped a draft, and when."""

    person: str
    at: datetime


def dropped(session: Session, app_key: str, user: User) -> Dropped | None:
    """Return who dropped the last draft of an app; None where none was, or for whoever had no part in it."""
    mine = sa.select(AuditEvent.id).where(AuditEvent.app_key == app_key, AuditEvent.kind == "config")
    worked = mine.where(AuditEvent.verb.in_(_WORKED), AuditEvent.person_id == user.id).limit(1)
    if not user.is_admin and (user.id is None or session.scalar(worked) is None):
        return None
    last = sa.select(AuditEvent.verb, AuditEvent.person_id, AuditEvent.person, AuditEvent.at)
    last = last.where(AuditEvent.app_key == app_key, AuditEvent.kind == "config").order_by(AuditEvent.id.desc())
    found = session.execute(last.limit(1)).one_or_none()
    if found is None or found.verb != _DROPPED:
        return None
    return Dropped(
        names_of(session, [found.person_id] if found.person_id else []).get(found.person_id, found.person), found.at
    )
