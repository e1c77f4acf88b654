"""Who hears of a comment: those it names and those who follow the record, as far as they may see it; never its author."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from engine.alerts.ledger import insert_new, stored
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.texts import language_of
from engine.alerts.ways import Ways
from engine.channels import CHANNELS
from engine.errors import NotFound
from engine.people import Person, User, user_of
from engine.records.read import get
from engine.records.record import Record
from engine.releases.live import Live
from engine.talk.rows import Comment
from forms.labels import Label
from rules.errors import N_, Fault

MENTION, FOLLOWER = "mention", "follower"
#: Letters of the comment that go into the message.
EXCERPT = 300
_SUBJECTS = {
    MENTION: Label({"en": "{who} mentioned you", "zh_Hans": "{who}提到了您", "zh_Hant": "{who}提到了您"}),
    FOLLOWER: Label({"en": "{who} commented", "zh_Hans": "{who}发表了评论", "zh_Hant": "{who}發表了評論"}),
}
_TEXTS = {
    MENTION: Label(
        {
            "en": "{who} mentioned you on {title}: {text}",
            "zh_Hans": "{who}在{title}中提到了您:{text}",
            "zh_Hant": "{who}在{title}中提到了您:{text}",
        }
    ),
    FOLLOWER: Label(
        {
            "en": "{who} commented on {title}: {text}",
            "zh_Hans": "{who}评论了{title}:{text}",
            "zh_Hant": "{who}評論了{title}:{text}",
        }
    ),
}
REASON = Fault("comment", N_("Somebody wrote a comment."), level="info")


def rule_of(comment_id: int) -> str:
    """Return what stands for a rule in the ledger; the colon tells it from every rule of a config."""
    return f"comment:{comment_id}"


def tell(
    session: Session, live: Live, comment: Comment, wanted: Mapping[int, str], author: User, now: datetime
) -> set[int]:
    """Write the notifications for these people (id -> mention or follower) and return the ids of those who may know."""
    users = [user for user in _users(session, wanted) if user.id != author.id]
    told = {user: record for user in users if (record := _seen(session, live, comment, user, now))}
    if told:
        alert = _alert(session, comment, now)
        ways = Ways(session)
        rows = [
            row
            for user, record in told.items()
            for row in _rows(live, alert, comment, user, record, wanted[user.id or 0], author, ways, now)
        ]
        insert_new(session, Notification, rows)
    return {user.id for user in told if user.id is not None}


def _users(session: Session, wanted: Mapping[int, str]) -> list[User]:
    if not wanted:
        return []
    query = select(Person).where(Person.id.in_(sorted(wanted)), Person.active).options(selectinload(Person.grants))
    return [user_of(person) for person in session.scalars(query.order_by(Person.id))]


def _seen(session: Session, live: Live, comment: Comment, user: User, now: datetime) -> Record | None:
    try:
        return get(session, live, comment.form, comment.record_id, user, now)
    except NotFound:
        return None


def _alert(session: Session, comment: Comment, now: datetime) -> Alert:
    """Return what stands for the comment among alerts, made when it is told for the first time."""
    rule = rule_of(comment.id)
    mine = {"app_key": comment.app_key, "rule": rule, "form": comment.form, "record_id": comment.record_id}
    facts = {"severity": "info", "state": "firing", "version": 1, "episode": 1, "next_step": 0, "release": 0}
    reason = stored(REASON)
    if insert_new(session, Alert, [mine | facts | {"reason": reason, "firing_since": now}]):
        alert = _find(session, comment, rule)
        event = {"alert_id": alert.id, "number": 1, "at": now, "episode": 1, "before": "quiet", "after": "firing"}
        session.execute(insert(AlertEvent), [event | {"reason": reason, "release": 0}])
        return alert
    return _find(session, comment, rule)


def _find(session: Session, comment: Comment, rule: str) -> Alert:
    mine = (Alert.app_key == comment.app_key, Alert.rule == rule, Alert.record_id == comment.record_id)
    return session.scalars(select(Alert).where(*mine)).one()


def _rows(
    live: Live,
    alert: Alert,
    comment: Comment,
    user: User,
    record: Record,
    why: str,
    author: User,
    ways: Ways,
    now: datetime,
) -> list[dict[str, object]]:
    language = language_of(user)
    short = comment.text if len(comment.text) <= EXCERPT else comment.text[:EXCERPT] + "…"
    words = {"who": author.name, "title": _title(live, record, language), "text": short}
    texts = {
        "subject": _SUBJECTS[why].pick(language).format(**words),
        "text": _TEXTS[why].pick(language).format(**words),
    }
    return [_row(alert, user, channel, why, now) | texts for channel in ways.of(user.id or 0, ())]


def _row(alert: Alert, user: User, channel: str, why: str, now: datetime) -> dict[str, object]:
    internal = channel in CHANNELS and CHANNELS[channel].is_internal
    return {
        "alert_id": alert.id,
        "app_key": alert.app_key,
        "rule": alert.rule,
        "form": alert.form,
        "record_id": alert.record_id,
        "episode": 1,
        "step": 0,
        "person_id": user.id,
        "channel": channel,
        "severity": "info",
        "via": why,
        "state": "sent" if internal else "queued",
        "created_at": now,
        "due_at": now,
        "sent_at": now if internal else None,
        "attempts": 1 if internal else 0,
    }


def _title(live: Live, record: Record, language: str) -> str:
    """Return how the record is called, as far as this person sees its title."""
    form = live.form(record.form)
    field, value = form.by_key.get(form.title), record.get(form.title)
    if field is None or value is None or isinstance(value, int):
        return f"{form.label.pick(language)} #{record.id}"
    return field.type.shown_as(field).plain(field, value)[:200]
