"""How fast due deliveries drain, next to jobs that do nothing: both by one worker with the durable engine, in the same run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select

from engine.alerts.rows import Notification
from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import Job, enqueue, start_worker, task
from engine.people import SYSTEM, create_person

DELIVERIES, NOOPS = 10_000, 1_000


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
        person = create_person(session, "alice", "Alice", now=clock()).id
    worker = start_worker(maker, clock)
    worker.ready.wait(60)
    try:
        with maker.begin() as session:
            for _ in range(noops):
                enqueue(session, "noop", {}, user=SYSTEM, now=clock())
        jobs = select(func.count()).select_from(Job).where(Job.task == "noop", Job.state != "done")
        noop_rate = noops / _until_none(maker, jobs)
        with maker.begin() as session:
            session.execute(insert(Notification), [_due(person, number) for number in range(deliveries)])
        waiting = select(func.count()).select_from(Notification).where(Notification.state != "sent")
        rate = deliveries / _until_none(maker, waiting)
    finally:
        worker.stop()
        engine.dispose()
    return {"deliveries_per_s": round(rate, 1), "noops_per_s": round(noop_rate, 1)}


def _until_none(maker: Callable[[], Any], waiting: Any, limit: float = 600) -> float:
    began = time.perf_counter()
    while True:
        with maker() as session:
            if not session.scalar(waiting):
                return time.perf_counter() - began
        if time.perf_counter() - began > limit:
            raise TimeoutError("it did not drain")
        time.sleep(0.05)


def _due(person: int, number: int) -> dict[str, Any]:
    """A message that waited for the end of somebody's quiet hours."""
    now = clock()
    key = {"app_key": "x", "rule": "r", "form": "f", "record_id": number, "episode": 1, "step": 0, "person_id": person}
    said = {"alert_id": number, "channel": "inbox", "severity": "info", "subject": "s", "text": "t", "via": "owner"}
    return {**key, **said, "state": "queued", "created_at": now, "due_at": now, "attempts": 0}


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
