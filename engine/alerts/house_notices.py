"""What the house itself has to tell its administrators, in their inbox: a channel that no longer works."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.alerts.ledger import insert_new, stored
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.state import OPEN, reason
from engine.people import Person
from forms.labels import Label

#: Alerts of the house belong to no app.
HOUSE, RULE = "", "channel_off"
SUBJECT = Label({"en": "A channel was switched off", "zh_Hans": "一个渠道已停用", "zh_Hant": "一個管道已停用"})
TEXT = Label(
    {
        "en": "{name} no longer delivers: {cause}",
        "zh_Hans": "{name}无法再发送:{cause}",
        "zh_Hant": "{name}無法再傳送:{cause}",
    }
)


def raise_notice(session: Session, channel_id: int, name: str, cause: str, now: datetime) -> None:
    """Tell every administrator that a channel was switched off; once until it is on again."""
    blank = {"state": "quiet", "version": 0, "episode": 0, "next_step": 0, "release": 0, "reason": {}}
    mine = {"app_key": HOUSE, "rule": RULE, "form": "", "record_id": channel_id, "severity": "critical"}
    insert_new(session, Alert, [mine | blank])
    alert = _alert(session, channel_id)
    if alert is None or alert.state in OPEN:
        return
    alert.episode, alert.firing_since, alert.resolved_at = alert.episode + 1, now, None
    _step(session, alert, "firing", {"channel": name, "cause": cause}, now)
    session.flush()
    admins = session.scalars(select(Person).where(Person.is_admin, Person.active).order_by(Person.id))
    insert_new(session, Notification, [_row(alert, one, name, cause, now) for one in admins])


def close_notice(session: Session, channel_id: int, now: datetime) -> None:
    """Say that a channel is on again."""
    alert = _alert(session, channel_id)
    if alert is None or alert.state not in OPEN:
        return
    alert.resolved_at = now
    _step(session, alert, "resolved", {}, now)
    waiting = (Notification.alert_id == alert.id, Notification.closed_at.is_(None))
    session.execute(update(Notification).where(*waiting).values(closed_at=now))


def _alert(session: Session, channel_id: int) -> Alert | None:
    mine = (Alert.app_key == HOUSE, Alert.rule == RULE, Alert.record_id == channel_id)
    return session.scalar(select(Alert).where(*mine).with_for_update())


def _step(session: Session, alert: Alert, after: str, facts: dict[str, str], now: datetime) -> None:
    before, alert.state = alert.state, after
    alert.version += 1
    alert.reason = stored(reason(RULE if after == "firing" else "recovered", **facts))
    event = {"alert_id": alert.id, "number": alert.version, "at": now, "episode": alert.episode, "before": before}
    session.execute(insert(AlertEvent), [event | {"after": after, "reason": alert.reason, "release": 0}])


def _row(alert: Alert, person: Person, name: str, cause: str, now: datetime) -> dict[str, object]:
    return {
        "alert_id": alert.id,
        "app_key": HOUSE,
        "rule": RULE,
        "form": "",
        "record_id": alert.record_id,
        "episode": alert.episode,
        "step": 0,
        "person_id": person.id,
        "channel": "inbox",
        "severity": alert.severity,
        "subject": SUBJECT.pick(person.locale),
        "text": TEXT.pick(person.locale).format(name=name, cause=cause),
        "via": "admin",
        "state": "sent",
        "created_at": now,
        "due_at": now,
        "sent_at": now,
        "attempts": 1,
    }
