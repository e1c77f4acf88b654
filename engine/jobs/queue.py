"""What is to be done: jobs are rows, written in the transaction that causes them, and found again by their person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.changes import encode
from engine.errors import EngineError, NotFound
from engine.jobs_rows import ENDED, Job
from engine.people import SYSTEM, User, load_user
from forms.labels import Label
from rules.errors import N_, Fault


def enqueue(
    session: Session,
    task: str,
    payload: Mapping[str, Any],
    *,
    user: User,
    now: datetime,
    app_key: str | None = None,
    title: Fault | str = "",
    key: str | None = None,
    at: datetime | None = None,
) -> Job:
    """Write a job in the caller's transaction: it exists exactly when the change that causes it does.

    Two calls with the same `key` are one job, also after it has ended: put into the key what makes it another one.
    """
    if key is not None and (found := _known(session, task, key)) is not None:
        return found
    job = Job(task=task, app_key=app_key, user_id=user.id, key=key, title=stored(title or task), payload=dict(payload))
    job.state, job.created_at, job.due_at = "queued", now, at or now
    job.attempts, job.done, job.runs = 0, 0, 0
    return _added(session, job)


def _added(session: Session, job: Job) -> Job:
    """Add a job; of two that are added at the same time with one key the second gives way."""
    from engine.alerts.ledger import insert_new

    if job.key is None:
        session.add(job)
        session.flush()
        return job
    columns = [column.key for column in Job.__table__.columns if column.key != "id"]
    insert_new(session, Job, [{key: getattr(job, key) for key in columns}])
    found = _known(session, job.task, job.key)
    assert found is not None
    return found


def _known(session: Session, task: str, key: str) -> Job | None:
    return session.scalar(select(Job).where(Job.task == task, Job.key == key))


def job_of(session: Session, job_id: int) -> Job:
    """Return a job as it is stored now; NotFound without one."""
    job = session.get(Job, job_id, populate_existing=True)
    if job is None:
        raise NotFound("job", job_id)
    return job


def jobs_of(session: Session, user: User, *, app_key: str | None = None, limit: int = 50) -> list[Job]:
    """Return the jobs a person has started, the newest first."""
    query = select(Job).where(Job.user_id == user.id)
    if app_key is not None:
        query = query.where(Job.app_key == app_key)
    return list(session.scalars(query.order_by(Job.id.desc()).limit(limit)))


def user_behind(session: Session, job: Job) -> User:
    """Return who started a job, with the rights held now; NotFound when the person has left meanwhile."""
    return SYSTEM if job.user_id is None else load_user(session, job.user_id)


def cancel(session: Session, job_id: int, now: datetime) -> Job:
    """End a job before its next chunk; what earlier chunks did stays done."""
    job = _locked(session, job_id)
    if job.state not in ENDED or job.state in ("failed", "parked"):
        job.state, job.ended_at = "cancelled", now
    session.flush()
    return job


def run_again(session: Session, job_id: int, now: datetime) -> Job:
    """Let a failed, parked or cancelled job go on where it stopped."""
    job = _locked(session, job_id)
    if job.state not in ("failed", "parked", "cancelled"):
        raise EngineError(Fault("job_not_ended", N_("Only what has failed or was cancelled can be run again.")))
    job.state, job.due_at, job.ended_at, job.attempts = "queued", now, None, 0
    job.runs += 1
    session.flush()
    return job


def _locked(session: Session, job_id: int) -> Job:
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise NotFound("job", job_id)
    return job


def title_of(job: Job) -> Fault | str:
    """Return what a job is called: a marked sentence with its facts, or a plain text."""
    return told(job.title)


def told(kept: Mapping[str, Any] | None) -> Fault | str:
    """Return a sentence from how it is stored."""
    if not kept:
        return ""
    if "text" in kept:
        return str(kept["text"])
    facts = {
        name: Label.of(value["label"]) if isinstance(value, dict) else value for name, value in kept["facts"].items()
    }
    return Fault(kept["code"], kept["template"], facts)


def stored(said: Fault | str) -> dict[str, Any]:
    """Return a sentence as it is stored."""
    if isinstance(said, str):
        return {"text": said}
    facts = {
        name: {"label": dict(value.texts)} if isinstance(value, Label) else encode(value)
        for name, value in said.facts.items()
    }
    return {"code": said.code, "template": said.template, "facts": facts}
