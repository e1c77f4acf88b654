"""Worker processes that are killed while they work: every chunk is done once, and poison is parked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs import enqueue, job_of
from engine.jobs.queue import told
from engine.jobs_rows import Lease
from engine.people import SYSTEM
from rules.errors import Fault
from tests.support.counting import start

pytestmark = pytest.mark.slow
Db = sessionmaker[Session]
CHUNKS, JOBS = 40, 3


@pytest.fixture
def workers(db: Db) -> Iterator[list[Any]]:
    """Two on PostgreSQL, one on SQLite."""
    url = db.kw["bind"].url
    started = [
        start(url.render_as_string(hide_password=False)) for _ in range(1 + (url.get_backend_name() != "sqlite"))
    ]
    yield started
    for child in started:
        child.kill()
        child.join()


def again(db: Db, workers: list[Any], number: int) -> None:
    """Kill a worker and start another one in its place."""
    workers[number].kill()
    workers[number].join()
    workers[number] = start(db.kw["bind"].url.render_as_string(hide_password=False))


def put(db: Db, **payload: Any) -> int:
    with db.begin() as session:
        return enqueue(session, "count_chunks", payload, user=SYSTEM, now=datetime.now(UTC)).id


def state(db: Db, job_id: int) -> tuple[str, int]:
    with db() as session:
        job = job_of(session, job_id)
        return job.state, job.done


def until(condition: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, condition()
        time.sleep(0.05)


def test_jobs_of_killed_workers_go_on_and_no_chunk_is_done_twice(db: Db, workers: list[Any]) -> None:
    jobs = [put(db, chunks=CHUNKS) for _ in range(JOBS)]

    for kill in range(4):
        until(lambda kill=kill: sum(state(db, one)[1] for one in jobs) > 8 * (kill + 1))
        again(db, workers, kill % len(workers))
    until(lambda: all(state(db, one)[0] == "done" for one in jobs), 120)

    with db() as session:
        names = session.scalars(select(Lease.name).where(~Lease.name.startswith("worker/"))).all()
    done = sorted((int(job), int(number)) for job, number, *_ in (name.split("/") for name in names))
    assert done == [(job, number) for job in jobs for number in range(1, CHUNKS + 1)]


def test_job_that_kills_its_process_each_time_is_parked(db: Db, workers: list[Any]) -> None:
    one = put(db, chunks=3, kills_at=2)

    def parked() -> bool:
        for number, child in enumerate(workers):
            if not child.is_alive():
                again(db, workers, number)
        return state(db, one)[0] == "parked"

    until(parked, 120)
    with db() as session:
        job = job_of(session, one)
    error = told(job.error)
    assert isinstance(error, Fault)
    assert (job.done, error.code) == (1, "killed")
