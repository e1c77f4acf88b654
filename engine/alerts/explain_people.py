"""Whom the steps of a rule named at a moment, what each was sent, and why somebody was sent nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from engine.alerts.explain_case import NO, WAITED, Case, Reached
from engine.alerts.rows import Notification
from engine.alerts.state import step_at, steps_of
from engine.alerts.wish_rows import Bundle, Silence
from engine.people import Person, User


def silences_of(case: Case) -> Sequence[Silence]:
    inside = (Silence.app_key == case.live.key, Silence.since <= case.at, Silence.until > case.at)
    found = case.session.scalars(select(Silence).where(*inside).order_by(Silence.id))
    return [
        one
        for one in found
        if one.rule in (None, case.rule.key)
        and (one.record_id is None or (one.form, one.record_id) == (case.rule.form, case.record_id))
    ]


def people_of(case: Case, *, holds: bool | None) -> tuple[Reached, ...]:
    """Return whom the steps name, with what each was sent in the episode of that moment."""
    last = case.last
    told = list(_told(case, last.episode)) if last is not None and last.after != "quiet" else []
    for one in told:
        if one.waits_for in WAITED:
            case.say(WAITED[one.waits_for], NO, person=one.name, at=one.sent_at or one.due_at)
    if told:
        case.say("dedup", count=len(told))
    known = {(one.person_id, one.step) for one in told}
    named = [one for one in _named(case, holds=holds) if (one.person_id, one.step) not in known]
    return (*told, *named)


def _told(case: Case, episode: int) -> Iterator[Reached]:
    query = (
        select(Notification, Person.name, Bundle.kind)
        .join(Person, Person.id == Notification.person_id)
        .outerjoin(Bundle, Bundle.id == Notification.bundle_id)
        .where(Notification.app_key == case.live.key, Notification.rule == case.rule.key)
        .where(Notification.record_id == case.record_id, Notification.episode == episode)
        .where(Notification.created_at <= case.at)
    )
    for row, name, bundle in case.session.execute(query.order_by(Notification.id)):
        sent = row.sent_at if row.sent_at and row.sent_at <= case.at else None
        state = row.state if sent or row.state != "sent" else "queued"
        yield Reached(
            name=name,
            person_id=row.person_id,
            via=row.via,
            step=row.step,
            channel=row.channel,
            state=state,
            at=row.created_at,
            due_at=row.due_at,
            sent_at=sent,
            error=row.error or "",
            bundle=bundle or "",
            waits_for=row.waits_for,
        )


def _named(case: Case, *, holds: bool | None) -> Iterator[Reached]:
    """Yield whom each step names by what the record said then, told or not, and why not."""
    if case.facts is None:
        return
    from engine.alerts.audience import Audience

    audience = Audience(case.session, case.live, case.rule, {case.record_id: case.facts}, case.at)
    since = case.firing_since
    asleep = {one.person_id for one in silences_of(case)}
    for number, step in enumerate(steps_of(case.rule)):
        due_at = step_at(since, step, case.rule) if since else None
        for user, via in audience.of(step, case.record_id).items():
            why = _why_not(case, user, due_at, asleep, holds=holds)
            yield Reached(user.name, user.id or 0, via, number, due_at=due_at, why_not=why)


def _why_not(case: Case, user: User, due_at: datetime | None, asleep: set[int | None], *, holds: bool | None) -> str:
    if due_at is None:
        return "pending" if holds and case.last and case.last.after == "pending" else "not_firing"
    if due_at > case.at:
        return "not_due"
    last = case.last
    if last is not None and last.after == "acknowledged":
        return "acknowledged"
    return "silence" if None in asleep or user.id in asleep else "told_already"
