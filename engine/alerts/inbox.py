"""What people see of alerts: their inbox and its unread count, acknowledging, and why an alert is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, ScalarSelect, and_, func, or_, select, update
from sqlalchemy.orm import Session

from engine import rights
from engine.alerts.audience import readable
from engine.alerts.facts import facts_of
from engine.alerts.ledger import Transition, standing_of, write
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.state import OPEN, REASONS
from engine.alerts.state import acknowledge as acknowledged
from engine.errors import NotFound
from engine.people import Person, User
from engine.records.names import type_at
from engine.releases.live import Live, live
from rules.checked import Checked
from rules.errors import Fault
from rules.types import Kind

CHANNEL = "inbox"
#: What has arrived; the rest waits for its hour.
HERE = Notification.state.in_(("sent", "failed"))
#: What is told without a rule, such as a comment, has a colon in its place: each reader is done with it alone.
PERSONAL = "%:%"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an inbox: what was said, and how the alert behind it stands now."""

    id: int
    alert_id: int
    app_key: str
    rule: str
    form: str
    record_id: int
    severity: str
    subject: str
    text: str
    step: int
    via: str
    at: datetime
    read_at: datetime | None
    #: State of the alert: pending, firing, acknowledged, resolved.
    state: str
    #: Told about an earlier episode than the one the alert is in now, or about one that is over.
    over: bool
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One transition of an alert, with its reason as a sentence to translate and the condition as it was."""

    at: datetime
    episode: int
    before: str
    after: str
    reason: Fault
    evidence: Mapping[str, Any] | None
    person: str


def is_personal(rule: str) -> bool:
    """Tell whether a message is about no condition of a record that could be over for everybody."""
    return ":" in rule


def unread(session: Session, user: User) -> int:
    """Return how many messages ask for a person's attention: neither read nor overtaken by events."""
    return session.scalar(select(unread_of(user))) or 0


def unread_of(user: User) -> ScalarSelect[int]:
    """Return the same as a part of another statement."""
    mine = (Notification.person_id == user.id, Notification.channel == CHANNEL, HERE)
    waiting = (Notification.read_at.is_(None), Notification.closed_at.is_(None))
    return select(func.count()).select_from(Notification).where(*mine, *waiting).scalar_subquery()


def inbox(
    session: Session, user: User, *, which: str = "open", limit: int = 50, before_id: int | None = None
) -> list[Item]:
    """Return a person's messages, newest first: `open` ones (not resolved), `closed` or `unread` ones, or `all`."""
    query = select(Notification, Alert, Person.name).join(Alert, Alert.id == Notification.alert_id)
    query = query.outerjoin(Person, Person.id == Alert.acknowledged_by)
    query = query.where(Notification.person_id == user.id, Notification.channel == CHANNEL, HERE)
    waits = or_(Alert.rule.not_like(PERSONAL), Notification.closed_at.is_(None))
    is_open = and_(Alert.state.in_(OPEN), Alert.episode == Notification.episode, waits)
    if which in ("open", "closed"):
        query = query.where(is_open if which == "open" else ~is_open)
    if which == "unread":
        query = query.where(Notification.read_at.is_(None), Notification.closed_at.is_(None))
    if before_id is not None:
        query = query.where(Notification.id < before_id)
    rows = session.execute(query.order_by(Notification.id.desc()).limit(limit))
    return [_item(notification, alert, name) for notification, alert, name in rows]


def mark_read(session: Session, user: User, now: datetime, ids: Sequence[int] | None = None) -> int:
    """Mark messages of a person as read (all without `ids`); return how many were unread."""
    mine = [Notification.person_id == user.id, Notification.channel == CHANNEL, HERE]
    mine.append(Notification.read_at.is_(None))
    if ids is not None:
        mine.append(Notification.id.in_(ids))
    done = session.execute(update(Notification).where(*mine).values(read_at=now))
    return done.rowcount if isinstance(done, CursorResult) else 0


def acknowledge(session: Session, alert_id: int, user: User, now: datetime) -> Alert:
    """Take note of a firing alert, which ends its escalation; NotFound unless it is theirs or they may see its record."""
    alert = session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
    if alert is None or not may_see(session, alert, user, now):
        raise NotFound("alert", alert_id)
    if is_personal(alert.rule):
        own = (Notification.alert_id == alert.id, Notification.person_id == user.id)
        session.execute(update(Notification).where(*own).values(read_at=now, closed_at=now))
        return alert
    outcome = acknowledged(standing_of(alert), user.name)
    if outcome is not None:
        write(session, [Transition(alert, outcome, person=user)], now, alert.release)
        mine = (Notification.alert_id == alert.id, Notification.person_id == user.id, Notification.read_at.is_(None))
        session.execute(update(Notification).where(*mine).values(read_at=now))
    return alert


def may_see(session: Session, alert: Alert, user: User, now: datetime) -> bool:
    """Tell whether an alert may be shown to a person: it was sent to them, or they may read all that it is about."""
    told = select(Notification.id).where(Notification.alert_id == alert.id, Notification.person_id == user.id).limit(1)
    if user.is_admin or session.scalar(told) is not None:
        return True
    return alert.form in live(session, alert.app_key).app.forms and _may_see_condition(session, alert, user, now)


def alerts_of(
    session: Session, app_key: str, *, form: str = "", record_id: int | None = None, rule: str = "", state: str = ""
) -> list[Alert]:
    """Return alerts of an app, the newest first: of one record, of one rule, in one state (`open`: any living one)."""
    query = select(Alert).where(Alert.app_key == app_key, Alert.state != "quiet")
    query = query.where(Alert.form == form) if form else query
    query = query.where(Alert.record_id == record_id) if record_id is not None else query
    query = query.where(Alert.rule == rule) if rule else query
    if state:
        query = query.where(Alert.state.in_(OPEN if state == "open" else (state,)))
    return list(session.scalars(query.order_by(Alert.id.desc())))


def notifications_of(session: Session, app_key: str, *, alert_id: int | None = None) -> list[tuple[Notification, str]]:
    """Return the notifications of an app or of one alert with the sign-in name of each receiver, in order."""
    query = select(Notification, Person.sign_in).join(Person, Person.id == Notification.person_id)
    query = query.where(Notification.app_key == app_key)
    query = query.where(Notification.alert_id == alert_id) if alert_id is not None else query
    return [(one, sign_in) for one, sign_in in session.execute(query.order_by(Notification.id))]


def why(session: Session, alert: Alert, user: User | None = None, now: datetime | None = None) -> list[Occurrence]:
    """Return everything that happened to an alert, in order, from what was stored then.

    With a user, conditions that read what that person may not see, in the record or behind it, are left out.
    """
    query = select(AlertEvent, Person.name).outerjoin(Person, Person.id == AlertEvent.person_id)
    query = query.where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.number)
    shown = user is None or (now is not None and _may_see_condition(session, alert, user, now))
    return [_occurrence(event, name, shown=shown) for event, name in session.execute(query)]


def reason_of(stored: Mapping[str, Any]) -> Fault:
    """Return a stored reason as a sentence to translate."""
    code = str(stored.get("code", ""))
    return Fault(code, REASONS.get(code, code), dict(stored.get("facts") or {}), level="info")


def _may_see_condition(session: Session, alert: Alert, user: User, now: datetime) -> bool:
    app = live(session, alert.app_key)
    rule = app.app.alerts.get(alert.rule)
    if user.is_admin or rule is None:
        return user.is_admin
    when = rule.when
    seen = readable(session, app, alert.form, [alert.record_id], user, now)
    if not alert.form:
        return bool(seen)
    return (
        bool(seen)
        and not rights.reads_hidden(app, alert.form, user, when)
        and _behind_in_sight(session, app, alert, when, user, now)
    )


def _behind_in_sight(session: Session, app: Live, alert: Alert, when: Checked, user: User, now: datetime) -> bool:
    """Tell whether a person may read every record that a condition reaches through references."""
    hops = {path[:depth] for path in when.reads for depth in range(1, len(path)) if path[0] != "me"}
    facts = facts_of(session, app, alert.form, [alert.record_id], hops, now).get(alert.record_id, {})
    for hop in hops:
        type_, id_ = type_at(app, alert.form, hop), facts.get(".".join(hop))
        if type_ is None or type_.kind is not Kind.REFERENCE or not isinstance(id_, int):
            continue
        if not readable(session, app, type_.form, [id_], user, now):
            return False
    return True


def _occurrence(event: AlertEvent, person: str | None, *, shown: bool) -> Occurrence:
    evidence = event.evidence if shown else None
    reason = reason_of(event.reason)
    return Occurrence(event.at, event.episode, event.before, event.after, reason, evidence, person or "")


def _item(notification: Notification, alert: Alert, acknowledged_by: str | None) -> Item:
    one = notification
    done = is_personal(one.rule) and one.closed_at is not None
    over = done or alert.episode != one.episode or alert.state not in OPEN
    return Item(
        id=one.id,
        alert_id=alert.id,
        app_key=one.app_key,
        rule=one.rule,
        form=one.form,
        record_id=one.record_id,
        severity=one.severity,
        subject=one.subject,
        text=one.text,
        step=one.step,
        via=one.via,
        at=one.created_at,
        read_at=one.read_at,
        state=alert.state,
        over=over,
        acknowledged_by=(acknowledged_by or "") if alert.state == "acknowledged" else "",
    )
