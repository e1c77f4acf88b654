"""Messages with a list: notifications collected for one person and channel, sent as one when their time has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine.alerts.addresses import link_to
from engine.alerts.channel_rows import ChannelRow
from engine.alerts.inserting import insert_new
from engine.alerts.rows import Notification
from engine.alerts.wish_rows import Bundle
from engine.channels import CHANNELS, Channel
from engine.db import start_writing
from engine.people import Person
from forms.labels import Label

#: A message with a list belongs to no app, and its record is the bundle.
HOUSE, RULE = "", "bundle"
#: Bundles closed in one call.
MOST = 500
SUBJECT = Label({"en": "{count} alerts", "zh_Hans": "{count} 条提醒", "zh_Hant": "{count} 則提醒"})
RANK = ("info", "warning", "critical")


def open_group(
    session: Session, person_id: int, channel: str, prefix: str, now: datetime
) -> tuple[int, datetime] | None:
    """Return the group that is being collected for a person, kept open until the transaction ends."""
    mine = (Bundle.person_id == person_id, Bundle.channel == channel, Bundle.key.startswith(prefix, autoescape=True))
    waiting = (Bundle.closed_at.is_(None), Bundle.due_at > now)
    query = select(Bundle.id, Bundle.due_at).where(*mine, *waiting).order_by(Bundle.due_at).limit(1)
    found = session.execute(query.with_for_update()).one_or_none()
    return (found.id, found.due_at) if found else None


def bundle_for(
    session: Session, person_id: int, channel: str, key: str, kind: str, due_at: datetime
) -> tuple[int | None, datetime]:
    """Return the bundle with this key, made if need be, kept open until the transaction ends; None if it is closed already."""
    mine = {"person_id": person_id, "channel": channel, "key": key}
    insert_new(session, Bundle, [{**mine, "kind": kind, "due_at": due_at, "size": 0}])
    query = select(Bundle.id, Bundle.due_at, Bundle.closed_at).filter_by(**mine).with_for_update()
    found = session.execute(query).one()
    return (None if found.closed_at else found.id), found.due_at


def close_due(sessions: sessionmaker[Session], now: datetime) -> int:
    """Send off the bundles whose time has come; two workers never close the same one. Return how many."""
    with sessions() as session:
        waiting = (Bundle.closed_at.is_(None), Bundle.due_at <= now)
        ids = session.scalars(select(Bundle.id).where(*waiting).order_by(Bundle.due_at, Bundle.id).limit(MOST)).all()
    return sum(_close(sessions, id_, now) for id_ in ids)


def _close(sessions: sessionmaker[Session], id_: int, now: datetime) -> bool:
    """Close one bundle: 1. take it; 2. release its messages, or write the one that lists them."""
    with sessions.begin() as session:
        start_writing(session)
        taken = session.execute(
            update(Bundle).where(Bundle.id == id_, Bundle.closed_at.is_(None)).values(closed_at=now)
        )
        if not isinstance(taken, CursorResult) or taken.rowcount != 1:
            return False
        bundle = session.get_one(Bundle, id_, populate_existing=True)
        held = (Notification.bundle_id == id_, Notification.state == "bundled")
        members = session.scalars(select(Notification).where(*held).order_by(Notification.id)).all()
        bundle.size = len(members)
        _release(session, bundle, members, now)
        return True


def _release(session: Session, bundle: Bundle, members: Sequence[Notification], now: datetime) -> None:
    internal = bundle.channel in CHANNELS and CHANNELS[bundle.channel].is_internal
    person = session.get_one(Person, bundle.person_id)
    if not person.active or _stands_anybody_in(
        session, person, members, now
    ):  # each finds its own way to somebody else
        for one in members:
            one.state, one.due_at = "queued", now
        return
    if len(members) > 1 and not internal:
        insert_new(session, Notification, _listings(session, bundle, members, now))
    for one in members:
        if internal:  # the inbox is a list by itself
            one.state, one.sent_at, one.attempts = "sent", now, 1
        elif len(members) == 1:
            one.state, one.due_at = "queued", now
        else:
            one.state = "grouped"


def _stands_anybody_in(session: Session, person: Person, members: Sequence[Notification], now: datetime) -> bool:
    from engine.alerts.standing_in import away_by_now

    apps = {one.app_key for one in members if one.app_key}
    return any(away_by_now(session, person, app_key, now) for app_key in sorted(apps))


def _listings(
    session: Session, bundle: Bundle, members: Sequence[Notification], now: datetime
) -> list[dict[str, object]]:
    """Return the rows of the messages that list the others: one, or as many as it takes to leave nothing out."""
    locale = session.get_one(Person, bundle.person_id).locale
    type_ = session.scalar(select(ChannelRow.type).where(ChannelRow.key == bundle.channel)) or bundle.channel
    most = CHANNELS[type_].list_bytes if type_ in CHANNELS else Channel.list_bytes
    parts = list(_parts([_line(one) for one in members], most))
    subject = SUBJECT.pick(locale).format(count=len(members))
    row = _row(bundle, members, now)
    return [
        row | {"step": number, "text": "\n".join(part), "subject": _numbered(subject, number, len(parts))}
        for number, part in enumerate(parts)
    ]


def _line(one: Notification) -> str:
    link = link_to(one.app_key, one.form, one.record_id) if one.form else ""
    return f"• {one.subject}: {one.text}" + (f"\n  {link}" if link else "")


def _numbered(subject: str, number: int, count: int) -> str:
    return subject if count == 1 else f"{subject} ({number + 1}/{count})"


def _parts(lines: Sequence[str], most: int) -> Iterator[list[str]]:
    """Put as many lines together as fit one message."""
    part: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode()) + 1
        if part and size + length > most:
            yield part
            part, size = [], 0
        part.append(line)
        size += length
    yield part


def _row(bundle: Bundle, members: Sequence[Notification], now: datetime) -> dict[str, object]:
    return {
        "alert_id": 0,
        "app_key": HOUSE,
        "rule": RULE,
        "form": "",
        "record_id": bundle.id,
        "episode": 0,
        "person_id": bundle.person_id,
        "channel": bundle.channel,
        "severity": max((one.severity for one in members), key=RANK.index),
        "via": bundle.kind,
        "state": "queued",
        "created_at": now,
        "due_at": now,
        "attempts": 0,
        "bundle_id": bundle.id,
    }


def members_of(session: Session, bundle_id: int) -> list[Notification]:
    """Return what a message with a list stood for."""
    mine = (Notification.bundle_id == bundle_id, Notification.rule != RULE)
    return list(session.scalars(select(Notification).where(*mine).order_by(Notification.id)))
