"""The administrators' page about work: what went wrong is seen there, and run again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from engine.alerts.rows import Alert, RuleSchedule
from engine.jobs import enqueue, job_of, run_all
from engine.jobs.clock import DemoClock
from engine.jobs_rows import Lease
from engine.people import SYSTEM
from web.services import services_of, set_clock

if TYPE_CHECKING:
    from tests.support.site import Site

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
QUEUES = ("Jobs", "Alert rules", "Alerts that wait for a step", "Actions of alerts", "Deliveries")


@pytest.fixture
def parked(site: Site) -> int:
    sessions = services_of(site.app).sessions
    with sessions.begin() as session:
        job_id = enqueue(session, "nobody_knows", {}, user=SYSTEM, now=NOW, title="A strange thing").id
    run_all(sessions, NOW)
    return job_id


def test_only_administrators_see_the_work(site: Site) -> None:
    assert site.visitor("ada").get("/admin/jobs/").status_code == 200
    assert site.visitor("mona").get("/admin/jobs/").status_code == 403
    assert site.visitor("ada").post("/admin/jobs/clock", span="day").status_code == 404


def test_parked_job_is_shown_with_its_error_and_runs_again(site: Site, parked: int) -> None:
    page = site.visitor("ada").get("/admin/jobs/").get_data(as_text=True)
    assert "A strange thing" in page
    assert "does not know the work nobody_knows" in page

    assert site.visitor("mona").post(f"/admin/jobs/{parked}/again").status_code == 403
    assert site.visitor("ada").post(f"/admin/jobs/{parked}/again").status_code == 303

    with services_of(site.app).sessions() as session:
        assert job_of(session, parked).state == "queued"


def test_queued_job_is_cancelled(site: Site, parked: int) -> None:
    site.visitor("ada").post(f"/admin/jobs/{parked}/again")
    site.visitor("ada").post(f"/admin/jobs/{parked}/cancel")

    with services_of(site.app).sessions() as session:
        assert job_of(session, parked).state == "cancelled"


def test_clock_of_a_demonstration_moves_forward_only(site: Site) -> None:
    before = services_of(site.app)
    clock = DemoClock(NOW)
    set_clock(site.app, clock)
    try:
        assert site.visitor("ada").post("/admin/jobs/clock", span="day").status_code == 303
        assert site.visitor("ada").post("/admin/jobs/clock", span="month").status_code == 404
    finally:
        set_clock(site.app, before.clock)

    assert timedelta(days=1) <= clock() - NOW < timedelta(days=1, minutes=5)
    with pytest.raises(ValueError, match="forward"):
        clock.move(timedelta(hours=-1))


def test_every_queue_is_shown_and_rules_that_fail(site: Site) -> None:
    sessions = services_of(site.app).sessions
    with sessions.begin() as session:
        session.add(
            RuleSchedule(app_key="tiny", rule="strange", due_at=site.now - timedelta(seconds=90), error="no such")
        )
        row = {"app_key": "tiny", "rule": "stale", "form": "deal", "severity": "info", "reason": {}, "state": "firing"}
        session.add(Alert(**row, record_id=1, wake_at=site.now - timedelta(seconds=7)))
    page = site.visitor("ada").get("/admin/jobs/").get_data(as_text=True)

    shown = {name: re.findall(r">([^<>]*)</td>", page[page.index(f">{name}</td>") :])[:4] for name in QUEUES}
    assert shown["Alerts that wait for a step"][1:] == ["1", "0", "7 s"]
    assert shown["Alert rules"][3] == "90 s"
    assert ">strange</td>" in page
    assert ">no such</td>" in page


def test_it_is_said_when_every_worker_is_gone(site: Site) -> None:
    ada, warning = site.visitor("ada"), "No worker is alive"
    with services_of(site.app).sessions.begin() as session:
        session.add(Lease(name="worker/late", holder="late", until=site.now - timedelta(seconds=1)))
    assert warning in ada.get("/admin/jobs/").get_data(as_text=True)

    with services_of(site.app).sessions.begin() as session:
        session.add(Lease(name="worker/here", holder="here", until=site.now + timedelta(seconds=9)))
    assert warning not in ada.get("/admin/jobs/").get_data(as_text=True)
