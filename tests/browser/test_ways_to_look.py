"""Boards, calendars and timelines in a real browser: dragging within gates, and what others change is seen."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support import axe
from tests.support.plans_app import plans_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.engine.conftest import Tiny
    from tests.support.browser import Complaints


@pytest.fixture
def planned(tiny: Tiny) -> Tiny:
    tiny.publish(plans_app())
    return tiny


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("STEERWAY_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def visit(page: Page, address: str) -> None:
    """Open a page and wait until it has asked for the first time whether anything changed."""
    with page.expect_response("**/live?*"):
        page.goto(address)
    page.wait_for_timeout(500)


def drag(page: Page, thing: Locator, target: Locator) -> None:
    """Drag as a hand does: press, move in steps, let go."""
    begin, end = thing.bounding_box(), target.bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] - 6)
    page.mouse.down()
    page.mouse.move(begin["x"] + begin["width"] / 2 + 12, begin["y"] + begin["height"], steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + min(end["height"] / 2, 60), steps=12)
    page.mouse.up()


def test_a_gate_refuses_a_dragged_card(planned: Tiny, window: Callable[..., Page], complaints: Complaints) -> None:
    complaints.expect("409")
    south = planned.create("account", name="South Co", region="south")
    deal = planned.create("deal", name="Turbine", account=south.id, amount="450000")
    planned.move(deal, "offer")
    page = window("alice")
    visit(page, "/a/tiny/deal/board")

    drag(page, page.locator(f"#card-{deal.id}"), page.locator('.column[data-stage="won"] .column-cards'))

    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Only northern deals with an amount are won without a manager.")
    shot(page, "board-refused")
    expect(page.locator(f'.column[data-stage="offer"] #card-{deal.id}')).to_have_count(1)
    assert planned.get(deal)["stage"] == "offer"


@pytest.mark.parametrize("screen", ["/a/tiny/deal/board", "/a/tiny/deal/board?lanes=account", "/a/tiny/deal/"])
def test_what_one_moves_the_other_sees_within_two_seconds(
    planned: Tiny, window: Callable[..., Page], screen: str
) -> None:
    acme = planned.create("account", name="Acme", region="north")
    deal = planned.create("deal", name="Boiler", account=acme.id, amount="12000")
    alice, mona = window("alice"), window("mona")
    visit(mona, screen)
    visit(alice, "/a/tiny/deal/board")

    drag(alice, alice.locator(f"#card-{deal.id}"), alice.locator('.column[data-stage="offer"] .column-cards'))
    expect(alice.locator('.column[data-stage="offer"] .board-card')).to_have_count(1)
    moved = monotonic()

    if "board" in screen:
        expect(mona.locator(f'.column[data-stage="offer"] #card-{deal.id}')).to_be_visible(timeout=2000)
    else:
        expect(mona.locator("#list tbody")).to_contain_text("Offer", timeout=2000)
    assert monotonic() - moved <= 2.0


def test_a_refreshed_board_can_be_dragged_on(planned: Tiny, window: Callable[..., Page]) -> None:
    acme = planned.create("account", name="Acme", region="north")
    page = window("alice")
    visit(page, "/a/tiny/deal/board")
    deal = planned.create("deal", by="alice", name="Boiler", account=acme.id, amount="12000")
    expect(page.locator(f"#card-{deal.id}")).to_be_visible()

    drag(page, page.locator(f"#card-{deal.id}"), page.locator('.column[data-stage="offer"] .column-cards'))

    expect(page.locator(f'.column[data-stage="offer"] #card-{deal.id}[data-version="2"]')).to_have_count(1)


def test_a_search_that_is_being_typed_is_not_disturbed(planned: Tiny, window: Callable[..., Page]) -> None:
    planned.create("plan", name="Fair")
    page = window("alice")
    visit(page, "/a/tiny/plan/")
    page.locator("#list details.menu summary").first.click()

    planned.create("plan", name="Later")
    page.wait_for_timeout(2500)
    expect(page.locator("#list details.menu").first).to_have_attribute("open", "")
    expect(page.locator("#list")).not_to_contain_text("Later")
    page.keyboard.press("Escape")

    expect(page.locator("#list")).to_contain_text("Later", timeout=3000)


def test_a_record_is_dragged_to_another_day(planned: Tiny, window: Callable[..., Page], complaints: Complaints) -> None:
    complaints.expect("422")
    plan = planned.create("plan", name="Fair", starts_on="2026-03-04", ends_on="2026-03-06", area="shop")
    page = window("alice")
    visit(page, "/a/tiny/plan/calendar?date=starts_on")

    drag(page, page.locator(f'[data-id="{plan.id}"]'), page.locator('[data-day="2026-03-03"] .entries'))
    expect(page.locator(f'[data-day="2026-03-03"] [data-id="{plan.id}"][data-version="2"]')).to_be_visible()
    assert str(planned.get(plan)["starts_on"]) == "2026-03-03"
    page.wait_for_timeout(2500)

    drag(page, page.locator(f'[data-id="{plan.id}"]'), page.locator('[data-day="2026-03-18"] .entries'))
    expect(page.locator("#dialog")).to_contain_text("A plan ends after it starts.")
    shot(page, "calendar-refused")
    page.locator("#dialog [data-close-dialog]").click()
    expect(page.locator(f'[data-day="2026-03-03"] [data-id="{plan.id}"]')).to_be_visible()
    assert str(planned.get(plan)["starts_on"]) == "2026-03-03"


def test_a_bar_is_moved_and_made_longer(planned: Tiny, window: Callable[..., Page]) -> None:
    plan = planned.create("plan", name="Fair", starts_on="2026-03-04", ends_on="2026-03-06", area="shop")
    page = window("alice")
    visit(page, "/a/tiny/plan/timeline?start=starts_on&end=ends_on")
    width = page.locator(".gantt svg").bounding_box()["width"] / 31

    def pull(part: Locator, days: int) -> None:
        box = part.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + days * width, y, steps=6)
        page.mouse.up()

    pull(page.locator(f'[data-id="{plan.id}"] .body'), 5)
    expect(page.locator(f'[data-id="{plan.id}"][data-first="2026-03-09"]')).to_have_attribute("data-last", "2026-03-11")
    pull(page.locator(f'[data-id="{plan.id}"] [data-grip="last"]'), 3)
    expect(page.locator(f'[data-id="{plan.id}"]')).to_have_attribute("data-last", "2026-03-14")

    kept = planned.get(plan)
    assert (str(kept["starts_on"]), str(kept["ends_on"])) == ("2026-03-09", "2026-03-14")


def test_who_else_changes_a_record_is_told(planned: Tiny, window: Callable[..., Page]) -> None:
    plan = planned.create("plan", name="Fair")
    mona, alice = window("mona"), window("alice")
    mona.goto(f"/a/tiny/plan/{plan.id}")
    alice.goto(f"/a/tiny/plan/{plan.id}/edit")

    expect(mona.locator("#who-is-here")).to_contain_text("Alice", timeout=4000)
    shot(mona, "who-is-here")
    alice.goto("/a/tiny/plan/")
    expect(mona.locator("#who-is-here")).to_be_hidden(timeout=4000)


SCREENS = {
    "calendar": "/a/tiny/plan/calendar?date=starts_on",
    "week": "/a/tiny/plan/calendar?view=away&mode=week",
    "timeline": "/a/tiny/plan/timeline?view=by_area",
    "cards": "/a/tiny/plan/cards",
    "lanes": "/a/tiny/deal/board?lanes=account",
}


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("screen", SCREENS)
def test_screens_are_accessible(planned: Tiny, window: Callable[..., Page], screen: str, width: int) -> None:
    acme = planned.create("account", name="Acme", region="north")
    for number in range(8):
        planned.create("deal", name=f"Deal {number}", account=acme.id, amount="12000")
        planned.create(
            "plan",
            name=f"Visit of customer {number}",
            starts_on=f"2026-03-{number // 2 + 3:02}",
            ends_on=f"2026-03-{number + 6:02}",
            away="2026-03-01 ~ 2026-03-05",
            area=["shop", "yard", None][number % 3],
        )
    page = window("alice", width=width)
    visit(page, SCREENS[screen])
    shot(page, f"{screen}-{width}")

    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
