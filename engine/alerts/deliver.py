"""Delivers queued notifications through their channels: claimed before, noted after, tried again when it failed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, make_transient, sessionmaker

from engine.alerts import outlets
from engine.alerts.addresses import link_to
from engine.alerts.bundles import RULE, close_due, members_of
from engine.alerts.channel_rows import ChannelRow
from engine.alerts.handing_over import hand_over
from engine.alerts.into_inbox import put_in
from engine.alerts.leaving import leaving_url
from engine.alerts.ledger import DEFAULT_CHANNEL, insert_new
from engine.alerts.rows import Notification, waiting
from engine.alerts.standing_in import pass_on
from engine.alerts.texts import language_of
from engine.alerts.ways import contact_of
from engine.channels import CHANNELS, Channel, ChannelError, Outgoing, Setup
from engine.errors import Busy
from engine.people import Person

log = logging.getLogger(__name__)

#: Notifications looked for at once, and most attempts of one call.
BATCH, MOST = 100, 2000
#: After this long an attempt that was begun and never ended counts as lost, and is made again.
LOST_AFTER = timedelta(minutes=5)
#: How long a receiver must remember a key to drop what comes twice: when an attempt was cut off longer ago than that,
#: nobody can tell whether it arrived, and the message goes to the inbox instead of out again.
WINDOW = timedelta(hours=24)
#: Pauses between attempts; the last one repeats.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
TOO_LATE = "not sent again: too long after the last attempt for a receiver to tell it is the same"
#: Seconds that one call may take, and that one channel may waste by failing, before the rest waits for the next call.
BUDGET, WASTE = 15.0, 5.0


@dataclass
class _Outlet:
    """A channel ready to send: its kind, its settings, and the row it was set up by."""

    channel: Channel
    setup: Setup
    row: ChannelRow | None = None
    trouble: ChannelError | None = None
    wasted: float = 0.0
    arrived: bool = False

    def send(self, message: Outgoing) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.channel.send(message, self.setup)


@dataclass(frozen=True)
class _Attempt:
    """One attempt that was made, and what is to be written down about it."""

    id: int
    message: Outgoing
    outlet: _Outlet
    after: Mapping[str, object]
    error: Exception | None = None
    cause: str = ""

    @property
    def state(self) -> str:
        """Return how the message stands after it."""
        return str(self.after["state"])


class _NoChannel(Channel):
    def send(self, message: Outgoing, setup: Setup) -> None:  # noqa: ARG002
        raise ChannelError(
            message.channel, "there is no such channel (any more), or it is switched off", permanent=True
        )


_NO_CHANNEL = _NoChannel()


def deliver(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Send what is due, within bounds of number and time; two workers never make the same attempt."""
    done: Counter[str] = +Counter(bundles=close_due(sessions, now))
    until = monotonic() + BUDGET
    while done["sent"] < MOST and monotonic() < until and (found := put_in(sessions, now)):
        done["sent"] += found
    known: dict[str, _Outlet] = {}
    last: _Attempt | None = None
    while batch := _due(sessions, now, _tired(known)):
        for id_, attempts, key in batch:
            if done.total() >= MOST or monotonic() >= until:
                return _ended(sessions, known, last, now, done)
            if key in _tired(known):
                continue
            message, last = _next(sessions, last, id_, attempts, now), None
            if message is not None:
                last = _send(id_, message, _outlet(sessions, known, key, now), now)
                done[last.state] += 1
        if last is not None:
            _note_alone(sessions, last, now)
            last = None
    return _ended(sessions, known, last, now, done)


def _next(
    sessions: sessionmaker[Session], last: _Attempt | None, id_: int, attempts: int, now: datetime
) -> Outgoing | None:
    """Write down how the attempt before went and begin this one, in one transaction; None when there is nothing to send.

    A message that cannot even be begun must keep neither that result from being written nor others from going out.
    """
    try:
        with sessions.begin() as session:
            if last is not None:
                _note(session, last, now)
            return _claim(session, id_, attempts, now)
    except Exception as error:
        if last is not None:
            _note_alone(sessions, last, now)
        if isinstance(error, Busy):
            raise
        log.exception("the notification %s could not be begun", id_)
        with sessions.begin() as session:
            _put_off(session, id_, attempts, f"{type(error).__name__}: {error}"[:500], now)
        return None


def _put_off(session: Session, id_: int, attempts: int, cause: str, now: datetime) -> None:
    """Let a message that could not be begun wait; after as many times as a channel tries, it goes to the inbox."""
    mine = (Notification.id == id_, Notification.attempts == attempts, waiting(Notification.state))
    ends = attempts + 1 >= Channel.max_attempts
    later = {"state": "failed" if ends else "queued", "due_at": now + PAUSES[min(attempts, len(PAUSES) - 1)]}
    done = session.execute(update(Notification).where(*mine).values(attempts=attempts + 1, error=cause, **later))
    if ends and isinstance(done, CursorResult) and done.rowcount == 1:
        _to_inbox(session, id_, now)


def _ended(
    sessions: sessionmaker[Session],
    known: Mapping[str, _Outlet],
    last: _Attempt | None,
    now: datetime,
    done: Counter[str],
) -> Counter[str]:
    """Note how the last attempt went, and which channels let something through."""
    if last is not None:
        _note_alone(sessions, last, now)
    rows = [outlet.row for outlet in known.values() if outlet.row is not None and outlet.arrived]
    if rows:
        with sessions.begin() as session:
            for row in rows:
                outlets.went_well(session, row, now)
    return done


def _tired(known: Mapping[str, _Outlet]) -> list[str]:
    return [key for key, outlet in known.items() if outlet.wasted >= WASTE]


def _outlet(sessions: sessionmaker[Session], known: dict[str, _Outlet], key: str, now: datetime) -> _Outlet:
    """Return a channel by the key that notifications name it by, opened once per call."""
    if key not in known:
        with sessions() as session:
            row = session.scalar(select(ChannelRow).where(ChannelRow.key == key))
            if row is not None:
                make_transient(row)
        known[key] = _opened(key, row, now)
    return known[key]


def _opened(key: str, row: ChannelRow | None, now: datetime) -> _Outlet:
    plain = CHANNELS.get(key)
    if row is None or not row.enabled or row.type not in CHANNELS:
        usable = plain if row is None and plain is not None and not plain.asks else _NO_CHANNEL
        return _Outlet(usable, Setup(key, key, now=now))
    try:
        return _Outlet(CHANNELS[row.type], outlets.setup_of(row, now), row)
    except ChannelError as error:
        return _Outlet(CHANNELS[row.type], Setup(key, row.name, now=now), row, error)


def _due(sessions: sessionmaker[Session], now: datetime, tired: Collection[str]) -> list[tuple[int, int, str]]:
    due = (waiting(Notification.state), Notification.due_at <= now)
    query = select(Notification.id, Notification.attempts, Notification.channel).where(*due)
    if tired:
        query = query.where(Notification.channel.not_in(tired))
    with sessions() as session:
        rows = session.execute(query.order_by(Notification.due_at, Notification.id).limit(BATCH))
        return [(id_, attempts, key) for id_, attempts, key in rows]


def _claim(session: Session, id_: int, attempts: int, now: datetime) -> Outgoing | None:
    """Begin an attempt, unless somebody else has; the number of attempts is what the two would fight for."""
    free = (Notification.id == id_, Notification.attempts == attempts, waiting(Notification.state))
    cut_off = select(Notification.due_at).where(*free, Notification.state == "sending")
    given_up_at = session.scalar(cut_off) if attempts else None
    begun = {"state": "sending", "attempts": attempts + 1, "due_at": now + LOST_AFTER}
    taken = session.execute(update(Notification).where(*free).values(**begun))
    if not isinstance(taken, CursorResult) or taken.rowcount != 1:
        return None
    notification = session.get_one(Notification, id_, populate_existing=True)
    person = session.get_one(Person, notification.person_id)
    if not person.active:
        for one in _stood_for(session, notification):
            hand_over(session, one, person, now)
        notification.state, notification.error = "failed", "left"
        return None
    waited = notification.waits_for or notification.bundle_id is not None
    if waited and not attempts and pass_on(session, notification, person, now):
        return None
    if given_up_at is not None and now - given_up_at > WINDOW:
        notification.state, notification.error, notification.attempts = "failed", TOO_LATE, attempts
        session.flush()
        _to_inbox(session, id_, now)
        return None
    return _outgoing(session, notification, person)


def _outgoing(session: Session, one: Notification, person: Person) -> Outgoing:
    key = f"{one.app_key}/{one.rule}/{one.record_id}/{one.episode}/{one.step}/{one.person_id}/{one.channel}"
    contact = contact_of(session, person.id)
    return Outgoing(
        idempotency_key=key,
        channel=one.channel,
        person_id=person.id,
        name=person.name,
        email=contact.email or person.email,
        subject=one.subject,
        text=one.text,
        attempt=one.attempts,
        mobile=contact.mobile or None,
        locale=language_of(person),
        severity=one.severity,
        app_key=one.app_key,
        rule=one.rule,
        form=one.form,
        record_id=one.record_id,
        episode=one.episode,
        step=one.step,
        link=link_to(one.app_key, one.form, one.record_id, one.rule),
        at=one.created_at,
        leave_url=leaving_url(person.id, one.channel) if one.rule == RULE and one.via == "digest" else "",
    )


def _send(id_: int, message: Outgoing, outlet: _Outlet, now: datetime) -> _Attempt:
    """Make one attempt, holding no session meanwhile."""
    began, error = monotonic(), None
    try:
        outlet.send(message)
    except Exception as trouble:  # noqa: BLE001 - a channel may fail in any way; none may stop the others
        error = trouble
    outlet.arrived |= error is None
    if error is None:
        return _Attempt(id_, message, outlet, {"state": "sent", "sent_at": now, "error": None})
    outlet.wasted += monotonic() - began + 0.05
    # Without the traceback: what a library says may hold an address that is a secret.
    cause = outlets.cause_of(error, outlet.setup)
    log.warning("notification %s was not delivered by %s: %s", id_, message.channel, cause)
    return _Attempt(id_, message, outlet, _after_failure(outlet.channel, message, error, cause, now), error, cause)


def _note_alone(sessions: sessionmaker[Session], one: _Attempt, now: datetime) -> None:
    with sessions.begin() as session:
        _note(session, one, now)


def _note(session: Session, one: _Attempt, now: datetime) -> None:
    """Write down how an attempt went."""
    if one.error is not None:
        _note_failure(session, one.outlet, one.error, one.cause, now)
    mine = (Notification.id == one.id, Notification.attempts == one.message.attempt)
    session.execute(update(Notification).where(*mine).values(**one.after))
    if one.state == "failed":
        _to_inbox(session, one.id, now)


def _after_failure(
    channel: Channel, message: Outgoing, error: Exception, cause: str, now: datetime
) -> dict[str, object]:
    permanent = isinstance(error, ChannelError) and error.permanent
    if permanent or message.attempt >= channel.max_attempts:
        return {"state": "failed", "error": cause}
    pause = PAUSES[min(message.attempt, len(PAUSES)) - 1]
    return {"state": "queued", "error": cause, "due_at": now + pause}


def _note_failure(session: Session, outlet: _Outlet, error: Exception, cause: str, now: datetime) -> None:
    if outlet.row is None:
        return
    broken = isinstance(error, ChannelError) and error.broken
    passing = not (isinstance(error, ChannelError) and error.permanent)
    outlets.went_wrong(session, outlet.row, cause, now, broken=broken, passing=passing)
    if broken:
        outlet.channel, outlet.trouble = _NO_CHANNEL, None


def _stood_for(session: Session, one: Notification) -> list[Notification]:
    """Return the messages that one brings: those of its list, or itself."""
    return members_of(session, one.record_id) if one.rule == RULE and not one.app_key else [one]


def _to_inbox(session: Session, id_: int, now: datetime) -> None:
    """Put what could not be delivered into the person's inbox, unless they were told there already."""
    columns = [column.key for column in Notification.__table__.columns if column.key != "id"]
    failed = session.get_one(Notification, id_, populate_existing=True)
    lost = _stood_for(session, failed)
    told = {"channel": DEFAULT_CHANNEL, "state": "sent", "sent_at": now, "attempts": 1, "error": None, "due_at": now}
    insert_new(session, Notification, [{key: getattr(one, key) for key in columns} | told for one in lost])
