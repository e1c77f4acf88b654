"""Old jobs are swept away, later than anybody asks for them again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.jobs._base import task
from engine.jobs_rows import Job

#: Jobs that ended well are kept this long; those that did not, three times as long.
KEPT = timedelta(days=30)
CHUNK = 500


@task("sweep_jobs")
def sweep_jobs(session: Session, job: Job, now: datetime) -> bool:
    """Delete a chunk of jobs that ended long ago; True while there are more."""
    well = (Job.state.in_(("done", "cancelled")), Job.ended_at < now - KEPT)
    badly = (Job.state.in_(("failed", "parked")), Job.ended_at < now - 3 * KEPT)
    for old in (well, badly):
        ids = session.scalars(select(Job.id).where(*old).order_by(Job.id).limit(CHUNK)).all()
        if ids:
            session.execute(delete(Job).where(Job.id.in_(ids)))
            job.done += len(ids)
            return True
    return False
