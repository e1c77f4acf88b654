"""The few fixed ticks: everything that recurs is a row with a due time, and a tick looks for those that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, sessionmaker

from engine.access import sweep_answers
from engine.alerts.acting import act
from engine.alerts.action_rows import ActionRow
from engine.alerts.deliver import deliver
from engine.alerts.rows import Alert, Notification, RuleSchedule, waiting
from engine.alerts.schedule import ran_ahead
from engine.alerts.state import OPEN
from engine.drafts import sweep_drafts
from engine.jobs.queue import enqueue
from engine.jobs.ticking import do_rules
from engine.jobs_rows import Tick
from engine.people import SYSTEM
from engine.records.trash import forget
from engine.templates.removing import purge_due
from rules.errors import N_, Fault

log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]

#: Seconds between two looks at what is due among rules and alerts.
RULES = 5


@dataclass(frozen=True)
class FixedTick:
    """Work that is looked for at each slot of a grid; `is_due` spares the work when there is nothing to do."""

    name: str
    seconds: int
    work: Callable[[Sessions, datetime], Mapping[str, int]]
    is_due: Callable[[Session, datetime], bool] = lambda _session, _now: True

    def slot(self, now: datetime) -> int:
        """Return the number of the slot: the same on every machine."""
        return int(now.timestamp()) // self.seconds


def _rules_due(session: Session, now: datetime) -> bool:
    waking = exists().where(Alert.wake_at <= now, Alert.state.in_(OPEN))
    return bool(session.scalar(select(exists().where(or_(RuleSchedule.due_at <= now, ran_ahead(now))) | waking)))


def _deliveries_due(session: Session, now: datetime) -> bool:
    due = exists().where(waiting(Notification.state), Notification.due_at <= now)
    return bool(session.scalar(select(due)))


def _actions_due(session: Session, now: datetime) -> bool:
    due = exists().where(waiting(ActionRow.state), ActionRow.due_at <= now)
    return bool(session.scalar(select(due)))


def _sweep(sessions: Sessions, now: datetime) -> Mapping[str, int]:
    title = Fault("sweep_jobs", N_("Sweeping away old work"))
    with sessions.begin() as session:
        enqueue(session, "sweep_jobs", {}, user=SYSTEM, now=now, title=title, key=now.date().isoformat())
    return {}


def ticks(seconds: int) -> tuple[FixedTick, ...]:
    """Return the ticks of a worker; every `seconds` also releases are followed, which nobody makes due."""

    def rules_due(session: Session, now: datetime) -> bool:
        return int(now.timestamp()) % max(seconds, RULES) < RULES or _rules_due(session, now)

    return (
        FixedTick("rules", RULES, lambda sessions, now: do_rules(sessions, now, due_only=True), rules_due),
        FixedTick("actions", 1, act, _actions_due),
        FixedTick("deliveries", 1, deliver, _deliveries_due),
        FixedTick("sweep", 86_400, _sweep),
        FixedTick("forget", 3_600, forget),
        FixedTick("apps", 600, purge_due),
        FixedTick("drafts", 3_600, sweep_drafts),
        FixedTick("answers", 3_600, sweep_answers),
    )


def run_tick(sessions: Sessions, tick: FixedTick, now: datetime, executor: str) -> None:
    """Do the work of a tick and note how it went."""
    began, done, error = monotonic(), {}, None
    try:
        done = {name: count for name, count in tick.work(sessions, now).items() if count}
    except Exception as trouble:
        log.exception("the tick %s failed", tick.name)
        error = f"{type(trouble).__name__}: {trouble}"[:2000]
    milliseconds = int((monotonic() - began) * 1000)
    with sessions.begin() as session:
        session.merge(
            Tick(name=tick.name, run_at=now, milliseconds=milliseconds, executor=executor, done=done, error=error)
        )
