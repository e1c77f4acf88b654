"""Drives jobs chunk by chunk. Effects, cursor and progress are one commit, so it does not matter who drives, or how often."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, sessionmaker

from engine.db import start_writing
from engine.errors import Busy
from engine.jobs._base import ATTEMPTS, Task
from engine.jobs.queue import stored
from engine.jobs.registry import task_named
from engine.jobs_rows import ENDED, Job, Lease
from rules.errors import N_, Fault, SteerwayError

log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]
Clock = Callable[[], datetime]

#: Pauses between attempts; the last one repeats.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300))
#: Names of the leases by which workers show that they are alive.
WORKER = "worker/"
#: Jobs that one inline drain does at most.
MOST = 10_000
_UNKNOWN = N_("This version of Steerway does not know the work {task}.")
_KILLED = N_("The process that did this ended {count} times without getting further.")


def drive(sessions: Sessions, job_id: int, clock: Clock, executor: str, stop: Event | None = None) -> str:
    """Do a job to its end, or until it fails, is somebody else's, or the process is to stop; return its state then."""
    state = _begin(sessions, job_id, clock(), executor)
    while state == "running":
        if stop is not None and stop.is_set():
            return _give_back(sessions, job_id, executor, clock())
        try:
            state = _one_step(sessions, job_id, clock(), executor)
        except Exception as error:  # noqa: BLE001 - a step may fail in any way; the job remembers it
            state = _note_failure(sessions, job_id, error, clock())
    return state


def run_all(sessions: Sessions, now: datetime) -> dict[str, int]:
    """Do inline whatever is due at `now`, one job after the other, oldest first; count how they ended."""
    done: Counter[str] = Counter()
    executor = f"inline/{uuid4().hex}"
    while done.total() < MOST and (ids := due_jobs(sessions, now, limit=100)):
        for job_id in ids:
            done[drive(sessions, job_id, lambda: now, executor)] += 1
    return dict(done)


def due_jobs(sessions: Sessions, now: datetime, limit: int) -> list[int]:
    """Return the ids of jobs to begin, or to go on with, oldest first."""
    with sessions() as session:
        free = or_(Job.state == "queued", Job.executor.is_(None), Job.executor.not_in(_alive(now)))
        due = (Job.state.in_(("queued", "running")), Job.due_at <= now, free)
        return list(session.scalars(select(Job.id).where(*due).order_by(Job.due_at, Job.id).limit(limit)))


def _alive(now: datetime) -> Select[str]:
    return select(Lease.holder).where(Lease.name.startswith(WORKER), Lease.until >= now)


def _begin(sessions: Sessions, job_id: int, now: datetime, executor: str) -> str:
    """Count the attempt before it is made, so that work which kills its process cannot go on for ever."""
    with sessions.begin() as session:
        job = _mine(session, job_id)
        if job is None:
            return "gone"
        if job.state in ENDED or job.due_at > now:
            return job.state if job.state in ENDED else "waiting"
        if job.state == "running" and job.executor != executor and job.executor in list(session.scalars(_alive(now))):
            return "taken"
        task = task_named(job.task)
        if task is None or job.attempts >= task.max_attempts:
            return _park(job, task, now)
        job.state, job.executor, job.attempts = "running", executor, job.attempts + 1
        job.started_at = job.started_at or now
        return "running"


def _give_back(sessions: Sessions, job_id: int, executor: str, now: datetime) -> str:
    """Let another process go on at once."""
    with sessions.begin() as session:
        job = _mine(session, job_id)
        if job is not None and job.state == "running" and job.executor == executor:
            job.state, job.due_at, job.attempts, job.executor = "queued", now, 0, None
            job.runs += 1
        return "given back"


def give_up(sessions: Sessions, now: datetime, executor: str = "", idle: Collection[int] = ()) -> int:
    """Put the jobs of processes that are gone back into the queue, and those that one is not at; return how many."""
    gone = or_(Job.executor.is_(None), Job.executor.not_in(_alive(now)))
    if idle:
        gone = or_(gone, and_(Job.executor == executor, Job.id.in_(list(idle))))
    query = select(Job).where(Job.state == "running", gone).order_by(Job.id).with_for_update(skip_locked=True)
    with sessions() as session:
        if session.scalar(select(Job.id).where(Job.state == "running", gone).limit(1)) is None:
            return 0
    with sessions.begin() as session:
        start_writing(session)
        jobs = session.scalars(query).all()
        for job in jobs:
            job.state, job.runs = "queued", job.runs + 1
            job.error = stored(Fault("killed", _KILLED, {"count": job.attempts}))
        return len(jobs)


def _park(job: Job, task: Task | None, now: datetime) -> str:
    if task is None:
        job.error = stored(Fault("unknown_task", _UNKNOWN, {"task": job.task}))
    elif job.state == "running" or job.error is None:
        job.error = stored(Fault("killed", _KILLED, {"count": job.attempts}))
    job.state, job.ended_at = "parked", now
    return "parked"


def _one_step(sessions: Sessions, job_id: int, now: datetime, executor: str) -> str:
    """Do one chunk; the row stays locked until what it did is committed."""
    with sessions.begin() as session:
        job = _mine(session, job_id)
        if job is None:
            return "gone"
        if job.state != "running" or job.executor != executor:
            return job.state if job.state in ENDED else "taken over"
        task = task_named(job.task)
        assert task is not None
        more = task.step(session, job, now)
        job.attempts = 1
        if not more:
            job.state, job.ended_at = "done", now
            job.done = job.done if job.total is None else job.total
        return job.state


def _mine(session: Session, job_id: int) -> Job | None:
    """Return the job with its row locked, after the chunk that somebody may be at; None when there is no such job."""
    start_writing(session)
    query = select(Job).where(Job.id == job_id).with_for_update()
    return session.scalar(query, execution_options={"populate_existing": True})


def _note_failure(sessions: Sessions, job_id: int, error: Exception, now: datetime) -> str:
    """Write down what went wrong: what was said in words is final, everything else is tried again after a pause."""
    said = isinstance(error, SteerwayError) and not isinstance(error, Busy)
    if not said:
        log.error("job %s failed", job_id, exc_info=error)
    with sessions.begin() as session:
        job = _mine(session, job_id)
        if job is None or job.state != "running":
            return "gone" if job is None else job.state
        job.error = _cause(error)
        if said:
            job.state, job.ended_at = "failed", now
        elif job.attempts >= _limit(job):
            job.state, job.ended_at = "parked", now
        else:
            job.state, job.due_at = "queued", now + PAUSES[min(job.attempts, len(PAUSES)) - 1]
            job.runs += 1
        return job.state


def _limit(job: Job) -> int:
    task = task_named(job.task)
    return task.max_attempts if task else ATTEMPTS


def _cause(error: Exception) -> dict[str, Any]:
    if isinstance(error, SteerwayError) and error.faults:
        return stored(error.faults[0])
    return {"text": f"{type(error).__name__}: {error}"[:2000]}
