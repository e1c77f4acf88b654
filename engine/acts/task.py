"""An act as lasting work: one chunk after the other, with a bar that shows how far it has come."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.acts.doing import address_of, advance
from engine.acts.rows import Act
from engine.errors import NotFound
from engine.jobs._base import task
from engine.jobs.queue import user_behind

if TYPE_CHECKING:
    from engine.jobs_rows import Job


@task("act")
def step(session: Session, job: Job, now: datetime) -> bool:
    """Do one chunk; what it did, its lines and its progress are one commit."""
    act = session.get(Act, job.payload["act"], populate_existing=True)
    if act is None:
        raise NotFound("act", job.payload["act"])
    more = advance(session, act, user_behind(session, job), now)
    counts = act.counts or {}
    job.done = min(sum(int(value) for value in counts.values()), act.total)
    job.result = {"url": address_of(act), **counts}
    return more
