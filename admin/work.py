"""Work: what waits, who does it, what went wrong, and the clock of a demonstration."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext

from admin._base import Page
from engine import jobs
from engine.errors import EngineError
from engine.jobs.clock import DemoClock
from engine.jobs.overview import overview
from rules.errors import N_
from web import here
from web.errors import sentence
from web.pages.jobs import JobView
from web.services import services_of

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

#: How far a demonstration's clock can be moved at once.
SPANS = {
    "hour": (N_("1 hour"), timedelta(hours=1)),
    "day": (N_("1 day"), timedelta(days=1)),
    "week": (N_("1 week"), timedelta(days=7)),
}
QUEUES = {
    "jobs": N_("Jobs"),
    "rules": N_("Alert rules"),
    "alerts": N_("Alerts that wait for a step"),
    "actions": N_("Actions of alerts"),
    "deliveries": N_("Deliveries"),
}
TICKS = {
    "rules": N_("Alert rules"),
    "actions": N_("Actions of alerts"),
    "deliveries": N_("Deliveries"),
    "sweep": N_("Sweeping up"),
    "forget": N_("Emptying the bin"),
    "drafts": N_("Clearing old drafts"),
    "apps": N_("Clearing apps that were taken away"),
    "answers": N_("Forgetting old answers"),
}


class WorkView(Page):
    """Queues, workers, ticks and failures."""

    @expose("/")
    def index(self) -> Any:
        """Show how the work stands."""
        now = here.now()
        found = overview(here.db(), now)
        views = {name: [JobView(one) for one in getattr(found, name)] for name in ("running", "broken", "recent")}
        clock = self._demo_clock()
        return self.render(
            "back/work.html",
            found=found,
            now=now,
            zone=here.shown_zone().key,
            queues=QUEUES,
            ticks=TICKS,
            is_demo=clock is not None,
            spans=SPANS,
            **views,
        )

    @expose("/<int:job_id>/again", methods=("POST",))
    def again(self, job_id: int) -> Any:
        """Let a job that did not come to its end go on."""
        return self._did(lambda: jobs.run_again(here.db(), job_id, here.now()), gettext("It is tried again."))

    @expose("/<int:job_id>/cancel", methods=("POST",))
    def cancel(self, job_id: int) -> Any:
        """End a job before its next chunk."""
        return self._did(lambda: jobs.cancel(here.db(), job_id, here.now()), gettext("Cancelled"))

    @expose("/clock", methods=("POST",))
    def move_clock(self) -> Any:
        """Let time pass in a demonstration."""
        clock = self._demo_clock()
        span = SPANS.get(request.form.get("span", ""))
        if clock is None or span is None:
            abort(404)
        clock.move(span[1])
        return redirect(self.get_url(".index"), 303)

    def _did(self, work: Any, told: str) -> Response:
        try:
            work()
        except EngineError as error:
            here.db().rollback()
            flash(sentence(error.faults[0]), "error")
        else:
            here.db().commit()
            flash(told, "success")
        return redirect(self.get_url(".index"), 303)

    def _demo_clock(self) -> DemoClock | None:
        """Return the clock if the operator let it be moved."""
        clock = services_of(current_app).clock
        return clock if isinstance(clock, DemoClock) else None
