"""How fast due deliveries drain, next to jobs that do nothing: both by one worker with the durable engine, in the same run.

Half of the deliveries go into inboxes, half out by a channel whose receiver answers at once; `drain_vs_noop` is the
rate of both together, the lower one of the two databases, and each way has its own figure beside it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select

from benchmarks.alerts_world import config
from engine.alerts.rows import Notification
from engine.channels import CHANNELS, Channel, Outgoing, Setup
from engine.db import Session, create_system_tables, make_engine, sessionmaker, sessions
from engine.jobs import Job, enqueue, start_worker, task
from engine.people import SYSTEM, create_person
from engine.releases import publish
from forms.labels import Label

DELIVERIES, NOOPS = 10_000, 1_000
#: By which ways half of the deliveries go.
WAYS = {"inboxes": "inbox", "channel": "at_once"}


class AtOnce(Channel):
    """A way out that takes no time by itself."""

    key = "at_once"
    label = Label({"en": "At once"})

    def send(self, message: Outgoing, setup: Setup) -> None:
        pass


@task("noop")
def noop(_session: Any, _job: Job, _now: datetime) -> bool:
    return False


def clock() -> datetime:
    return datetime.now(UTC)


def measure(url: str, deliveries: int = DELIVERIES, noops: int = NOOPS) -> dict[str, float]:
    """Return deliveries and empty jobs per second on one database."""
    engine = make_engine(url)
    create_system_tables(engine)
    maker = sessions(engine)
    with maker.begin() as session:
        publish(session, config(with_rules=False), SYSTEM, clock(), "benchmark")
        person = create_person(session, "alice", "Alice", now=clock()).id
    CHANNELS[AtOnce.key] = AtOnce()
    worker = start_worker(maker, clock)
    worker.ready.wait(60)
    try:
        with maker.begin() as session:
            for _ in range(noops):
                enqueue(session, "noop", {}, user=SYSTEM, now=clock())
        jobs = select(func.count()).select_from(Job).where(Job.task == "noop", Job.state != "done")
        noop_rate = noops / _until_none(maker, jobs)
        spent = {name: _drained(maker, person, way, deliveries // len(WAYS)) for name, way in WAYS.items()}
    finally:
        worker.stop()
        del CHANNELS[AtOnce.key]
        engine.dispose()
    rates = {f"{name}_per_s": round(deliveries / len(WAYS) / seconds, 1) for name, seconds in spent.items()}
    return {"deliveries_per_s": round(deliveries / sum(spent.values()), 1), "noops_per_s": round(noop_rate, 1), **rates}


def _drained(maker: sessionmaker[Session], person: int, way: str, deliveries: int) -> float:
    """Queue messages that are due, and return the seconds until all of them have gone."""
    with maker.begin() as session:
        session.execute(insert(Notification), [_due(person, number, way) for number in range(deliveries)])
    waiting = select(func.count()).select_from(Notification).where(Notification.state != "sent")
    return _until_none(maker, waiting)


def _until_none(maker: Callable[[], Any], waiting: Any, limit: float = 600) -> float:
    began = time.perf_counter()
    while True:
        with maker() as session:
            if not session.scalar(waiting):
                return time.perf_counter() - began
        if time.perf_counter() - began > limit:
            raise TimeoutError("it did not drain")
        time.sleep(0.05)


def _due(person: int, number: int, way: str) -> dict[str, Any]:
    """A message that waited for the end of somebody's quiet hours."""
    now = clock()
    key = {
        "app_key": "bench",
        "rule": "r",
        "form": "job",
        "record_id": number,
        "episode": 1,
        "step": 0,
        "person_id": person,
    }
    said = {"alert_id": number, "channel": way, "severity": "info", "subject": "s", "text": "t", "via": "owner"}
    return {
        **key,
        **said,
        "state": "queued",
        "created_at": now,
        "due_at": now,
        "attempts": 0,
        "waits_for": "quiet_hours",
    }


def measure_all(deliveries: int = DELIVERIES, noops: int = NOOPS) -> dict[str, Any]:
    """Measure on both databases; `drain_vs_noop` is the lower of the two ratios."""
    from tests.support import postgres

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        found["sqlite"] = measure(f"sqlite:///{folder}/drain.db", deliveries, noops)
    with postgres.run() as server:
        found["postgresql"] = measure(server.create_database(), deliveries, noops)
    ratios = [one["deliveries_per_s"] / one["noops_per_s"] for one in found.values()]
    return {"drain_vs_noop": round(min(ratios), 2), "drain": {"deliveries": deliveries, "noops": noops, **found}}
