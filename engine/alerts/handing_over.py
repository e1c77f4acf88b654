"""What waited for somebody who has left meanwhile: their manager gets it, or else the administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.alerts.audience import ADMIN_ROLE, FALLBACK
from engine.alerts.inserting import insert_new
from engine.alerts.rows import Notification
from engine.people import Person, RoleGrant

INBOX = "inbox"


def hand_over(session: Session, one: Notification, person: Person, now: datetime) -> None:
    """Put a message into the inbox of somebody who is there, and say where it went."""
    columns = [column.key for column in Notification.__table__.columns if column.key != "id"]
    row = {key: getattr(one, key) for key in columns}
    arrived = {"channel": INBOX, "state": "sent", "via": FALLBACK, "sent_at": now, "attempts": 1, "due_at": now}
    heirs = _heirs(session, person, one.app_key)
    insert_new(session, Notification, [{**row, **arrived, "person_id": heir, "bundle_id": None} for heir in heirs])
    one.state, one.error = "failed", "left"


def _heirs(session: Session, person: Person, app_key: str) -> Sequence[int]:
    if person.manager is not None and person.manager.active:
        return [person.manager.id]
    role = (RoleGrant.app_key == app_key) & (RoleGrant.role == ADMIN_ROLE)
    query = select(Person.id).where(Person.active, or_(Person.is_admin, Person.grants.any(role)))
    return session.scalars(query.order_by(Person.id)).all()
