"""An HR person who never sees JSON builds, publishes, uses and (on purpose) breaks a leave-request app, in the designers only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from engine.db import create_system_tables, make_engine, sessions
from tests.support.browser import Complaints, settle
from tests.support.people import make_people
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from playwright.sync_api import Page
    from sqlalchemy.orm import Session, sessionmaker

DESK = "/admin/design/leave_requests"


@pytest.fixture
def db(tmp_path: Path, now: datetime) -> Iterator[sessionmaker[Session]]:
    """An empty system: people, and no app at all."""
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    create_system_tables(engine)
    with sessions(engine).begin() as session:
        make_people(session, "nothing", now)
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def site(db: sessionmaker[Session], now: datetime, tmp_path: Path) -> Site:
    return Site(db, now, tmp_path)


def said(label: str) -> re.Pattern[str]:
    """Match a label with or without the mark of what must be filled."""
    return re.compile(rf"^\s*{label}\s*\*?\s*$")


class Designer:
    """Somebody at the designers: everything by its visible words."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def create(self, section: str, name: str, form: str = "") -> None:
        self.page.goto(f"{DESK}/{section}")
        self.page.get_by_label("Its name").fill(name)
        if form:
            self.page.get_by_label("For which form").select_option(label=form)
        self.page.get_by_role("button", name="Create").click()
        expect(self.page.locator(".canvas-title")).to_have_text(name)

    def card(self, name: str) -> None:
        """Choose a thing on the canvas."""
        cards = self.page.locator(".canvas a:not(.map-move):not(.map-stage)")
        cards.filter(has_text=re.compile(rf"^\s*{name}")).first.click()
        expect(self.chosen).to_contain_text(name)

    def add_field(self, name: str, kind: str) -> None:
        self.page.get_by_label("Its name").fill(name)
        self.press(self.page.locator(".palette").get_by_role("button", name=kind, exact=True))
        expect(self.chosen).to_contain_text(name)

    def press(self, button: Any) -> None:
        """Press a button and wait until the page is drawn anew."""
        self.page.evaluate("document.getElementById('designer').dataset.before = '1'")
        button.click()
        self.page.locator("#designer:not([data-before])").wait_for()

    def save(self) -> None:
        self.press(self.page.locator(".sheet-bar").get_by_role("button", name="Save in the draft"))

    def rename(self, old: str, new: str, label: str = "Title") -> None:
        self.card(old)
        self.sheet.get_by_label(said(label)).first.fill(new)
        self.save()
        expect(self.chosen).to_contain_text(new)

    @property
    def chosen(self) -> Any:
        return self.page.locator(".canvas a:not(.map-move)[aria-current=true]").first

    @property
    def sheet(self) -> Any:
        return self.page.locator("#sheet")

    def conditions(self, of: str, field: str, option: str) -> None:
        """Fill in a condition: a choice has an option."""
        opener = self.sheet.locator(".sheet-group").filter(has_text="Conditions").first
        if not opener.evaluate("one => one.open"):
            opener.locator("summary").first.click()
        line = self.sheet.locator(".sheet-line").filter(has=self.page.get_by_text(of, exact=True))
        line.get_by_role("button", name="Fill in conditions").click()
        self.page.get_by_label("Field", exact=True).select_option(label=field)
        self.page.get_by_label("Value").select_option(label=option)
        self.page.get_by_role("button", name="Save in the draft").last.click()
        expect(self.page.locator(".sheet-said")).to_contain_text(option)

    def open(self, part: str, card: str = "") -> None:
        self.page.goto(f"{DESK}/{part}")
        if card:
            self.card(card)

    def write(self, of: str, text: str) -> None:
        """Write an expression and save."""
        settle(self.page)  # before it the editor's place is taken by a plain box
        line = self.sheet.locator(".sheet-line").filter(has=self.page.get_by_text(said(of)))
        box = line.get_by_role("textbox", name=said(of))
        box.press("ControlOrMeta+a")
        box.press_sequentially(text, delay=20)
        self.save()

    @property
    def problems(self) -> Any:
        return self.page.locator(".problems")

    def publish(self, reason: str) -> None:
        self.page.goto(f"{DESK}/publish")
        self.page.get_by_label("Reason").fill(reason)
        self.page.get_by_role("button", name="Publish", exact=True).click()
        expect(self.page.get_by_text(re.compile("^Release .* is live"))).to_be_visible()

    def refused(self, *told: str) -> None:
        """The page before publishing asks where the records go; without an answer nothing is published."""
        self.page.goto(f"{DESK}/publish")
        asked = self.page.locator("section").filter(has=self.page.get_by_role("heading", name="Where records go"))
        for text in told:
            expect(asked).to_contain_text(text)
        self.page.get_by_label("Reason").fill("Without saying where")
        self.page.evaluate("for (const one of document.querySelectorAll('form')) one.noValidate = true")
        self.page.get_by_role("button", name="Publish", exact=True).click()
        expect(self.page.get_by_role("alert").first).to_be_visible()
        expect(self.page.get_by_text(re.compile("^Release .* is live"))).to_have_count(0)

    def drop(self) -> None:
        """Drop the draft: what is live did not change."""
        self.page.goto(f"{DESK}/")
        self.page.get_by_text("Drop the draft …").click()
        self.page.get_by_role("button", name="Drop the draft").click()
        expect(self.page.get_by_text("The draft is dropped")).to_be_visible()


def test_from_nothing_to_a_decision_and_six_mistakes(
    site: Site, window: Callable[..., Page], complaints: Complaints
) -> None:
    complaints.expect("422 (UNPROCESSABLE ENTITY)")  # what a refused release answers with
    page = window("ada")
    ada = Designer(page)
    build(ada)
    ada.publish("The first version")
    give_roles(page)

    file_a_request(window("alice", width=390))
    site.later(minutes=1)
    decide(window("mona"))

    for mistake in (unknown_name, circle, bomb, removed_stage, narrowed_choice, hides_everything):
        mistake(ada)
        ada.drop()


def build(ada: Designer) -> None:
    page = ada.page
    page.goto("/admin/samples/")
    page.get_by_role("link", name="Start from nothing").click()
    page.get_by_label("Name of the app").fill("Leave requests")
    page.get_by_role("button", name="Begin").click()

    ada.create("forms", "Leave")
    ada.rename("Title", "Reason")
    ada.add_field("Kind", "One of several")
    ada.sheet.locator(".sheet-row").nth(0).get_by_label(said("Title")).first.fill("Annual leave")
    ada.sheet.locator(".sheet-row").nth(1).get_by_label(said("Title")).first.fill("Sick leave")
    ada.save()
    ada.add_field("First day", "Date")
    ada.add_field("Days", "Whole number")
    ada.add_field("Doctor's note", "Short text")
    ada.conditions("Shown only when", "Kind", "Sick leave")

    ada.create("pipelines", "Approval", "Leave")
    for old, new in (("Under way", "Waiting"), ("Done", "Approved"), ("Given up", "Refused")):
        ada.rename(old, new)
    for old, new in (("Finish", "Approve"), ("Give up", "Refuse")):
        ada.card(old)
        ada.sheet.get_by_label(said("Name of the button")).first.fill(new)
        ada.sheet.get_by_label("Manager").check()
        ada.save()

    ada.create("okrs", "This quarter", "Leave")
    ada.rename("Records in this cycle", "Requests filed")

    ada.create("alerts", "New request", "Leave")
    page.locator(".canvas .field-card").first.click()
    page.locator(".canvas .field-card[aria-current=true]").wait_for()
    ada.sheet.get_by_label("Owner of the record").first.uncheck()
    ada.sheet.get_by_label("The owner's manager").first.check()
    ada.save()


def give_roles(page: Page) -> None:
    for name, role in (("Alice", "Member"), ("Mona", "Manager")):
        page.goto(f"/admin/apps/leave_requests/people?q={name}")
        page.get_by_role("button", name=role).first.click()
        page.wait_for_load_state("networkidle")


def file_a_request(page: Page) -> None:
    page.goto("/a/leave_requests/leave/new")
    page.get_by_label("Reason").fill("A fever")
    expect(page.get_by_label("Doctor's note")).to_be_hidden()
    page.get_by_label("Kind").select_option(label="Sick leave")
    page.get_by_label("Doctor's note").fill("Dr. Chen, two days")
    page.get_by_label("Days").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Waiting").first).to_be_visible()


def decide(page: Page) -> None:
    page.goto("/inbox")
    expect(page.get_by_text("Please look at: A fever")).to_be_visible()
    page.get_by_role("link", name="Open", exact=True).last.click()
    page.get_by_role("button", name="Approve").first.click()
    expect(page.get_by_text("Approved").first).to_be_visible()


# -- mistakes: each is told before publishing -------------------------------------------------------------------------


def unknown_name(ada: Designer) -> None:
    ada.open("forms/leave", "Doctor's note")
    ada.write("Shown only when", "kindd > 1")
    expect(ada.problems).to_contain_text("kindd")
    expect(ada.problems).to_contain_text("Perhaps meant: kind")


def circle(ada: Designer) -> None:
    ada.open("forms/leave")
    ada.add_field("One", "Calculated value")
    ada.add_field("Two", "Calculated value")
    ada.write("Calculation", "one + 1")
    ada.card("One")
    ada.write("Calculation", "two + 1")
    expect(ada.problems).to_contain_text("need each other")


def bomb(ada: Designer) -> None:
    ada.open("forms/leave")
    ada.add_field("Bomb", "Calculated value")
    ada.write("Calculation", "9 ** 9 ** 9 ** 9")
    expect(ada.problems).to_contain_text("**")


def removed_stage(ada: Designer) -> None:
    """A record stands there: where it goes must be said before publishing."""
    ada.open("pipelines/approval", "Approved")
    ada.press(ada.page.locator(".sheet-bar").get_by_role("button", name="Remove"))
    ada.refused("Approved", "A fever")


def narrowed_choice(ada: Designer) -> None:
    ada.open("forms/leave", "Kind")
    ada.press(ada.sheet.locator(".sheet-row").nth(1).get_by_role("button", name="Remove"))
    ada.save()
    ada.page.goto(f"{DESK}/publish")  # the condition of another field names the option
    expect(ada.page.locator("#faults")).to_contain_text("“Sick leave” is not one of the options")
    ada.open("forms/leave", "Doctor's note")
    ada.press(ada.page.locator(".sheet-bar").get_by_role("button", name="Remove"))
    ada.refused("Sick leave", "A fever")


def hides_everything(ada: Designer) -> None:
    ada.open("permissions/leave")
    ada.page.get_by_label("Member: See records").uncheck()
    ada.page.get_by_label("Manager: See records").uncheck()
    ada.press(ada.page.locator("#matrix").get_by_role("button", name="Save in the draft"))
    expect(ada.problems).to_contain_text("Nobody but administrators may see")
