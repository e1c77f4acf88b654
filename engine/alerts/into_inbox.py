"""Puts what waited for its hour into inboxes: there the row is the delivery itself, so that many are one statement."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, and_, exists, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine.alerts.rows import Notification, waiting
from engine.alerts.wish_rows import Absence
from engine.channels import CHANNELS
from engine.db import start_writing
from engine.people import Person

#: Messages put in by one statement: small enough that nobody waits long for it.
TOGETHER = 500
DAY = timedelta(days=1)


def put_in(sessions: sessionmaker[Session], now: datetime) -> int:
    """Deliver some of the due messages of inboxes, exactly once whoever else is at it; return how many.

    Messages to people who have left, or for whom somebody may stand in, are not among them: each finds its own way.
    """
    due = (waiting(Notification.state), Notification.due_at <= now, Notification.channel.in_(_internal()))
    today = now.date()  # somewhere on earth it is yesterday still, or tomorrow already
    mine = Absence.person_id == Notification.person_id
    may_be_away = exists().where(mine, Absence.starts_on <= today + DAY, Absence.ends_on >= today - DAY)
    is_here = exists().where(Person.id == Notification.person_id, Person.active)
    waited = or_(Notification.waits_for != "", Notification.bundle_id.is_not(None))
    passed_on = and_(waited, Notification.attempts == 0, may_be_away)
    query = select(Notification.id).where(*due, is_here, ~passed_on).order_by(Notification.due_at, Notification.id)
    with sessions() as session:
        if session.scalar(query.limit(1)) is None:
            return 0
    with sessions.begin() as session:
        start_writing(session)
        ids = session.scalars(query.limit(TOGETHER).with_for_update(skip_locked=True)).all()
        here = {"state": "sent", "sent_at": now, "error": None, "attempts": Notification.attempts + 1}
        taken = (Notification.id.in_(ids), waiting(Notification.state))
        done = session.execute(
            update(Notification).where(*taken).values(here), execution_options={"synchronize_session": False}
        )
        return done.rowcount if isinstance(done, CursorResult) else 0


def _internal() -> list[str]:
    return sorted(key for key, channel in CHANNELS.items() if channel.is_internal)
