"""Fields with a look of their own, used with mouse and keyboard on a phone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support import axe
from tests.support.configs import form_of, tiny_app

FIELDS = ["integer", "rating", "time", "duration", "color", "tags", "date_range", "address", "json"]
STAY = "2026-03-02/2026-03-06"


def test_more_fields_are_filled_on_a_phone(site, tiny, window):
    config = tiny_app()
    form_of(config, "account")["fields"] += [{"key": f"a_{name}", "type": name, "label": name} for name in FIELDS]
    tiny.publish(config)
    page = window("alice", width=390)
    page.goto("/a/tiny/account/new")
    page.locator("#field-name").fill("Acme")
    page.locator("#field-region").select_option("north")

    assert axe.violations(page) == []
    page.locator(".rating-star span").nth(2).click()
    page.keyboard.press("ArrowRight")
    page.locator("[data-color-for]").fill("#ff8800")
    expect(page.locator("#field-a_color")).to_have_value("#ff8800")
    page.locator("#field-a_time").fill("07:30")
    page.locator("#field-a_duration").fill("90 分钟")
    page.locator("#wrap-field-a_tags input:not([type=hidden])").press_sequentially("urgent")
    page.keyboard.press("Enter")
    page.keyboard.type("cold")
    for day, place in (("2026-03-02", "First day"), ("2026-03-06", "Last day")):
        page.get_by_label(place).fill(day)
    expect(page.locator("#wrap-field-a_tags .item")).to_have_count(2)
    page.locator("#field-name").press("Enter")
    page.wait_for_url("**/a/tiny/account/1")

    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    [record] = tiny.query("account").records
    assert [record[f"a_{name}"] for name in FIELDS] == [
        None,
        4.0,
        "07:30",
        90.0,
        "#ff8800",
        ["urgent", "cold"],
        STAY,
        None,
        None,
    ]
