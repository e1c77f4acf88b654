"""`/jobs`: the lasting work that the viewer has started, and how far each piece of it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from engine import jobs
from engine.errors import NotFound, Refused
from engine.jobs import Job
from engine.jobs.queue import told
from rules.errors import N_, Fault
from web import here
from web.errors import sentence
from web.render import go, is_local, render
from web.words import gettext

bp = Blueprint("jobs", __name__)

STATES = {
    "queued": N_("Waiting"),
    "running": N_("Running"),
    "done": N_("Done"),
    "failed": N_("Failed"),
    "parked": N_("Parked"),
    "cancelled": N_("Cancelled"),
}
COLORS = {"running": "blue", "done": "green", "failed": "red", "parked": "red"}


@dataclass(frozen=True)
class JobView:
    """A job as pages draw it."""

    job: Job

    @property
    def title(self) -> str:
        return _words(jobs.title_of(self.job))

    @property
    def error(self) -> str:
        return _words(told(self.job.error))

    @property
    def state(self) -> str:
        return gettext(STATES[self.job.state])

    @property
    def color(self) -> str:
        return COLORS.get(self.job.state, "")

    @property
    def is_over(self) -> bool:
        return self.job.state in ("done", "failed", "parked", "cancelled")

    @property
    def percent(self) -> int | None:
        """Return how much is done, while the whole is known."""
        if self.job.state == "done":
            return 100
        total = self.job.total
        return min(100, 100 * self.job.done // total) if total else None

    @property
    def link(self) -> str:
        """Return where the result is to be seen; only addresses of this site."""
        result: Any = self.job.result
        url = str(result.get("url", "")) if isinstance(result, dict) else ""
        return url if url and is_local(url) else ""

    @property
    def figures(self) -> list[tuple[str, object]]:
        """Return what else the result says, as names and numbers."""
        result: Any = self.job.result
        rows = result.items() if isinstance(result, dict) else ()
        return [(key, value) for key, value in rows if isinstance(value, (int, float)) and not isinstance(value, bool)]


def _words(said: Fault | str) -> str:
    return said if isinstance(said, str) else sentence(said)


@bp.get("/jobs")
def index() -> Response:
    """List what the viewer has started."""
    return render("jobs.html", views=[JobView(one) for one in jobs.jobs_of(here.db(), here.viewer())])


@bp.get("/jobs/<int:job_id>")
def show(job_id: int) -> Response:
    """Show one job; while it goes on, the page asks for the piece again and again."""
    return render("job.html", "_job.html", view=JobView(_mine(job_id)))


@bp.post("/jobs/<int:job_id>/cancel")
def cancel(job_id: int) -> Response:
    """End a job before its next chunk."""
    jobs.cancel(here.db(), _mine(job_id).id, here.now())
    here.db().commit()
    return go(url_for("jobs.show", job_id=job_id))


@bp.post("/jobs/<int:job_id>/again")
def again(job_id: int) -> Response:
    """Let a job that did not come to its end go on; what was given up by the house needs an administrator."""
    job = _mine(job_id)
    if job.state == "parked" and not here.viewer().is_admin:
        raise Refused("update", "job")
    jobs.run_again(here.db(), job.id, here.now())
    here.db().commit()
    return go(url_for("jobs.show", job_id=job_id))


def _mine(job_id: int) -> Job:
    """Return a job of the viewer; of others only administrators learn that it exists."""
    if job_id > 2**62:
        raise NotFound("job", job_id)
    job = jobs.job_of(here.db(), job_id)
    if job.user_id != here.viewer().id and not here.viewer().is_admin:
        raise NotFound("job", job_id)
    return job
