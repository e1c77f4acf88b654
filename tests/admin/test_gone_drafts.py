"""Apps that are not live yet: what the frame shows of them, and what is said when somebody drops one under another's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import design
from engine.people import grant, person_named, user_of
from tests.support.site import words

if TYPE_CHECKING:
    from tests.support.site import Site, Visitor

DESK = "/admin/design/leave"


def begun(site: Site, who: str) -> Visitor:
    """Let somebody begin an app with one form."""
    with site.db.begin() as session:
        grant(session, person_named(session, who), "*", "creator")
    visitor = site.visitor(who)
    visitor.post("/admin/new-app/", name="Leave", zone="Asia/Shanghai")
    visitor.post(f"{DESK}/new/forms", name="Request")
    return visitor


def drop(site: Site) -> None:
    with site.db.begin() as session:
        design.discard(session, "leave", user_of(person_named(session, "ada")), site.now)


def test_the_frame_shows_an_app_that_is_not_live_yet(site: Site) -> None:
    mona = begun(site, "mona")

    page = mona.get(f"{DESK}/forms/request").text
    side = page[page.index('id="side"') : page.index("side-shade")]

    assert "<span>Leave</span>" in side
    assert f'href="{DESK}/" aria-current="page"' in side
    assert "/a/tiny/deal/" not in side
    assert 'href="/a/tiny/"' in side  # the other apps are one click away
    assert "/a/tiny/deal/" in mona.get("/").text


def test_who_worked_at_a_dropped_draft_is_told_and_keeps_what_was_typed(site: Site) -> None:
    mona = begun(site, "mona")
    mona.get(f"{DESK}/forms/request")
    drop(site)

    answer = mona.post(
        f"{DESK}/forms/request", **{"at": "", "seen": "x", "-act": "save", "/label/": "Days off", "/icon": ""}
    )

    assert answer.status_code == 404
    assert "Ada dropped it" in words(answer)
    assert "Title: Days off" in words(answer)
    assert 'href="/admin/new-app/"' in answer.text
    assert "Ada dropped it" in words(mona.get(f"{DESK}/"))
    assert "What you typed" not in words(mona.get(f"{DESK}/"))


def test_strangers_learn_nothing_of_a_dropped_draft(site: Site) -> None:
    begun(site, "mona")
    drop(site)

    assert site.visitor("alice").get(f"{DESK}/").status_code == 403
    assert site.visitor("ada").get(f"{DESK}/").status_code == 404
    assert "dropped" not in words(site.visitor("alice").get(f"{DESK}/"))
    assert "dropped" not in words(site.visitor("ada").get("/admin/design/never_was/"))
