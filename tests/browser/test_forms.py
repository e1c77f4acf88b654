"""Forms as people fill them: steps, tabs, conditions while typing, drafts on a second device, rows pasted from a sheet."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

from tests.support import axe
from tests.support.order_app import order_app

REFUSED = "422"


def _photograph(page: Page, name: str) -> None:
    """Keep a picture where STEERWAY_SHOTS says, to be looked at."""
    if folder := os.environ.get("STEERWAY_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture(autouse=True)
def orders(tiny):
    tiny.publish(order_app())


@pytest.mark.parametrize("width", [1366, 390])
def test_steps_are_walked_forward_and_back(site, tiny, window, complaints, width):
    complaints.expect(REFUSED)
    page = window("alice", width=width)
    page.goto("/a/tiny/survey/new")
    assert axe.violations(page) == []

    page.get_by_role("button", name="Next").click()
    expect(page.locator("#field-name-error")).to_be_visible()
    _photograph(page, f"steps-{width}")
    assert axe.violations(page) == []
    page.locator("#field-name").fill("Kim")
    page.locator("#field-age").fill("12")
    page.locator("#field-age").press("Enter")
    expect(page.get_by_role("heading", name="Pupil Step 2 of 3")).to_be_focused()
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#field-name")).to_have_value("Kim")
    page.locator("#field-age").fill("30")
    expect(page.locator("#step-pupil")).to_be_hidden()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="End Step 2 of 2")).to_be_focused()
    _photograph(page, f"steps-last-{width}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/a/tiny/survey/1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1366, 390])
def test_fault_behind_a_tab_opens_it(site, window, complaints, width):
    complaints.expect(REFUSED)
    page = window("alice", width=width)
    page.goto("/a/tiny/sheet/new")
    expect(page.locator("#page-details")).to_be_hidden()
    page.locator("#field-name").fill("Sheet")
    page.get_by_role("button", name="Save").last.click()

    tab = page.get_by_role("tab", name=re.compile("Details"))
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator("#field-memo-error")).to_be_visible()
    _photograph(page, f"tabs-{width}")
    assert axe.violations(page) == []
    tab.press("ArrowLeft")
    expect(page.locator("#field-name")).to_be_visible()
    page.get_by_role("link", name="Memo").click()
    expect(page.locator("#field-memo")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_conditions_follow_the_typing_and_leave_the_caret(site, window):
    page = window("alice")
    page.goto("/a/tiny/chain/new")
    page.locator("#field-name").fill("One")
    page.locator("#field-a").check()
    field = page.locator("#field-b")
    expect(field).to_be_visible()
    expect(field).to_have_attribute("aria-required", "true")
    field.press_sequentially("abcdef", delay=120)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#field-c")).to_be_visible()
    expect(page.locator("#section-more")).to_be_visible()

    page.keyboard.type("X")
    page.wait_for_timeout(600)

    expect(field).to_be_focused()
    assert field.input_value() == "abcdXef"
    assert field.evaluate("field => field.selectionStart") == 5


def test_draft_is_resumed_in_a_second_browser(site, tiny, window):
    first = window("alice")
    first.goto("/a/tiny/sheet/new")
    first.locator("#field-name").fill("Half a sheet")
    first.locator("#field-kind").select_option("car")
    expect(first.locator("#draft-note")).to_contain_text("Draft saved 09:00")
    with first.expect_response("**/draft"):
        first.locator("#field-plate").fill("AB 1")
    _photograph(first, "draft-first")

    second = window("alice", width=390)
    _photograph(second, "draft-home-390")
    assert axe.violations(second) == []
    second.get_by_role("link", name="Continue").click()
    expect(second.locator("#field-plate")).to_have_value("AB 1")
    second.get_by_role("tab", name="Details").click()
    second.locator("#field-memo").fill("done")
    second.get_by_role("button", name="Save").last.click()
    second.wait_for_url("**/a/tiny/sheet/1")
    assert [one["plate"] for one in tiny.query("sheet").records] == ["AB 1"]
    second.goto("/")
    expect(second.get_by_text("You have an unfinished form")).to_have_count(0)


_PASTE = """(cell, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize("width", [1366, 390])
def test_cells_of_a_spreadsheet_are_pasted_as_rows(site, tiny, window, complaints, width):
    complaints.expect(REFUSED)
    tiny.create("product", name="Bolt", price="2")
    page = window("alice", width=width)
    page.goto("/a/tiny/order_form/new")
    page.locator("#field-name").fill("Order")
    page.get_by_role("button", name="Add a row").click()
    cell = page.get_by_label("Quantity, row 1")
    expect(page.locator("#field-lines__new1 td[data-column=product] input:not([type=hidden])").last).to_be_focused()

    cell.evaluate(_PASTE, "5\\t1.50\nmany\\t2\n7\\t3\n".replace("\\t", "\t"))

    expect(page.locator("tr[data-row]")).to_have_count(3)
    expect(page.locator("[data-table=lines] .invalid-feedback")).to_contain_text(["is not a number"])
    _photograph(page, f"paste-{width}")
    assert axe.violations(page) == []
    wrong = page.get_by_label("Quantity, row 2")
    wrong.fill("6")
    expect(page.locator("#totals-field-lines")).to_contain_text("18")
    expect(page.locator("#totals-field-lines")).to_contain_text("¥40.5")
    page.get_by_role("button", name="Move row 3 up").click()
    expect(page.get_by_label("Quantity, row 2")).to_have_value("7")
    page.get_by_role("button", name="Save").last.click()
    page.wait_for_url("**/a/tiny/order_form/1")
    _photograph(page, f"order-{width}")
    assert axe.violations(page) == []
    assert [one["quantity"] for one in tiny.query("line", sort=["position"]).records] == [5, 7, 6]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_thousand_rows_are_usable_and_only_what_was_touched_is_sent(site, tiny, window):
    order = tiny.create("order_form", name="Long")
    with tiny.db.begin() as session:
        from engine.records.subtables import RowInput, save

        rows = [RowInput(f"new{n}", {"quantity": "2", "price": str(n)}) for n in range(1, 1001)]
        live = tiny.live(session)
        save(session, live, "order_form", order.id, {}, {"lines": rows}, tiny.user("alice"), tiny.now)
    page = window("alice")
    page.goto(f"/a/tiny/order_form/{order.id}/edit")
    expect(page.locator("tr[data-row]")).to_have_count(200)
    expect(page.locator("#totals-field-lines")).to_contain_text("1,000 rows")

    with page.expect_request("**/conditions**") as sent:
        page.get_by_label("Quantity, row 3", exact=True).fill("52")
    assert len(re.findall(r"__quantity=", sent.value.post_data or "")) == 1
    expect(page.locator("#totals-field-lines")).to_contain_text("2,050")
    page.get_by_role("button", name="Show 200 more rows").click()
    expect(page.locator("tr[data-row]")).to_have_count(400)
    page.get_by_role("button", name="Save").last.click()
    page.wait_for_url(f"**/a/tiny/order_form/{order.id}")
    assert [one["quantity"] for one in tiny.query("line", sort=["position"]).records][:4] == [2, 2, 52, 2]
