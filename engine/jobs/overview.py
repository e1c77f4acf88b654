"""What an administrator wants to see of the work: who is alive, what waits, for how long, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from engine.alerts.action_rows import ActionRow
from engine.alerts.rows import Alert, Notification, RuleSchedule, waiting
from engine.alerts.state import OPEN
from engine.jobs.driving import WORKER
from engine.jobs_rows import Job, Lease, Tick

#: Jobs shown of each kind.
SHOWN = 50


@dataclass(frozen=True)
class Queue:
    """What waits in one line: how many are due by now, how many later, and since when the oldest is due."""

    name: str
    due: int
    later: int
    oldest: datetime | None

    def lag(self, now: datetime) -> timedelta:
        """Return for how long the oldest has been waiting."""
        return max(now - self.oldest, timedelta()) if self.oldest else timedelta()


@dataclass(frozen=True)
class Alive:
    """A worker that holds, or held until a moment ago, a lease."""

    name: str
    until: datetime
    jobs: int
    is_late: bool


@dataclass(frozen=True)
class Overview:
    """Everything at once, for the price of a few indexed reads."""

    queues: Sequence[Queue]
    workers: Sequence[Alive]
    ticks: Sequence[Tick]
    running: Sequence[Job]
    broken: Sequence[Job]
    recent: Sequence[Job]
    #: Rules that could not be evaluated when they were last looked at.
    rules: Sequence[RuleSchedule]


def overview(session: Session, now: datetime) -> Overview:
    """Return how the work stands at `now`."""
    return Overview(
        queues=_queues(session, now),
        workers=_workers(session, now),
        ticks=session.scalars(select(Tick).order_by(Tick.name)).all(),
        running=_of(session, "running"),
        broken=_of(session, "failed", "parked"),
        recent=session.scalars(select(Job).order_by(Job.id.desc()).limit(SHOWN)).all(),
        rules=session.scalars(_failing().order_by(RuleSchedule.app_key, RuleSchedule.rule).limit(SHOWN)).all(),
    )


def _of(session: Session, *states: str) -> Sequence[Job]:
    return session.scalars(select(Job).where(Job.state.in_(states)).order_by(Job.id.desc()).limit(SHOWN)).all()


def _failing() -> Select[RuleSchedule]:
    return select(RuleSchedule).where(RuleSchedule.error.is_not(None))


def _queues(session: Session, now: datetime) -> list[Queue]:
    """Return everything that is done because its time has come."""
    return [
        _queue(session, "jobs", Job.due_at, Job.state == "queued", now=now),
        _queue(session, "rules", RuleSchedule.due_at, now=now),
        _queue(session, "alerts", Alert.wake_at, Alert.wake_at.is_not(None), Alert.state.in_(OPEN), now=now),
        _queue(session, "actions", ActionRow.due_at, waiting(ActionRow.state), now=now),
        _queue(session, "deliveries", Notification.due_at, waiting(Notification.state), now=now),
    ]


def _queue(session: Session, name: str, due_at: Any, *where: Any, now: datetime) -> Queue:
    count = func.count()
    due, later, oldest = session.execute(
        select(count.filter(due_at <= now), count.filter(due_at > now), func.min(due_at)).where(*where)
    ).one()
    return Queue(name, due, later, oldest if due else None)


def _workers(session: Session, now: datetime) -> list[Alive]:
    counts = select(Job.executor, func.count()).where(Job.state == "running").group_by(Job.executor)
    busy = {str(name): number for name, number in session.execute(counts)}
    leases = session.scalars(select(Lease).where(Lease.name.startswith(WORKER)).order_by(Lease.name))
    return [Alive(one.holder, one.until, busy.get(one.holder, 0), one.until < now) for one in leases]
