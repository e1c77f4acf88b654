"""A list in a real browser: conditions built and saved as a view, shared and opened by others; values changed in place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import axe
from tests.support.browser import settle

LIST = "/a/tiny/deal/"


@pytest.fixture
def filled(site, tiny):
    acme = tiny.create("account", name="Acme", region="north")
    for person, names in {"alice": ["Boiler", "Turbine", "Valve"], "bob": ["Pump", "Crane"]}.items():
        for number, name in enumerate(names):
            tiny.create(
                "deal", by=person, name=name, account=acme.id, amount=str(1000 * (number + 1)), urgent=number == 0
            )
    return site


def titles(page):
    return page.locator("td.title a").all_inner_texts()


def fill(page, place: str, field: str, op: str, value: str = "") -> None:
    with page.expect_response("**/views/build"):
        page.locator(f'select[name="f.{place}"]').select_option(field)
    expect(page.locator(f'select[name="f.{place}"]')).to_have_value(field)
    page.locator(f'select[name="o.{place}"]').wait_for()
    if page.locator(f'select[name="o.{place}"]').input_value() != op:
        with page.expect_response("**/views/build"):
            page.locator(f'select[name="o.{place}"]').select_option(op)
        expect(page.locator(f'select[name="o.{place}"]')).to_have_value(op)
    if value:
        page.locator(f'input[name="v.{place}"]').fill(value)


def test_filter_is_built_saved_shared_and_opened_by_somebody_else(filled, window):
    page = window("alice")
    page.goto(LIST)
    settle(page)
    page.get_by_role("link", name="Conditions").click()
    fill(page, "0", "amount", "above", "1500")
    page.locator('button[value="group:"]').click()
    fill(page, "1.0", "name", "contains", "bine")
    fill(page, "1.1", "urgent", "yes")
    assert axe.violations(page) == []
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator(".chips")).to_contain_text(
        "Amount is more than 1,500 and (Name contains “bine” or Urgent is yes)"
    )
    assert titles(page) == ["Turbine"]

    page.get_by_text("View", exact=True).click()
    page.get_by_label("Name of the view").fill("Hot ones")
    page.get_by_label("Sales manager").check()
    page.get_by_role("button", name="Save as a view").click()
    expect(page.locator(".view-tabs a[aria-current]")).to_contain_text("Hot ones")
    address = page.url

    other = window("mona")
    other.goto(address)
    expect(other.locator(".view-tabs a[aria-current]")).to_contain_text("Hot ones")
    assert titles(other) == ["Turbine"]
    stranger = window("bob")
    stranger.goto(address)
    expect(stranger.get_by_text("There is no such view, or it is not shared with you.")).to_be_visible()
    assert sorted(titles(stranger)) == ["Crane", "Pump"]


def test_value_is_refused_mended_and_left_by_keys_alone(filled, tiny, window, complaints):
    complaints.expect("422 (UNPROCESSABLE ENTITY)")
    page = window("alice")
    page.goto(f"{LIST}?columns=name,amount,quantity&sort=name")
    settle(page)
    cell = page.locator("tbody tr").first.locator("td").nth(2)
    page.locator("tbody td[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    editor = page.locator("td.editing input[name=amount]")
    expect(editor).to_be_focused()
    editor.fill("-5")
    page.keyboard.press("Enter")
    expect(page.locator("td.editing [role=alert]")).to_be_visible()
    assert axe.violations(page) == []
    editor.fill("77")
    page.keyboard.press("Enter")
    expect(cell).to_contain_text("77")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(editor).to_be_focused()
    editor.fill("99")
    page.keyboard.press("Escape")
    expect(cell).to_contain_text("77")
    page.keyboard.press("Enter")
    expect(editor).to_be_focused()
    editor.fill("88")
    page.keyboard.press("Tab")
    expect(cell).to_contain_text("88")
    expect(page.locator("tbody tr").first.locator("td").nth(3)).to_be_focused()


def test_list_that_follows_others_waits_for_the_cell_that_is_being_opened(filled, tiny, window, complaints):
    page = window("alice")
    page.goto(f"{LIST}?columns=name,amount&sort=name")
    settle(page)
    held = []
    page.route("**/cell/amount*", lambda route: held.append(route) if not held else route.continue_())
    page.locator("tbody td[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    valve = next(one for one in tiny.query("deal").records if one["name"] == "Valve")
    tiny.update(valve, amount="7777")
    page.wait_for_timeout(2500)  # somebody else's change is asked for once a second
    held[0].continue_()

    expect(page.locator("td.editing input[name=amount]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("tbody")).to_contain_text("7,777")


def test_table_is_arranged_and_its_columns_pulled(filled, window):
    page = window("alice")
    page.goto(LIST)
    page.get_by_role("link", name=re.compile("^Amount")).click()
    expect(page).to_have_url(re.compile("sort=amount"))
    page.locator("thead a", has_text="Name").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("sort=amount%2Cname"))
    page.locator("summary", has_text="Arrange").click()
    page.locator("select[name=group]").select_option("urgent")
    page.locator("select[name='t.amount']").select_option("sum")
    page.locator(".arrange").get_by_role("button", name="Apply").click()
    expect(page.locator("tbody.group")).to_have_count(2)
    expect(page.locator(".group-head").first).to_contain_text("Sum")
    assert axe.violations(page) == []

    page.goto(LIST)
    settle(page)
    handle = page.locator("th[data-column=account] .width-handle")
    expect(handle).to_be_visible()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 5)
    page.mouse.down()
    with page.expect_response(re.compile("views/widths")):
        page.mouse.move(box["x"] + 124, box["y"] + 5, steps=4)
        page.mouse.up()
    wide = page.locator("th[data-column=account]").bounding_box()["width"]
    page.reload()
    assert abs(page.locator("th[data-column=account]").bounding_box()["width"] - wide) < 30


def test_list_and_conditions_fit_a_telephone(filled, window):
    page = window("alice", width=390)
    for address in (
        f"{LIST}?group=urgent&totals=amount:sum",
        f"{LIST}views/build?where=amount+%3E+3+or+urgent",
        f"{LIST}views/build?as=text",
    ):
        page.goto(address)
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert axe.violations(page) == []


def test_a_board_is_narrowed_arranged_and_kept(filled, window):
    page = window("alice")
    page.goto("/a/tiny/deal/board")
    page.get_by_role("link", name="Conditions").click()
    fill(page, "0", "amount", "above", "1500")
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator(".chips")).to_contain_text("Amount is more than 1,500")
    expect(page.locator(".column[data-stage=open] h3").filter(has_text="Boiler")).to_have_count(0)
    expect(page.locator(".column[data-stage=open] h3").filter(has_text="Valve")).to_be_visible()

    page.get_by_text("Arrange", exact=True).click()
    page.get_by_label("Lanes").select_option("account")
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator(".lane").first).to_contain_text("Acme")
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Name of the view").fill("Big by account")
    page.get_by_role("button", name="Save as a view").click()
    expect(page.locator(".view-tabs a[aria-current]")).to_contain_text("Big by account")
    expect(page.locator(".lane").first).to_contain_text("Valve")
    expect(page.locator(".board-page, .board").first).not_to_contain_text("Boiler")
    assert axe.violations(page) == []
