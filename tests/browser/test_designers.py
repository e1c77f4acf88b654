"""The designers in a browser: readable by everybody, dragged by mouse, used by keyboard, and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from engine import design
from engine.people import find_user
from tests.support.axe import violations
from tests.support.dashboards import app_with_dashboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.site import Site

BASE = "/admin/design/tiny"
DASHBOARD = "dashboards/sales?at=/tiles/5"
PAGES = (
    "forms/deal?at=/fields/2",
    "pipelines/deal_pipeline?at=/transitions/0",
    "okrs/sales?at=/objectives/0/key_results/0",
    "alerts/stale_deal",
    DASHBOARD,
    "settings?at=/roles/0",
    "condition?path=forms/deal.json&at=/fields/0/visible_if",
    "forms",
)


@pytest.mark.parametrize("width", [1366, 390])
def test_every_designer_is_readable_by_everybody(site: Site, window: Callable[..., Any], width: int) -> None:
    page, wrong = window("ada", width=width), []
    with site.db.begin() as session:
        (made,) = app_with_dashboard()["dashboards"]
        design.edit_file(session, "tiny", "dashboards/sales.json", made, find_user(session, "ada"), site.now, seen="")
    for path in PAGES:
        answer = page.goto(f"{BASE}/{path}")
        assert answer.status == 200, path
        page.wait_for_load_state("load")
        looked = width > 1000 or path in (PAGES[0], DASHBOARD)  # the eyes of axe are slow, and the pages are the same
        wrong += [f"{path}: {one}" for one in violations(page)] if looked else []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 1:
            wrong.append(f"{path}: {wide} pixels wider than the screen")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("forms/deal?at=/fields/2#p-visible_if", ".cm-content"),
        ("forms/deal?at=/fields/2#p-label", "#p-label"),
        ("permissions/deal?at=/permissions/0#p-actions", "#p-actions input"),
    ],
)
def test_a_place_of_the_address_takes_the_focus(window: Callable[..., Any], place: str, shown: str) -> None:
    page = window("ada")
    page.goto(f"{BASE}/{place}")

    expect(page.locator(".properties").locator(shown).and_(page.locator(":focus")).first).to_be_in_viewport()


def test_fields_are_dragged_within_the_form_and_from_the_palette(site: Site, window: Callable[..., Any]) -> None:
    page = window("ada")
    page.goto(f"{BASE}/forms/deal")
    cards = page.locator(".canvas .field-card")
    before = cards.all_inner_texts()

    page.locator("#new-name").fill("Dragged")
    drag(page, page.locator(".palette [data-type=date]"), cards.nth(1))
    expect(page.locator(".canvas [aria-current=true]")).to_contain_text("Dragged")
    drag(page, cards.nth(0), cards.nth(2))
    expect(page.locator(".canvas .field-card").first).not_to_contain_text(before[0].split("\n")[0])

    with site.db() as session:
        form: Any = design.content_of(design.source_in_work(session, "tiny"), "forms/deal.json")
    assert {"key": "dragged", "type": "date", "label": "Dragged"} in form["fields"]


def drag(page: Any, what: Any, onto: Any) -> None:
    """Drag as a hand does, in small steps."""
    what.scroll_into_view_if_needed()
    start, end = what.bounding_box(), onto.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    for step in range(1, 9):
        x = start["x"] + start["width"] / 2 + (end["x"] + end["width"] / 2 - start["x"] - start["width"] / 2) * step / 8
        y = start["y"] + (end["y"] + end["height"] * 0.75 - start["y"]) * step / 8
        page.mouse.move(x, y)
        page.wait_for_timeout(30)
    page.mouse.up()


def test_a_dashboard_of_two_tiles_is_built_and_seen_live(window: Callable[..., Any]) -> None:
    page = window("ada")
    page.goto(f"{BASE}/dashboards")
    page.get_by_label("Its name").fill("Monday")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".tile-card")).to_have_count(1)
    expect(page.locator("#tile-now-0 .tile-figure")).to_have_text("0")

    drag(page, page.locator(".palette [data-type=list]"), page.locator(".tile-card").first)
    expect(page.locator(".tile-card")).to_have_count(2)
    chosen = page.locator(".tile-card.here")
    expect(chosen).to_contain_text("List of records")
    page.locator("#p-label").fill("Deals to look at")
    page.locator("#sheet").get_by_role("button", name="Save in the draft").click()
    expect(chosen).to_contain_text("Deals to look at")
    page.get_by_role("button", name="Make Deals to look at narrower").click()
    expect(page.locator(".tile-card.width-3")).to_have_count(1)
    expect(page.locator(".tile-live .tile-empty")).to_contain_text("There are no such records.")

    page.goto(f"{BASE}/publish")
    page.get_by_label("Reason").fill("For Mondays")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Release 2 of “Tiny sales” is live.")).to_be_visible()
    page.goto("/a/tiny/dashboards/monday")
    expect(page.get_by_role("heading", name="Deals to look at")).to_be_visible()
    expect(page.locator(".tile-figure")).to_have_text("0")
