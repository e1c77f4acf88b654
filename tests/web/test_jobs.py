"""`/jobs`: how far lasting work has come, seen by whoever started it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.jobs import enqueue, job_of
from engine.people import find_user
from web.services import services_of

if TYPE_CHECKING:
    from tests.support.site import Site

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def put(site: Site, state: str = "running", **facts: object) -> int:
    with services_of(site.app).sessions.begin() as session:
        job = enqueue(session, "x", {}, user=find_user(session, "alice"), now=NOW, title="Many things")
        job.state = state
        for name, value in facts.items():
            setattr(job, name, value)
        return job.id


def test_progress_asks_for_itself_until_the_work_is_over(site: Site) -> None:
    job = put(site, done=30, total=120)

    page = site.visitor("alice").get(f"/jobs/{job}").get_data(as_text=True)
    assert "Many things" in page
    assert '<progress class="job-progress" max="100" value="25"' in page
    assert 'hx-trigger="every 1s"' in page

    over = put(site, state="done", result={"url": "/inbox", "created": 7})
    page = site.visitor("alice").get(f"/jobs/{over}").get_data(as_text=True)
    assert 'hx-trigger="every 1s"' not in page
    assert 'href="/inbox">Show the result' in page


def test_result_leads_nowhere_else(site: Site) -> None:
    over = put(site, state="done", result={"url": "//evil.example"})
    assert "evil" not in site.visitor("alice").get(f"/jobs/{over}").get_data(as_text=True)


def test_strangers_do_not_learn_that_a_job_exists(site: Site) -> None:
    job = put(site)
    assert site.visitor("charlie").get(f"/jobs/{job}").status_code == 404
    assert site.visitor("charlie").post(f"/jobs/{job}/cancel").status_code == 404
    assert "Many things" not in site.visitor("charlie").get("/jobs").get_data(as_text=True)
    assert "Many things" in site.visitor("alice").get("/jobs").get_data(as_text=True)
    assert site.visitor("ada").get(f"/jobs/{job}").status_code == 200


def test_job_is_cancelled_and_goes_on_but_a_parked_one_needs_an_administrator(site: Site) -> None:
    job, parked = put(site), put(site, state="parked")

    site.visitor("alice").post(f"/jobs/{job}/cancel")
    site.visitor("alice").post(f"/jobs/{job}/again")
    assert site.visitor("alice").post(f"/jobs/{parked}/again").status_code == 403

    with services_of(site.app).sessions() as session:
        assert (job_of(session, job).state, job_of(session, parked).state) == ("queued", "parked")
