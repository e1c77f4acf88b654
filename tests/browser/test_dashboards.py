"""A dashboard in a real browser: its tiles come by themselves, numbers open their records, and everybody can read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support import axe
from tests.support.dashboards import app_with_dashboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.engine.conftest import Tiny

PAGE = "/a/tiny/dashboards/sales"


@pytest.fixture
def sales(tiny: Tiny) -> Tiny:
    tiny.publish(app_with_dashboard())
    acme = tiny.create("account", name="Acme", region="north")
    bolt = tiny.create("account", name="Bolt", region="south")
    for number in range(9):
        account = (acme, bolt)[number % 2]
        deal = tiny.create("deal", name=f"Deal {number}", account=account.id, amount=str(12_000 * (number + 1)))
        if number % 3:
            tiny.move(deal, "offer")
        if number % 3 == 2:
            tiny.move(deal, "won", "mona")
    return tiny


def come(page: Page, address: str = PAGE) -> None:
    page.goto(address)
    expect(page.locator(".dash-tile[aria-busy]")).to_have_count(0, timeout=20_000)
    page.wait_for_timeout(300)


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("STEERWAY_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("width", [1366, 390])
def test_dashboard_is_accessible_by_day_and_by_night(sales: Tiny, window: Callable[..., Page], width: int) -> None:
    page = window("alice", width=width)
    page.emulate_media(color_scheme="light")
    come(page)
    for closed in page.locator("details.tile-table, details.tile-how").all():
        closed.evaluate("one => one.open = true")
    shot(page, f"dashboard-{width}")

    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)
    shot(page, f"dashboard-{width}-night")
    assert axe.violations(page, only="color-contrast") == []


def test_filters_and_numbers_lead_on_with_the_keyboard(sales: Tiny, window: Callable[..., Page]) -> None:
    page = window("alice")
    come(page)

    page.get_by_label("Region", exact=True).select_option("south")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.locator("#tile-open .tile-figure")).to_have_text("3", timeout=20_000)
    page.locator("#tile-open .tile-figure a").press("Enter")

    expect(page.get_by_text("Behind “Open deals”")).to_be_visible()
    expect(page.locator("td.title")).to_have_count(3)


def test_dashboard_without_scripts_shows_everything(sales: Tiny, window: Callable[..., Page]) -> None:
    page = window("alice")
    page.goto("/")
    browser, base = page.context.browser, page.evaluate("location.origin")
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    still = plain.new_page()
    still.goto(f"{base}{PAGE}")
    still.wait_for_url("**whole=1*")

    expect(still.locator(".dash-tile[aria-busy]")).to_have_count(0)
    expect(still.locator("#tile-open .tile-figure")).to_have_text("6")
    plain.close()
