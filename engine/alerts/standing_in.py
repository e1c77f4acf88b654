"""What waited for somebody who is away by the time it is due: the substitute gets it, by the same way."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.alerts.absences import Away, away, stand_in
from engine.alerts.audience import STANDS_IN, foreword, readable
from engine.alerts.handing_over import facts_now
from engine.alerts.inserting import insert_new
from engine.alerts.rows import Notification
from engine.alerts.texts import Texts
from engine.alerts.timing import hours_of
from engine.alerts.ways import INBOX, contact_of
from engine.alerts.wishes import Wishes, wishes_of
from engine.channels import CHANNELS
from engine.clock import Clock
from engine.people import Person, User, user_of
from engine.releases.live import Live, live

#: The state of a message that somebody else got instead.
PASSED_ON = "passed_on"


def away_by_now(session: Session, person: Person, app_key: str, now: datetime) -> tuple[Away, User] | None:
    """Return until when a person is away and who stands in, if they are and somebody does."""
    app = live(session, app_key)
    absent = away(session, now.astimezone(ZoneInfo(app.app.context.time_zone)).date())
    if person.id not in absent:
        return None
    other = session.get(Person, stand_in(absent, person.id) or 0)
    return (absent[person.id], user_of(other)) if other is not None and other.active else None


def pass_on(session: Session, one: Notification, person: Person, now: datetime) -> bool:
    """Give a message that waited to the substitute; False when it is for nobody but this person."""
    app = live(session, one.app_key) if one.app_key and ":" not in one.rule else None
    found = away_by_now(session, person, one.app_key, now) if app else None
    if app is None or found is None or one.rule not in app.app.alerts:
        return False
    until, heir = found
    row = _row(session, app, one, person, until, heir, now)
    if row is None:
        return False
    insert_new(session, Notification, [row])
    one.state, one.bundle_id = PASSED_ON, None
    return True


def _row(
    session: Session, app: Live, one: Notification, person: Person, until: Away, heir: User, now: datetime
) -> dict[str, object] | None:
    """Return the substitute's message in their own words and hours; None when they may not read of it."""
    rule = app.app.alerts[one.rule]
    facts = facts_now(session, app, rule, one.record_id, now)
    if not facts or not readable(session, app, rule.form, [one.record_id], heir, now):
        return None
    texts, id_ = Texts(session, app, rule, facts, now), heir.id or 0
    channel = INBOX if one.channel in contact_of(session, id_).never else one.channel
    due_at, why = hours_of(Clock(rule.hours), wishes_of(session, [id_]).get(id_, Wishes()), rule, now)
    is_here = due_at <= now and channel in CHANNELS and CHANNELS[channel].is_internal
    columns = [column.key for column in Notification.__table__.columns if column.key != "id"]
    return {key: getattr(one, key) for key in columns} | {
        "person_id": id_,
        "channel": channel,
        "via": f"{STANDS_IN}{person.sign_in}",
        "subject": texts.subject(heir),
        "text": foreword(heir, person.name, until.until) + texts.message(one.record_id, heir),
        "state": "sent" if is_here else "queued",
        "sent_at": now if is_here else None,
        "attempts": 1 if is_here else 0,
        "due_at": due_at,
        "waits_for": why,
        "bundle_id": None,
        "read_at": None,
        "error": None,
    }
