"""An HR person who never sees JSON writes a test of a shipped sample in its designer, sees what differs, and takes it over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from engine import design
from engine.config.load import load
from engine.people import SYSTEM, find_user
from engine.releases import publish
from tests.support.axe import violations
from tests.support.rooms import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.site import Site

DESK = "/admin/design/sales_pipeline"


@pytest.fixture(autouse=True)
def sample(site: Site) -> None:
    """The sales pipeline, live, without records."""
    with site.db.begin() as session:
        publish(session, load(ROOT / "sample_configs/sales_pipeline"), SYSTEM, site.now, "for a test")


class Writer:
    """Somebody at the designer of a test: everything by its visible words."""

    def __init__(self, page: Page) -> None:
        self.page, self.sheet = page, page.locator("#sheet")

    def press(self, name: str, within: str = "") -> None:
        """Press a button and wait until the page is drawn anew."""
        self.page.evaluate("document.getElementById('designer').dataset.before = '1'")
        box = self.page.get_by_role("region", name=within, exact=True) if within else self.page.locator("#designer")
        box.get_by_role("button", name=name).last.click()
        self.page.locator("#designer:not([data-before])").wait_for()

    def add(self, box: str, button: str, **chosen: str) -> None:
        """Add something in a box: what is chosen first, then the button."""
        region = self.page.get_by_role("region", name=box, exact=True)
        for label, value in chosen.items():
            control = region.locator(".story-add").last.get_by_label(label.replace("_", " "), exact=True)
            if label == "Name":
                control.fill(value)
            else:
                control.select_option(label=value)
        self.press(button, box)

    def field(self, label: str, group: str = "") -> Any:
        """Return a control of the sheet by its label, wherever it is folded away."""
        self.page.evaluate("document.querySelectorAll('#sheet details').forEach(one => { one.open = true; })")
        within = self.sheet.get_by_role("group", name=group) if group else self.sheet
        return within.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$")).first

    def save(self) -> None:
        self.press("Save in the draft")

    def choose(self, name: str) -> None:
        self.page.locator("#canvas").get_by_role("link", name=name, exact=True).first.click()
        expect(self.page.locator("#canvas a[aria-current=true]")).to_have_text(name)

    def run(self) -> None:
        self.page.get_by_role("link", name="Run this test").click()
        expect(self.page.locator(".story-run .pill")).to_be_visible()


def test_a_test_is_written_fails_in_words_and_passes_with_what_came_out(site: Site, window: Callable[..., Any]) -> None:
    page = window("ada")
    page.goto(f"{DESK}/tests")
    page.get_by_label("What it shows").fill("Only legal hands over to service")
    page.get_by_role("button", name="New test").click()
    writer = Writer(page)
    expect(page.locator("#canvas")).to_contain_text("Only legal hands over to service")

    writer.add("Who is there", "Add somebody", Name="Rui", Role="Sales manager")
    writer.choose("Only legal hands over to service")
    writer.field("Who acts").select_option(label="Rui")
    writer.save()
    writer.add("What is there", "Add a record", Form="Customer")
    writer.field("Name", "Values").fill("Acme")
    writer.field("Region").select_option(label="East China")
    writer.field("Owner").select_option(label="Rui")
    writer.save()
    writer.add("What is there", "Add a record", Form="Opportunity")
    writer.field("Name", "Values").fill("Old line")
    writer.field("Customer").select_option(label="Acme (Customer)")
    writer.field("Product").select_option(label="New product")
    writer.field("Stage").select_option(label="Signing and delivery")
    writer.field("Owner").select_option(label="Rui")
    writer.save()
    writer.add("What happens", "moves it", Which_record="Old line (Opportunity)")
    writer.field("Which move").select_option(label="Hand over to service")
    writer.field("Does it go through?").select_option(label="It is refused, and this is said:")
    writer.field("Why").select_option(label="The move is for other roles")
    writer.save()
    writer.add("What happens", "Somebody creates a record", Form="Opportunity")
    writer.field("Name", "What is filled in").fill("New line")
    writer.field("Customer").select_option(label="Acme (Customer)")
    writer.field("Product").select_option(label="New product")
    writer.field("Amount").fill("200000")
    writer.save()
    writer.add("What must be true at the end", "Expect something of this record", Which_record="New line (Opportunity)")
    writer.field("Expected revenue").fill("25000")
    writer.save()

    canvas = page.locator("#canvas")
    expect(canvas).to_contain_text("Rui moves Old line (Opportunity): Hand over to service")
    expect(canvas).to_contain_text("is refused The move is for other roles")
    writer.run()
    expect(page.locator(".story-run")).to_contain_text("One thing is not as expected")
    card = page.locator(".story-card.differs")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("“Expected revenue”: expected 25000.00, found 20000.00.")
    card.get_by_role("button", name="Expect what came out").click()
    expect(page.locator(".story-run")).to_contain_text("Everything is as expected.")
    expect(page.locator(".story-card.differs")).to_have_count(0)
    expect(canvas).to_contain_text(re.compile(r"Expected revenue\s*20000"))
    page.get_by_role("link", name="JSON", exact=True).last.click()
    page.get_by_role("link", name="Designer").click()
    expect(page.locator("#canvas")).to_contain_text("Only legal hands over to service")
    with site.db() as session:
        test: Any = design.content_of(design.source_in_work(session, "sales_pipeline"), "tests/test_1.json")
    assert test["expect"]["records"] == [{"record": "opportunity_2", "values": {"expected_revenue": 20000.0}}]
    assert test["steps"][0]["refused"] == [{"code": "move.role"}]


@pytest.mark.parametrize("width", [1366, 390])
def test_a_story_is_readable_by_everybody(site: Site, window: Callable[..., Any], width: int) -> None:
    path, wrong = "tests/opportunity_all_the_way.json", []
    with site.db.begin() as session:
        source = design.source_in_work(session, "sales_pipeline")
        test: Any = design.content_of(source, path)
        broken = {**test, "expect": {**test["expect"], "counts": {"contract": 7}}}
        user, seen = find_user(session, "ada"), design.seen_of(source, path)
        design.edit_file(session, "sales_pipeline", path, broken, user, site.now, seen=seen)
    page = window("ada", width=width)
    for at in ("/steps/0", "/steps/0/expect/records/0", "/expect"):
        page.goto(f"{DESK}/tests/opportunity_all_the_way?run=1&at={at}")
        page.evaluate("document.querySelectorAll('#sheet details').forEach(one => { one.open = true; })")
        wrong += [f"{at}: {one}" for one in violations(page)] if width > 1000 or at == "/expect" else []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{at}: {wide} pixels wider than the screen"] if wide > 1 else []

    assert not wrong, "\n".join(wrong)


def test_on_a_phone_the_properties_come_into_sight_with_what_is_chosen(window: Callable[..., Any]) -> None:
    page = window("ada", width=390)
    page.goto(f"{DESK}/tests/opportunity_all_the_way")
    last = page.locator("[data-drop-list='/steps'] > .story-card > .story-head > a").last
    last.scroll_into_view_if_needed()
    expect(page.locator(".properties")).not_to_be_in_viewport()

    last.click()

    expect(page.locator(".properties")).to_be_in_viewport()
    expect(page.locator("#sheet").get_by_label("Which move")).to_be_in_viewport()


def test_steps_are_chosen_by_keyboard_and_dragged(window: Callable[..., Any]) -> None:
    page = window("ada")
    page.goto(f"{DESK}/tests/opportunity_all_the_way")
    links = page.locator("[data-drop-list='/steps'] > .story-card > .story-head > a")
    second = links.nth(1)
    second.focus()
    page.keyboard.press("Enter")
    expect(links.nth(1)).to_have_attribute("aria-current", "true")
    said = links.nth(2).inner_text()

    page.locator("#sheet").get_by_role("button", name="Move down").press("Enter")

    expect(links.nth(2)).to_have_attribute("aria-current", "true")
    expect(links.nth(1)).to_have_text(said)
