"""Two people edit one record in two windows: each field is chosen, and nothing that was typed is lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.engine.conftest import Tiny
    from tests.support.browser import Complaints


@pytest.mark.parametrize("width", [1366, 390])
def test_two_windows_merge_field_by_field(
    tiny: Tiny, window: Callable[..., Page], complaints: Complaints, width: int
) -> None:
    complaints.expect("409")
    account = tiny.create("account", name="South Co", region="south")
    deal = tiny.create("deal", name="Boiler", account=account.id, amount="10000", expected_on="2026-04-01")
    alice, mona = window("alice", width=width), window("mona")
    alice.goto(f"/a/tiny/deal/{deal.id}/edit")
    mona.goto(f"/a/tiny/deal/{deal.id}/edit")

    mona.locator("[name=name]").fill("Kettle")
    mona.locator("[name=amount]").fill("20000")
    mona.locator("[name=notes]").fill("called")
    mona.locator(".save-bar button.btn-primary").click()
    mona.wait_for_url(f"**/deal/{deal.id}")
    alice.locator("[name=name]").fill("Pot")
    alice.locator("[name=amount]").fill("15000")
    alice.locator("[name=expected_on]").fill("2026-05-01")
    alice.locator(".save-bar button.btn-primary").click()

    name, amount = (alice.get_by_role("radiogroup", name=label) for label in ("Name", "Amount"))
    expect(name.get_by_role("radio", name="Yours Pot")).to_be_checked()
    expect(alice.locator("[name=notes]")).to_have_value("called")
    if folder := os.environ.get("STEERWAY_SHOTS"):
        alice.screenshot(path=str(Path(folder) / f"two-sides-{width}.png"))
    amount.get_by_role("radio", name="Stored now ¥20,000").check()
    alice.locator(".save-bar button.btn-primary").click()
    alice.wait_for_url(f"**/deal/{deal.id}")

    kept = tiny.get(deal)
    assert (kept["name"], kept["amount"], kept["notes"], str(kept["expected_on"])) == (
        "Pot",
        2000000,
        "called",
        "2026-05-01",
    )
