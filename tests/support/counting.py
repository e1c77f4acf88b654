"""A task that leaves a row for each chunk, and worker processes that can be killed: for tests of what a kill does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.db import make_engine, sessions
from engine.jobs import start_worker, task, worker
from engine.jobs_rows import Lease

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.jobs import Job

# Copies of one process that has loaded everything, so that each of them starts at once.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.support.counting", "engine.jobs.durable"])


@task("count_chunks")
def count_chunks(session: Session, job: Job, now: datetime) -> bool:
    """Do a chunk: a row with its number, and a little time in which a kill may come."""
    number = job.done + 1
    if job.payload.get("kills_at") == number:
        os.kill(os.getpid(), signal.SIGKILL)
    session.add(Lease(name=f"{job.id}/{number}/{os.getpid()}/{time.monotonic_ns()}", holder=str(number), until=now))
    session.flush()
    time.sleep(job.payload.get("seconds", 0.02))
    job.done, job.total = number, job.payload["chunks"]
    return number < job.payload["chunks"]


def start(url: str) -> Any:
    """Start a worker process whose lease is short."""
    child = _context.Process(target=_work, args=(url,), daemon=True)
    child.start()
    return child


def _work(url: str) -> None:
    worker.LEASE, worker.RENEW, worker.REAP = timedelta(seconds=3), 0.5, 0.5
    start_worker(sessions(make_engine(url)), lambda: datetime.now(UTC))
    threading.Event().wait()
