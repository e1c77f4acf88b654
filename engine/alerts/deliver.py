"""Delivers queued notifications through their channels: claimed before, noted after, tried again when it failed."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine.alerts.rows import Notification
from engine.channels import CHANNELS, Channel, ChannelError, Outgoing
from engine.people import Person

log = logging.getLogger(__name__)

#: Notifications looked for at once.
BATCH = 100
#: After this long an attempt that was begun and never ended counts as lost, and is made again.
LOST_AFTER = timedelta(minutes=5)
#: Pauses between attempts; the last one repeats.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))


class _NoChannel(Channel):
    def send(self, message: Outgoing) -> None:
        raise ChannelError(message.channel, "there is no such channel (any more)", permanent=True)


_NO_CHANNEL = _NoChannel()


def deliver(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Send everything that is due; two workers never make the same attempt."""
    done: Counter[str] = Counter()
    while batch := _due(sessions, now):
        for id_, attempts in batch:
            if message := _claim(sessions, id_, attempts, now):
                done[_send(sessions, id_, message, now)] += 1
    return done


def _due(sessions: sessionmaker[Session], now: datetime) -> list[tuple[int, int]]:
    due = (Notification.state.in_(("queued", "sending")), Notification.due_at <= now)
    with sessions() as session:
        query = select(Notification.id, Notification.attempts).where(*due).order_by(Notification.due_at).limit(BATCH)
        return [(id_, attempts) for id_, attempts in session.execute(query)]


def _claim(sessions: sessionmaker[Session], id_: int, attempts: int, now: datetime) -> Outgoing | None:
    """Begin an attempt, unless somebody else has; the number of attempts is what the two would fight for."""
    with sessions.begin() as session:
        free = (
            Notification.id == id_,
            Notification.attempts == attempts,
            Notification.state.in_(("queued", "sending")),
        )
        begun = {"state": "sending", "attempts": attempts + 1, "due_at": now + LOST_AFTER}
        taken = session.execute(update(Notification).where(*free).values(**begun))
        if not isinstance(taken, CursorResult) or taken.rowcount != 1:
            return None
        notification = session.get_one(Notification, id_)
        return _outgoing(notification, session.get_one(Person, notification.person_id))


def _outgoing(one: Notification, person: Person) -> Outgoing:
    key = f"{one.app_key}/{one.rule}/{one.record_id}/{one.episode}/{one.step}/{one.person_id}/{one.channel}"
    return Outgoing(key, one.channel, person.id, person.name, person.email, one.subject, one.text, one.attempts)


def _send(sessions: sessionmaker[Session], id_: int, message: Outgoing, now: datetime) -> str:
    """Make one attempt and write down how it went."""
    channel = CHANNELS.get(message.channel, _NO_CHANNEL)
    try:
        channel.send(message)
    except Exception as error:  # a channel may fail in any way; none may stop the others
        log.exception("notification %s was not delivered", id_)
        after = _after_failure(channel, message, error, now)
    else:
        after = {"state": "sent", "sent_at": now, "error": None}
    with sessions.begin() as session:
        mine = (Notification.id == id_, Notification.attempts == message.attempt)
        session.execute(update(Notification).where(*mine).values(**after))
    return str(after["state"])


def _after_failure(channel: Channel, message: Outgoing, error: Exception, now: datetime) -> dict[str, object]:
    permanent = isinstance(error, ChannelError) and error.permanent
    if permanent or message.attempt >= channel.max_attempts:
        return {"state": "failed", "error": str(error)}
    pause = PAUSES[min(message.attempt, len(PAUSES)) - 1]
    return {"state": "queued", "error": str(error), "due_at": now + pause}
