"""The designers in a browser: readable by everybody, dragged by mouse, used by keyboard, and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from engine import design
from tests.support.axe import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.site import Site

BASE = "/admin/design/tiny"
PAGES = (
    "forms/deal?at=/fields/2",
    "pipelines/deal_pipeline?at=/transitions/0",
    "okrs/sales?at=/objectives/0/key_results/0",
    "alerts/stale_deal",
    "settings?at=/roles/0",
    "condition?path=forms/deal.json&at=/fields/0/visible_if",
    "forms",
)


@pytest.mark.parametrize("width", [1366, 390])
def test_every_designer_is_readable_by_everybody(window: Callable[..., Any], width: int) -> None:
    page, wrong = window("ada", width=width), []
    for path in PAGES:
        answer = page.goto(f"{BASE}/{path}")
        assert answer.status == 200, path
        page.wait_for_load_state("load")
        looked = width > 1000 or path == PAGES[0]  # the eyes of axe are slow, and the pages are the same
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
