"""The inbox by keyboard, and rules tried on the records as they are, on a laptop and a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_alert_why import RULE
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Tiny
    from tests.support.site import Site


@pytest.fixture
def deals(tiny: Tiny, site: Site) -> None:
    """Three big deals of Alice's."""
    tiny.publish(tiny_app() | {"alerts": [RULE]})
    account = tiny.create("account", name="Acme", region="north").id
    for name in ("Pump", "Valve", "Boiler"):
        tiny.create("deal", name=name, account=account, amount="500")
    site.later(minutes=1)


def test_alerts_are_walked_acknowledged_and_opened_by_keys(deals: None, window: Callable[..., Any]) -> None:
    page = window("alice")
    page.goto("/inbox")
    page.keyboard.press("j")
    expect(page.locator(".notice").nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(page.locator(".notice").nth(1)).to_be_focused()
    expect(page.locator(".notice").nth(1)).to_contain_text("Valve is big.")

    page.keyboard.press("w")
    expect(page.locator(".notice").nth(1).locator(".why-body")).to_contain_text("500")
    page.locator(".notice").nth(1).focus()
    page.keyboard.press("a")
    expect(page.locator(".notice").nth(1)).to_contain_text("acknowledged by Alice")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.wait_for_url("**/silence")
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/a/tiny/deal/*")


@pytest.mark.parametrize("width", [1366, 390])
def test_who_would_be_told_now_fits_the_screen(deals: None, window: Callable[..., Any], width: int) -> None:
    page = window("ada", width=width)
    page.goto("/a/tiny/alerts/backtest?rule=big")
    page.get_by_role("button", name="Who would be told now?").click()

    expect(page.locator("#told-now")).to_contain_text("3 records")
    expect(page.locator("#told-now")).to_contain_text("Boiler is big.")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
