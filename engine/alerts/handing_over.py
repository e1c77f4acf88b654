"""What waited for somebody who has left meanwhile: their manager gets it, or else the administrators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from engine.alerts.audience import ADMIN_ROLE, FALLBACK, readable
from engine.alerts.facts import Facts, facts_of
from engine.alerts.holding import paths_of, subjects_of, watch_of
from engine.alerts.inserting import insert_new
from engine.alerts.rows import Notification
from engine.alerts.texts import Texts
from engine.config.defs import AlertRuleDef
from engine.db import start_writing
from engine.people import Person, RoleGrant, User, user_of
from engine.releases.live import Live, live

INBOX = "inbox"
#: Messages handed over in one call.
MOST = 500


def hand_over(session: Session, one: Notification, person: Person, now: datetime) -> None:
    """Put a message into the inbox of somebody who is there and may read of it, and say where it went."""
    one.state, one.error = "failed", "left"
    if ":" in one.rule:  # what is told without a rule, such as a comment, concerned this one person
        return
    columns = [column.key for column in Notification.__table__.columns if column.key != "id"]
    row = {key: getattr(one, key) for key in columns} | {"bundle_id": None, "waits_for": "", "read_at": None}
    row |= {
        "channel": INBOX,
        "state": "sent",
        "via": FALLBACK,
        "sent_at": now,
        "attempts": 1,
        "due_at": now,
        "error": None,
    }
    insert_new(session, Notification, [row | said for said in _said(session, one, person, now)])


def _said(session: Session, one: Notification, person: Person, now: datetime) -> list[dict[str, object]]:
    """Return who hears of it instead and in which words: each sees of the record what that person may see."""
    app = live(session, one.app_key) if one.app_key else None
    rule = app.app.alerts.get(one.rule) if app else None
    if app is None or rule is None:
        return [{"person_id": heir.id} for heir in _admins(session, one.app_key)]
    facts = facts_now(session, app, rule, one.record_id, now)
    if not facts:  # deleted meanwhile: there is nothing left to look at
        return []
    texts = Texts(session, app, rule, facts, now)
    heirs = _heirs(session, person, one.app_key)
    able = [user for user in heirs if readable(session, app, rule.form, [one.record_id], user, now)]
    return [
        {"person_id": user.id, "subject": texts.subject(user), "text": texts.message(one.record_id, user)}
        for user in able or _admins(session, one.app_key)
    ]


def facts_now(session: Session, app: Live, rule: AlertRuleDef, record_id: int, now: datetime) -> Mapping[int, Facts]:
    """Return what the record of a message says now; nothing when it was deleted."""
    if rule.form:
        return facts_of(session, app, rule.form, [record_id], paths_of(rule), now)
    return subjects_of(watch_of(session, app, rule, now), [record_id])


def hand_over_unread(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Hand over what stands unread in the inbox of people who have left and still asks for somebody's attention."""
    gone = select(Person.id).where(~Person.active)
    unread = (Notification.channel == INBOX, Notification.read_at.is_(None), Notification.closed_at.is_(None))
    mine = (Notification.person_id.in_(gone), *unread, Notification.state == "sent", Notification.rule.not_like("%:%"))
    with sessions() as session:
        ids = session.scalars(select(Notification.id).where(*mine).order_by(Notification.id).limit(MOST)).all()
    done = 0
    for id_ in ids:
        with sessions.begin() as session:
            start_writing(session)
            query = select(Notification).where(Notification.id == id_, *mine).with_for_update()
            if one := session.scalar(query):
                hand_over(session, one, session.get_one(Person, one.person_id), now)
                one.closed_at, done = now, done + 1
    return +Counter(handed_over=done)


def _heirs(session: Session, person: Person, app_key: str) -> Sequence[User]:
    if person.manager is not None and person.manager.active:
        return [user_of(person.manager)]
    return _admins(session, app_key)


def _admins(session: Session, app_key: str) -> Sequence[User]:
    role = (RoleGrant.app_key == app_key) & (RoleGrant.role == ADMIN_ROLE)
    query = select(Person).where(Person.active, or_(Person.is_admin, Person.grants.any(role)))
    return [user_of(one) for one in session.scalars(query.order_by(Person.id))]
