"""The index of a search that rested for a release comes back after it, as lasting work.

Until then a search goes through all texts of the form: slower, and just as right. Making the index takes longer than all
else that a release does to many records.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from engine.jobs._base import task
from engine.jobs.queue import enqueue
from engine.people.users import SYSTEM
from engine.records.search_index import ensure_search_index
from engine.releases.live import Live
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from engine.jobs_rows import Job

TASK = "index_search"


def index_later(session: Session, live: Live, form: str, now: datetime) -> Job:
    """Have the index made that serves the search in a form, once this transaction is through."""
    title = Fault("index_search", N_("Index of the search in “{form}”"), {"form": live.form(form).label})
    payload = {"table": live.tables.current(form).name}
    return enqueue(session, TASK, payload, user=SYSTEM, now=now, app_key=live.key, title=title)


@task(TASK)
def index_search(session: Session, job: Job, now: datetime) -> bool:  # noqa: ARG001 - a step is given the time
    """Make the index unless it is there by now, or the table is gone."""
    connection, table = session.connection(), str(job.payload["table"])
    if inspect(connection).has_table(table):
        ensure_search_index(connection, table)
    job.done = 1
    return False
