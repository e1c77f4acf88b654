from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine.errors import EngineError, NotFound
from engine.jobs import Job, cancel, enqueue, job_of, jobs_of, run_again, run_all, task, title_of
from engine.jobs._base import TASKS
from engine.jobs.driving import drive
from engine.jobs.queue import told
from engine.jobs_rows import Lease
from engine.people import SYSTEM
from forms.labels import Label
from rules.errors import Fault
from tests.support.people import People

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
Db = sessionmaker[Session]


@pytest.fixture(autouse=True)
def tasks() -> Iterator[None]:
    known = dict(TASKS)

    @task("count_up")
    def count_up(session: Session, job: Job, now: datetime) -> bool:
        """Leave a row for each chunk: what was done can be counted."""
        number = (job.cursor or {"n": 0})["n"] + 1
        session.add(Lease(name=f"{job.id}/{number}", holder="", until=now))
        session.flush()
        if job.payload.get("fails_at") == number and (job.runs or 0) < job.payload.get("times", 99):
            raise OSError("the disk is full")
        if job.payload.get("refuses_at") == number:
            raise EngineError(Fault("no", "That cannot be: {why}.", {"why": "because"}))
        job.cursor, job.done, job.total = {"n": number}, number, job.payload["chunks"]
        return number < job.payload["chunks"]

    yield
    TASKS.clear()
    TASKS.update(known)


def put(db: Db, at: datetime | None = None, key: str | None = None, **payload: Any) -> int:
    with db.begin() as session:
        return enqueue(session, "count_up", payload, user=SYSTEM, now=NOW, at=at, key=key).id


def job(db: Db, job_id: int) -> Job:
    with db() as session:
        return job_of(session, job_id)


def chunks(db: Db) -> int:
    with db() as session:
        return session.scalar(select(func.count()).select_from(Lease)) or 0


def test_job_is_done_chunk_by_chunk(db: Db) -> None:
    one = put(db, chunks=3)

    assert run_all(db, NOW) == {"done": 1}

    found = job(db, one)
    assert (found.state, found.done, found.total, found.cursor, chunks(db)) == ("done", 3, 3, {"n": 3}, 3)
    assert (found.started_at, found.ended_at) == (NOW, NOW)
    assert run_all(db, NOW) == {}


def test_job_is_written_with_the_change_that_causes_it_or_not_at_all(db: Db) -> None:
    with db() as session:
        enqueue(session, "count_up", {"chunks": 1}, user=SYSTEM, now=NOW)
        session.rollback()

    assert run_all(db, NOW) == {}


def test_two_requests_with_one_key_are_one_job(db: Db) -> None:
    first = put(db, key="a", chunks=1)
    assert put(db, key="a", chunks=1) == first
    run_all(db, NOW)
    assert put(db, key="a", chunks=1) == first
    assert put(db, key="b", chunks=1) != first

    assert run_all(db, NOW) == {"done": 1}


def test_job_waits_for_its_time(db: Db) -> None:
    put(db, at=NOW + timedelta(hours=1), chunks=1)

    assert run_all(db, NOW) == {}
    assert run_all(db, NOW + timedelta(hours=1)) == {"done": 1}


def test_failed_chunk_leaves_nothing_and_is_tried_again_after_a_pause(db: Db) -> None:
    one = put(db, chunks=3, fails_at=2, times=1)

    assert run_all(db, NOW) == {"queued": 1}
    assert chunks(db) == 1
    assert run_all(db, NOW + timedelta(seconds=1)) == {}
    assert run_all(db, NOW + timedelta(seconds=20)) == {"done": 1}

    assert (job(db, one).done, chunks(db)) == (3, 3)


def test_poison_is_parked_with_its_error_and_goes_on_when_somebody_says_so(db: Db) -> None:
    one = put(db, chunks=2, fails_at=2, times=7)

    for day in range(10):
        run_all(db, NOW + timedelta(days=day))

    found = job(db, one)
    assert (found.state, told(found.error), found.attempts) == ("parked", "OSError: the disk is full", 5)
    for attempt in range(4):
        with db.begin() as session:
            if job_of(session, one).state == "parked":
                run_again(session, one, NOW)
        run_all(db, NOW + timedelta(days=20 + attempt))
    assert (job(db, one).state, chunks(db)) == ("done", 2)


def test_what_is_refused_in_words_is_final_at_once(db: Db) -> None:
    one = put(db, chunks=2, refuses_at=1)

    assert run_all(db, NOW) == {"failed": 1}
    error = told(job(db, one).error)
    assert isinstance(error, Fault)
    assert error.text == "That cannot be: because."


def test_cancelled_job_does_no_more(db: Db) -> None:
    one = put(db, chunks=2)
    with db.begin() as session:
        cancel(session, one, NOW)

    assert run_all(db, NOW) == {}
    assert drive(db, one, lambda: NOW, "w") == "cancelled"


def test_unknown_work_is_parked(db: Db) -> None:
    with db.begin() as session:
        one = enqueue(session, "nobody_knows", {}, user=SYSTEM, now=NOW).id

    assert run_all(db, NOW) == {"parked": 1}
    error = told(job(db, one).error)
    assert isinstance(error, Fault)
    assert error.facts == {"task": "nobody_knows"}


def test_only_what_did_not_end_well_runs_again(db: Db) -> None:
    one = put(db, chunks=1)
    run_all(db, NOW)

    with db() as session, pytest.raises(EngineError) as told_so:
        run_again(session, one, NOW)
    assert told_so.value.code == "job_not_ended"


def test_jobs_are_found_by_their_person(db: Db, people: People) -> None:
    title = Fault("t", "Importing {form}", {"form": Label({"en": "Deals", "zh_Hans": "商机"})})
    with db.begin() as session:
        one = enqueue(session, "count_up", {}, user=people.alice, now=NOW, app_key="tiny", title=title)
        assert [found.id for found in jobs_of(session, people.alice)] == [one.id]
        assert jobs_of(session, people.bob) == []
        assert jobs_of(session, people.alice, app_key="other") == []
        assert title_of(job_of(session, one.id)) == title
        with pytest.raises(NotFound):
            job_of(session, 999)
