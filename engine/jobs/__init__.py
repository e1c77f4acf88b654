"""Lasting work: what takes longer than a request, and what time makes due. The only place that knows how it is run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from engine.jobs._base import Step, Task, task
from engine.jobs.driving import run_all
from engine.jobs.leases import LEASE, acquire, release
from engine.jobs.queue import cancel, enqueue, job_of, jobs_of, run_again, title_of, user_behind
from engine.jobs_rows import Job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from engine.jobs.worker import Worker

__all__ = [
    "LEASE",
    "Job",
    "Step",
    "Task",
    "acquire",
    "cancel",
    "enqueue",
    "job_of",
    "jobs_of",
    "release",
    "run_again",
    "run_all",
    "start_worker",
    "task",
    "tick",
    "title_of",
    "user_behind",
]


# The two below need alerts and records, whose modules in turn may define tasks: they are loaded when they are called.
def tick(sessions: sessionmaker[Session], now: datetime, *, due_only: bool = False) -> dict[str, int]:
    """Do once what is due at `now`, and count what was done; doing it again does nothing more."""
    from engine.jobs.ticking import tick as once

    return once(sessions, now, due_only=due_only)


def start_worker(
    sessions: sessionmaker[Session],
    clock: Callable[[], datetime],
    *,
    seconds: int = 20,
    concurrency: int = 4,
    exits: bool = False,
    delay: float = 0,
) -> Worker:
    """Start a worker in the background, after a delay if pages are to come first; call `stop` on what is returned."""
    from engine.jobs.worker import Worker

    return Worker(sessions, clock, seconds=seconds, concurrency=concurrency, exits=exits, delay=delay).start()
