"""A config file edited as JSON, and people chosen at cloning, by hand in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support import axe

FILE = "/admin/design/tiny/files/forms/deal.json"


def _at_the_top(page):
    """Open the file and begin a line behind its first brace."""
    page.goto(FILE)
    field = page.get_by_role("textbox", name="JSON")
    field.click()
    for key in ("Control+Home", "End", "Enter"):
        field.press(key)
    return field


def test_json_is_proposed_explained_marked_formatted_and_saved(site, window):
    page = window("ada")
    field = _at_the_top(page)
    field.press_sequentially('"tilte": 1,')
    expect(page.locator(".cm-lint-marker-error").first).to_be_visible()
    page.evaluate("window.scrollTo(0, 0)")  # nothing lies half under the bar on top
    assert axe.violations(page) == []

    field = _at_the_top(page)
    field.press_sequentially('"desc', delay=30)
    page.get_by_role("option", name="description").first.click()
    expect(page.locator("[data-json-help]")).to_have_text("Description: What it is for, in a sentence or two.")
    field.press_sequentially('"Big ones')
    field.press("End")
    field.press_sequentially(",")
    page.get_by_role("button", name="Format").click()
    expect(page.locator(".cm-line").first).to_have_text("{")
    field.press("Control+s")

    expect(page.locator(".alert-success")).to_have_text("Saved in the draft.")
    expect(page.locator(".cm-content")).to_contain_text("Big ones")


def test_a_member_is_explained_under_the_pointer_and_a_place_of_the_address_is_shown(site, window):
    page = window("ada")
    page.goto(f"{FILE}?at=/fields/0/required")
    expect(page.locator(".cm-activeLine")).to_contain_text("required")

    page.locator(".cm-line", has_text='"required"').first.locator("span").first.hover()

    expect(page.locator(".cm-tooltip-said")).to_have_text("Must be filled A record cannot be saved while it is empty.")
    page.keyboard.press("Escape")


def test_json_is_edited_without_script_and_on_a_phone(site, window):
    page = window("ada", width=390, java_script_enabled=False)
    page.goto(FILE)
    area = page.locator("#text")
    area.fill(area.input_value().replace('"key": "deal"', '"key": "deal",  "description": "Small"'))
    page.get_by_role("button", name="Format").click()
    assert '"description": "Small",\n' in page.locator("#text").input_value()

    page.get_by_role("button", name="Save in the draft").click()

    expect(page.locator(".alert-success")).to_have_text("Saved in the draft.")


def test_people_are_chosen_for_a_role_at_cloning(site, window):
    page = window("ada")
    page.goto("/admin/samples/expense_claims")
    page.locator("summary", has_text="Who has which role").click()
    box = page.locator("details .ts-control input").first
    box.press_sequentially("Bo", delay=30)
    page.locator(".ts-dropdown .option", has_text="Bob").click()

    expect(page.locator("details .ts-control .item").first).to_contain_text("Bob")
    page.keyboard.press("Escape")
    expect(page.locator(".ts-dropdown").first).to_be_hidden()
    assert axe.violations(page) == []
