"""Who would be told now: a rule, live or still a draft, on the records as they are, without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.alerts.audience import Audience, readable
from engine.alerts.facts import Facts, facts_of
from engine.alerts.holding import begins, has_events, paths_of, subjects_of, test_of, watch_of
from engine.alerts.state import steps_of
from engine.alerts.texts import BLANK, Texts
from engine.config.defs import AlertRuleDef, StepDef
from engine.people import User

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Records whose messages are written out.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Message:
    """What one person would read about one record, and when: at once, or after some time."""

    record_id: int
    person: User
    via: str
    step: StepDef
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """How many records a rule holds for now, and the messages about the first of them.

    A rule that fires at events holds for what its condition says: the event itself is not in sight.
    """

    count: int
    records: tuple[int, ...]
    messages: tuple[Message, ...]
    fires_at_events: bool = False
    hold_minutes: int = 0


def dry_run(session: Session, live: Live, rule: AlertRuleDef, viewer: User, now: datetime) -> DryRun:
    """Return who would be told what if the rule were switched on now; nothing is written.

    An administrator reads each message as its receiver would; anybody else no more of it than they may see themselves.
    """
    watch = watch_of(session, live, rule, now)
    if not rule.form:
        found = {id_: facts for id_, facts in subjects_of(watch, met=True).items() if begins(rule, facts)}
        count, ids = len(found), sorted(found)[:SHOWN]
    else:
        id_ = watch.source.table.c.id
        test = test_of(watch)  # before the select: it asks for joins
        holding = watch.source.select(id_).where(test)
        count = session.scalar(select(func.count()).select_from(holding.subquery())) or 0
        ids = list(session.scalars(holding.order_by(id_).limit(SHOWN)))
        found = dict(facts_of(session, live, rule.form, ids, paths_of(rule), now))
    messages = _messages(session, live, rule, ids, found, viewer, now) if ids else ()
    return DryRun(count, tuple(ids), messages, has_events(rule), rule.hold_minutes)


def _messages(
    session: Session,
    live: Live,
    rule: AlertRuleDef,
    ids: list[int],
    facts: Mapping[int, Facts],
    viewer: User,
    now: datetime,
) -> tuple[Message, ...]:
    audience, texts = Audience(session, live, rule, facts, now), Texts(session, live, rule, facts, now)
    seen = set(ids) if viewer.is_admin else readable(session, live, rule.form, ids, viewer, now)

    def written(id_: int, step: StepDef, user: User, via: str) -> Message:
        reader = user if viewer.is_admin else viewer
        text = audience.foreword(reader, via) + texts.message(id_, reader) if id_ in seen else BLANK
        return Message(id_, user, via, step, texts.subject(reader), text)

    return tuple(
        written(id_, step, user, via)
        for id_ in ids
        for step in steps_of(rule)
        for user, via in audience.of(step, id_).items()
    )
