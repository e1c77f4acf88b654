"""Every page in a real browser: accessible, within its budget, without a word from the console."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import axe
from tests.support.browser import settle

PAGES = {
    "home": "/",
    "inbox": "/inbox",
    "list": "/a/tiny/deal/?f.stage=open&f.amount.min=1",
    "empty list": "/a/tiny/visit/",
    "board": "/a/tiny/deal/board",
    "record": "/a/tiny/deal/1",
    "new": "/a/tiny/deal/new",
    "edit": "/a/tiny/deal/1/edit",
    "move": "/a/tiny/deal/1/move?to=lost",
    "okr": "/a/tiny/okr/sales",
    "import": "/a/tiny/account/import",
    "expression": "/a/tiny/deal/expression?text=amount+%3E+1&record=1",
    "search": "/search?q=boiler",
}


@pytest.fixture
def filled(site, tiny):
    account = tiny.create("account", name="Acme", region="north", tier="key_account", phone="13800138000")
    deal = tiny.create(
        "deal", name="Boiler", account=account.id, amount="12000", tags=["new"], reviewer="mona", notes="Hello\nthere"
    )
    tiny.update(deal, amount="13000")
    won = tiny.create("deal", name="Turbine", account=account.id, amount="5000")
    tiny.move(tiny.move(won, "offer"), "won")
    site.later(hours=1)
    site.later(days=40)
    return site


def test_pages_are_accessible_by_day_and_by_night(filled, window):
    page = window("alice")

    found = {}
    for name, address in PAGES.items():
        page.emulate_media(color_scheme="light")
        page.goto(address)
        settle(page)
        found[name] = axe.violations(page)
        page.emulate_media(color_scheme="dark")  # which changes colours alone
        settle(page)
        found[f"{name} by night"] = axe.violations(page, only="color-contrast")

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_pages_are_accessible_on_a_phone(filled, window):
    page = window("alice", width=390)

    found = {}
    for name, address in PAGES.items():
        page.goto(address)
        settle(page)
        found[name] = axe.violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 390:
            found[name].append(f"scrolls sideways: {wide} px")

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_sign_in_is_accessible(window):
    page = window()
    page.goto("/sign-in")

    assert axe.violations(page) == []


def test_list_page_comes_cold_within_its_budget(site, tiny, window):
    for number in range(50):
        account = tiny.create("account", name=f"Account {number}", region="north")
        tiny.create("deal", name=f"Deal {number}", account=account.id, amount="12000")
    cold = window()
    cookies = window("alice").context.cookies()
    cold.context.add_cookies(cookies)
    answers = []
    cold.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright cannot call built-in methods

    cold.goto("/a/tiny/deal/", wait_until="networkidle")

    sizes = {answer.url.split("/")[-1]: len(answer.body()) for answer in answers if answer.status == 200}
    assert len(answers) <= 12
    assert sum(sizes.values()) <= 600_000


def test_record_opens_in_a_drawer_with_its_own_address(filled, window):
    page = window("alice")
    page.goto("/a/tiny/deal/?sort=name")

    page.get_by_role("link", name="Boiler").click()
    drawer = page.locator("dialog#drawer")
    expect(drawer.get_by_role("heading", level=1)).to_have_text("Boiler")
    expect(page).to_have_url(re.compile(r"/a/tiny/deal/1$"))

    page.go_back()
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/a/tiny/deal/\?sort=name$"))

    page.go_forward()
    expect(drawer.get_by_role("heading", level=1)).to_have_text("Boiler")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/a/tiny/deal/\?sort=name$"))


def test_drawer_is_a_page_on_a_phone(filled, window):
    page = window("alice", width=390)
    page.goto("/a/tiny/deal/")

    page.get_by_role("link", name="Boiler").click()

    page.wait_for_url("**/a/tiny/deal/1")
    expect(page.locator("main").get_by_role("heading", level=1)).to_have_text("Boiler")


def test_list_is_filtered_without_leaving_it(filled, window):
    page = window("alice")
    page.goto("/a/tiny/deal/")

    page.locator(".toolbar summary", has_text="Filter").click()
    page.locator(".filter-panel summary", has_text="Account").click()
    page.locator("#filter-account-ts-control").press_sequentially("Ac")
    page.locator(".ts-dropdown .option", has_text="Acme").click()
    page.locator(".filter-panel summary", has_text="Stage").first.click()
    page.locator(".filter-panel").get_by_label("Won").check()
    page.get_by_role("button", name="Apply").click()

    expect(page.locator(".chip")).to_have_text(["Account is Acme", "Stage is Won"])
    expect(page.locator("td.title a")).to_have_text(["Turbine"])
    page.locator(".chip", has_text="Stage").get_by_role("link").click()
    expect(page.locator("td.title a")).to_have_count(2)


def test_search_box_searches_while_typing(filled, window):
    page = window("alice")
    page.goto("/a/tiny/deal/")

    page.keyboard.press("/")
    page.keyboard.type("turb", delay=40)

    expect(page.locator("td.title a")).to_have_text(["Turbine"])
    expect(page.locator("#find")).to_be_focused()
    assert page.url.endswith("?q=turb")


def test_conditional_field_appears_while_typing(site, tiny, window):
    from tests.support.configs import field_of, tiny_app

    config = tiny_app()
    field_of(config, "deal", "discount").update({"visible_if": "amount > 100", "required_if": "amount > 100"})
    tiny.publish(config)
    page = window("alice")
    page.goto("/a/tiny/deal/new")
    expect(page.locator("#field-discount")).to_have_count(0)

    page.locator("#field-amount").fill("200")
    page.locator("#field-amount").press("Tab")

    expect(page.locator("#field-discount")).to_be_visible()
    expect(page.locator("#field-discount")).to_have_attribute("aria-required", "true")
    page.locator("#field-discount").fill("10")
    page.locator("#field-discount").press("Tab")
    expect(page.locator("#wrap-field-net_amount")).to_contain_text("¥180")
    expect(page.locator("#field-discount")).to_have_value("10")


def test_alert_says_why(filled, window):
    page = window("alice")
    page.goto("/inbox")

    page.locator(".notice summary").first.click()

    expect(page.locator(".notice .why-body").first).to_contain_text("Days in stage")


def test_expression_editor_completes_and_corrects(filled, window):
    page = window("alice")
    page.goto("/a/tiny/deal/expression")

    field = page.get_by_role("textbox", name="Expression")
    field.press_sequentially("amoun", delay=30)
    page.get_by_role("option", name="amount").first.click()
    field.press_sequentially(" > 100")
    page.locator("#record-ts-control").press_sequentially("Boil")
    page.locator(".ts-dropdown .option", has_text="Boiler").click()
    page.get_by_role("button", name="Try").click()

    expect(page.locator("#result")).to_contain_text("yes")
    expect(page.locator("#result .tree").first).to_contain_text("13,000")


def test_everything_works_without_script(filled, window, complaints):
    complaints.expect("422 (UNPROCESSABLE ENTITY)")
    page = window("alice", java_script_enabled=False)

    page.goto("/a/tiny/deal/new")
    page.locator("#field-name").fill("By hand")
    page.locator("#field-account").fill("Acme")
    page.locator("#field-amount").fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")

    page.get_by_role("button", name="Make an offer").click()
    expect(page.locator(".stage-path [aria-current]")).to_contain_text("Offer")

    page.goto("/a/tiny/deal/board")
    page.locator("#card-3 summary").click()
    page.locator("#card-3").get_by_role("button", name="Lose").click()
    expect(page.locator("#move-lost_reason-error")).to_have_text("This field must be filled for this move.")
    page.locator("#move-lost_reason").fill("price")
    page.get_by_role("button", name="Lose").click()
    expect(page.locator(".column[data-stage=lost] #card-3")).to_be_visible()


def test_links_to_a_place_of_the_page_leave_the_page_as_it_is(window):
    page = window("ada")
    page.goto("/admin/new-app/")
    page.locator("main input[type=text], main input:not([type])").first.fill("typed")

    page.evaluate("document.activeElement.blur(); document.body.dataset.before = '1'; scrollTo(0, 0)")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("#content$"))
    page.wait_for_timeout(300)
    assert page.evaluate("[document.body.dataset.before, document.activeElement.id]") == ["1", "content"]
    expect(page.locator("main input[type=text], main input:not([type])").first).to_have_value("typed")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.go_back()
    page.wait_for_timeout(300)
    assert page.evaluate("document.body.dataset.before") == "1"
