"""Workers with the durable engine: what is enqueued is done, by whoever lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs import Job, enqueue, job_of, start_worker, task
from engine.jobs._base import TASKS
from engine.jobs.worker import Worker
from engine.jobs_rows import Lease, Tick
from engine.people import SYSTEM

Db = sessionmaker[Session]


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def tasks() -> Iterator[None]:
    known = dict(TASKS)

    @task("count_up")
    def count_up(session: Session, job: Job, now: datetime) -> bool:
        job.done += 1
        time.sleep(job.payload.get("seconds", 0))
        if job.payload.get("fails", 0) >= job.runs + 1:
            raise OSError("not now")
        return job.done < job.payload["chunks"]

    yield
    TASKS.clear()
    TASKS.update(known)


@pytest.fixture
def start(db: Db) -> Iterator[Callable[[], Worker]]:
    started: list[Worker] = []

    def begin() -> Worker:
        started.append(start_worker(db, clock))
        assert started[-1].ready.wait(60)
        return started[-1]

    yield begin
    for worker in started:
        worker.stop()


def put(db: Db, **payload: float) -> int:
    with db.begin() as session:
        return enqueue(session, "count_up", payload, user=SYSTEM, now=clock()).id


def wait(db: Db, job_id: int, state: str, seconds: float = 30, *, done: int = 0) -> Job:
    """Return a job once it is in a state and has done so many of its chunks."""
    until = time.monotonic() + seconds
    while True:
        with db() as session:
            found = job_of(session, job_id)
        if (found.state == state and found.done >= done) or time.monotonic() > until:
            assert found.state == state
            return found
        time.sleep(0.05)


def test_worker_does_what_is_enqueued_and_shows_that_it_lives(db: Db, start: Callable[[], Worker]) -> None:
    worker = start()
    one, two = put(db, chunks=3), put(db, chunks=1, fails=1)

    assert wait(db, one, "done").done == 3
    assert wait(db, two, "done").runs == 1
    with db() as session:
        assert list(session.scalars(select(Lease.holder))) == [worker.token]
        assert "rules" in list(session.scalars(select(Tick.name)))

    worker.stop()
    with db() as session:
        assert session.scalar(select(Lease)) is None


def test_worker_that_stops_gives_its_work_back(db: Db, start: Callable[[], Worker]) -> None:
    one = put(db, chunks=1000, seconds=0.05)
    worker = start()
    wait(db, one, "running", done=1)

    worker.stop()

    with db() as session:
        given_back = job_of(session, one)
        assert (given_back.state, given_back.runs) == ("queued", 1)
        assert 0 < given_back.done < 1000


def test_work_of_a_worker_that_is_gone_is_taken_over(db: Db, start: Callable[[], Worker]) -> None:
    one = put(db, chunks=3)
    with db.begin() as session:
        job = job_of(session, one)
        job.state, job.executor, job.attempts, job.done = "running", "gone", 1, 2
        session.add(Lease(name="worker/gone", holder="gone", until=clock() - timedelta(seconds=1)))

    start()

    found = wait(db, one, "done")
    assert (found.done, found.runs) == (3, 1)


def test_work_is_done_though_the_engine_has_lost_its_memory(db: Db, start: Callable[[], Worker]) -> None:
    worker = start()
    wait(db, put(db, chunks=1), "done")
    worker.stop()
    url = db.kw["bind"].url
    if url.get_backend_name() == "sqlite":
        for file in Path(url.database).parent.glob("*.db-jobs*"):
            file.unlink()
    else:
        with db.kw["bind"].begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA sw_dbos CASCADE")
    one = put(db, chunks=2)

    start()

    assert wait(db, one, "done").done == 2


def aside(work: Callable[..., Any], *arguments: object) -> Any:
    """Do something in a thread of its own: the engine refuses a thread in which an event loop runs, as browsers' tests have."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work, *arguments).result()


def test_engine_forgets_what_is_over_and_nothing_else(
    db: Db, start: Callable[[], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = start()
    one = put(db, chunks=1)
    wait(db, one, "done")
    engine = worker._engine
    assert engine is not None
    running = put(db, chunks=1000, seconds=0.05)
    wait(db, running, "running")
    names = [f"job-{one}~0", f"job-{running}~0"]

    aside(engine.forget)
    assert [aside(engine.knows, name) for name in names] == [True, True]
    monkeypatch.setattr("engine.jobs.durable.REMEMBERED", timedelta(0))
    aside(engine.forget)

    assert [aside(engine.knows, name) for name in names] == [False, True]
