"""A field of every type on one form: accessible at both widths, and the new ones used with mouse and keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import axe
from tests.support.field_samples import TYPED, app_with


@pytest.fixture
def gallery(tiny):
    config = app_with(*TYPED)
    account = next(form for form in config["forms"] if form["key"] == "account")
    account["fields"] += [
        {"key": "number", "type": "serial", "label": "Serial number", "pattern": "KH-{yyyy}{MM}-{000}"},
        {"key": "qr", "type": "barcode", "label": "QR code"},
        {"key": "bars", "type": "barcode", "label": "Code 128", "symbology": "code128"},
    ]
    tiny.publish(config)
    tiny.create("target", "ada", name="Target; one")
    tiny.create("target", "ada", name="Target two")
    values = {f"slot_{key}": sample.typed for key, sample in TYPED.items()}
    return tiny.create(
        "account", name="Acme", region="north", qr="https://example.com/客户", bars="PJJ-123 C", **values
    )


@pytest.mark.parametrize("width", [1366, 390])
def test_every_type_can_be_seen_and_read_by_everybody(gallery, window, width):
    page = window("alice", width=width)
    for address in ("/a/tiny/account/1", "/a/tiny/account/1/edit"):
        page.goto(address)
        page.wait_for_timeout(300)

        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_is_formatted_and_several_are_picked(gallery, tiny, window):
    page = window("alice")
    page.goto("/a/tiny/account/new")
    page.locator("#field-name").fill("Bolt")
    page.locator("#field-region").select_option("north")
    page.locator(".rich-paper").click()
    page.keyboard.type("Hello ")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("you")
    for name in ("bo", "mon"):
        page.locator("#wrap-field-slot_people .ts-control input").press_sequentially(name)
        expect(page.locator("#wrap-field-slot_people .option.active")).to_have_count(1)
        expect(page.locator("#wrap-field-slot_people .option")).to_have_count(1)
        page.keyboard.press("Enter")
    page.locator("#field-slot_address").select_option("浙江省")
    expect(page.locator("#field-slot_address-cities option").first).to_have_text("杭州市")
    page.locator("#field-name").press("Enter")
    page.wait_for_url("**/a/tiny/account/2")

    record = tiny.query("account", sort=["name"]).records[1]
    assert record["slot_rich_text"] == "<p>Hello <b>you</b></p>"
    assert record["slot_people"] == [tiny.user("bob").id, tiny.user("mona").id]
    assert record["number"] == "KH-202603-002"
