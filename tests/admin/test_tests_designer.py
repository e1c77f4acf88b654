"""The designer of tests: its sheets write back what they show, its buttons build a test, and a run is said where it belongs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import g
from werkzeug.datastructures import MultiDict

from admin.design._desk import Desk, desk
from admin.design._part import Part
from admin.design.sheet import place_of, read_sheet
from admin.design.tests_designer import designer
from engine import design
from engine.config.canonical import canonical_text
from engine.config.load import load
from engine.people import SYSTEM, find_user
from engine.releases import publish
from tests.admin.test_designers import content, sheet
from tests.support.site import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.site import Site

SAMPLES = Path(__file__).parents[2] / "sample_configs"
BASE = "/admin/design/tiny"
PATH = "tests/one.json"
PEOPLE = {
    "alice": {"name": "Alice", "roles": ["rep"], "region": "north"},
    "mona": {"name": "Mona", "roles": ["manager"]},
}
RECORDS = [
    {"as": "acme", "form": "account", "values": {"name": "Acme", "region": "north"}, "owner": "alice"},
    {"as": "deal", "form": "deal", "owner": "alice", "values": {"name": "Big", "account": "acme", "amount": 1000}},
]
ONE = {
    "key": "one", "label": "One", "now": "2026-03-02 09:00", "user": "alice", "people": PEOPLE, "records": RECORDS,
}  # fmt: skip
#: What nobody would write, or only by mistake: all of it stays as it is.
ODD = {
    **ONE,
    "now": "2026/3/2",
    "records": [
        {"as": "acme", "form": "account", "values": {"name": 6222, "region": "nowhere", "gone": {"a": [1]}}},
        {"as": "deal", "form": "deal", "values": {"name": ["x"], "amount": "1,000", "account": None, "owner": ""}},
        {"as": "lost", "form": "nothing", "values": {"x": 1}},
    ],
    "steps": [
        {"do": "create", "form": "deal", "values": {"name": "a\nb", "amount": 1.50}, "refused": False, "at": "2026-03-03"},
        {"do": "update", "record": "nobody", "values": {}, "refused": [{"code": "x.y", "says": " blank "}]},
        {"do": "move", "record": "deal", "to": "nowhere", "refused": True, "at": "2026-03-04 10:00:30"},
        {"do": "move", "record": "deal", "to": "win", "refused": [{"code": "move.guard"}, {"field": "amount"}]},
    ],
    "expect": {
        "records": [
            {
                "record": "deal", "user": "stranger", "values": {"stage": "won", "net_amount": None, "days_in_stage": 0},
                "visible": [], "hidden": ["gone"], "required": ["amount", "name"], "deleted": False,
                "moves": {"win": {"why": ["guard"], "missing": ["amount"]}, "lose": False, "gone": {}},
                "alerts": {"stale_deal": ["alice", "stranger"], "gone": True}, "rights": {"delete": False, "fly": True},
                "access": {"amount": "read", "name": "hidden"},
            },
            {"form": "deal", "typed": {"amount": 3}, "values": {}},
        ],
        "counts": {"deal": 1, "gone": 2},
        "key_results": {"sales": {"revenue": None, "gone": {"value": 1.0, "health": "green"}}, "gone": {"x": 1}},
    },
}  # fmt: skip


def keep(site: Site, test: Any, path: str = PATH) -> None:
    """Put a test into the draft."""
    with site.db.begin() as session:
        source = design.source_in_work(session, "tiny")
        seen, user = design.seen_of(source, path), find_user(session, "ada")
        design.edit_file(session, "tiny", path, test, user, site.now, seen=seen)


def places(test: Any) -> Iterator[str]:
    """Yield the pointers of everything in a test that can be chosen."""
    yield from ("", *(f"/people/{name}" for name in test.get("people", {})))
    yield from (f"/records/{n}" for n, _ in enumerate(test.get("records", [])))
    steps = [(f"/steps/{n}", one) for n, one in enumerate(test.get("steps", []))]
    yield from (at for at, _ in steps)
    for at, one in (("", test), *steps):
        if "expect" in one:
            yield f"{at}/expect"
            yield from (f"{at}/expect/records/{n}" for n, _ in enumerate(one["expect"].get("records", [])))


def unchanged(site: Site, app: str, key: str) -> int:
    """Draw every sheet of a test and read it back; return how many there were."""
    ada, path, drawn = site.visitor("ada"), f"tests/{key}.json", 0
    before = content(site, path, app)
    for at in places(before):
        page = ada.get(f"/admin/design/{app}/tests/{key}?at={at}")
        assert page.status_code == 200
        posted = MultiDict([(name, value) for name, values in sheet(page.text).items() for value in values])
        assert posted["at"] == at
        with site.app.test_request_context(), site.db() as session:
            g.session, g.now, g.user = session, site.now, find_user(session, "ada")
            g.desk = Desk(app)
            part = Part(path, before, at)
            after = read_sheet(place_of(desk(), path, before, at), posted, designer._skipped(part, at))
        assert canonical_text(after) == canonical_text(before), at
        drawn += 1
    return drawn


@pytest.mark.parametrize("sample", ["sales_pipeline", "expense_claims"])
def test_tests_of_samples_are_written_back_byte_by_byte(site: Site, sample: str) -> None:
    source = load(SAMPLES / sample)
    with site.db.begin() as session:
        publish(session, source, SYSTEM, site.now, "for a test")

    drawn = sum(unchanged(site, sample, one["key"].text) for one in source.section("tests"))

    assert drawn > 20


def test_what_no_control_fits_is_kept(site: Site) -> None:
    keep(site, ODD)

    assert unchanged(site, "tiny", "one") == 13


def test_a_test_made_of_a_record_is_written_back(site: Site) -> None:
    ada = site.visitor("ada")
    ada.post("/a/tiny/account/new", name="Acme", region="north")
    ada.post("/a/tiny/deal/new", name="Big", account="1", amount="1000", discount="10")
    ada.post(f"{BASE}/tests/from-a-record", form="deal", record="1")

    assert unchanged(site, "tiny", "deal_1") > 4


# -- buttons ----------------------------------------------------------------------------------------------------------


class Author:
    """Ada at the designer of one test."""

    def __init__(self, site: Site, key: str = "one") -> None:
        self.site, self.address, self.path = site, f"{BASE}/tests/{key}", f"tests/{key}.json"
        self.ada = site.visitor("ada")

    def press(self, act: str, at: str = "", **values: Any) -> Any:
        """Press a button beside the sheet; return the test."""
        with self.site.db() as session:
            seen = design.seen_of(design.source_in_work(session, "tiny"), self.path)
        answer = self.ada.post(self.address, **{"-act": act, "at": at, "seen": seen, **values})
        assert answer.status_code == 303, (act, answer.status_code, words(answer)[:500])
        self.location = answer.location
        return content(self.site, self.path)

    def fill(self, at: str, act: str = "save", **values: Any) -> Any:
        """Change the sheet of a place and save it; names are written with `__` for the slashes."""
        page = self.ada.get(f"{self.address}?at={at}").text
        given = {name.replace("__", "/"): value for name, value in values.items()}
        return self.press(act, **{"at": at, **sheet(page), **given, "-act": act})

    def run(self, at: str = "") -> str:
        """Return the page after a run."""
        return self.ada.get(f"{self.address}?run=1&at={at}").text


def test_a_test_is_written_from_nothing(site: Site) -> None:
    ada = site.visitor("ada")
    assert "Give it a name and begin" in words(ada.get(f"{BASE}/tests"))
    begun = ada.post(f"{BASE}/tests", name="A deal is worth its amount")
    author = Author(site, "test_1")
    assert begun.location.endswith("/tests/test_1")

    author.press("person", name="Alice", role="rep")
    author.fill("", __user="alice")
    author.press("record", form="account")
    author.fill("/records/0", __values__name="Acme", __values__region="north", __owner="alice")
    author.press("step:create", form="deal")
    author.fill("/steps/0", __values__name="Big", __values__account="account", __values__amount="1000")
    author.press("expect:record", where="/steps/0/expect", record="deal")
    test = author.fill("/steps/0/expect/records/0", __values__net_amount="1000", __rights__delete="true")

    assert test["label"] == "A deal is worth its amount"
    assert test["people"] == {"alice": {"name": "Alice", "roles": ["rep"]}}
    assert test["records"] == [
        {"as": "account", "form": "account", "values": {"name": "Acme", "region": "north"}, "owner": "alice"}
    ]
    assert test["steps"] == [
        {
            "do": "create", "form": "deal", "as": "deal", "values": {"name": "Big", "account": "account", "amount": 1000},
            "expect": {"records": [{"record": "deal", "values": {"net_amount": 1000}, "rights": {"delete": True}}]},
        }
    ]  # fmt: skip
    page = words(ada.get(author.address))
    assert "Alice creates: Big (Deal)" in page
    assert "Big (Deal), as seen by Alice Net amount 1000" in page


def test_steps_go_behind_the_chosen_one_and_are_shifted(site: Site) -> None:
    keep(site, {**ONE, "steps": [{"do": "update", "record": "deal"}, {"do": "delete", "record": "deal"}]})
    author = Author(site)

    author.press("step:move", record="deal", behind="/steps/0/expect/records/0")
    test = author.press("step:wait")

    assert [one["do"] for one in test["steps"]] == ["update", "move", "delete", "wait"]
    assert test["steps"][1]["to"] == "make_offer"
    assert test["steps"][3]["at"] == "2026-03-03 09:00"
    assert [one["do"] for one in author.press("later", "/steps/0")["steps"]][:2] == ["move", "update"]
    assert [one["do"] for one in author.press("drop", what="/steps/3", place="0")["steps"]][:2] == ["wait", "move"]
    assert [one["do"] for one in author.press("take", "/steps/0")["steps"]] == ["move", "update", "delete"]
    assert "people" in author.press("take", "/people/mona")
    refused = author.ada.post(author.address, **{"-act": "step:move", "record": "acme", "at": ""})
    assert refused.status_code == 409
    assert "The records of this form have no stages." in words(refused)
    assert author.ada.post(author.address, **{"-act": "step:fly", "at": ""}).status_code == 404
    assert author.ada.post(author.address, **{"-act": "expect:more", "where": "/people", "at": ""}).status_code == 404


def test_what_is_expected_beside_records_goes_without_the_records(site: Site) -> None:
    keep(site, {**ONE, "expect": {"records": [{"record": "deal"}]}})
    author = Author(site)
    author.press("expect:more", where="/expect")
    counted = author.fill("/expect", __counts__deal="1", __key_results__sales__won__value="0")

    assert counted["expect"]["counts"] == {"deal": 1}
    assert author.press("take", "/expect")["expect"] == {"records": [{"record": "deal"}]}


def test_refusals_moves_and_alerts_are_chosen_in_words(site: Site) -> None:
    keep(
        site,
        {**ONE, "steps": [{"do": "move", "record": "deal", "to": "win"}], "expect": {"records": [{"record": "deal"}]}},
    )
    author = Author(site)

    one = author.fill("/steps/0", __refused="said", __refused__0__code="move.guard")["steps"][0]
    two = author.fill("/steps/0", __refused="any")["steps"][0]
    three = author.fill("/steps/0", __refused="")["steps"][0]
    author.fill("/expect/records/0", __moves__win="because", __moves__win__why=["guard", "role"])
    at = author.fill("/expect/records/0", __alerts__stale_deal__people=["mona"], __visible=["amount"])

    assert one["refused"] == [{"code": "move.guard"}]
    assert two["refused"] is True
    assert "refused" not in three
    assert at["expect"]["records"] == [
        {"record": "deal", "visible": ["amount"], "moves": {"win": {"why": ["guard", "role"]}}, "alerts": {"stale_deal": ["mona"]}}
    ]  # fmt: skip


def test_a_field_is_emptied_and_expected_empty(site: Site) -> None:
    keep(site, {**ONE, "steps": [{"do": "update", "record": "deal"}], "expect": {"records": [{"record": "deal"}]}})
    author = Author(site)

    author.fill("/steps/0", __values__amount="~", __values__account="~")
    author.fill("/expect/records/0", __values__amount="~")
    test = author.fill("/expect/records/0", __values__amount=["7", "~"])

    assert test["steps"][0]["values"] == {"amount": None, "account": None}
    assert test["expect"]["records"][0]["values"] == {"amount": 7}


def test_rows_of_a_table_are_added_filled_in_and_taken_away(site: Site) -> None:
    with site.db.begin() as session:
        publish(session, load(SAMPLES / "expense_claims"), SYSTEM, site.now, "for a test")
    ada, address = site.visitor("ada"), "/admin/design/expense_claims/tests/claim_with_items"
    page = ada.get(f"{address}?at=/steps/0").text

    drawn = ada.post(address, **{**sheet(page), "-act": "add:/rows/items"}).text
    filled = {
        **sheet(drawn),
        "/rows/items/1/what": "Lunch",
        "/rows/items/1/amount": "64",
        "/rows/items/1/category": "meals",
    }
    stored = ada.post(address, **{**filled, "-act": "save"})
    rows = content(site, "tests/claim_with_items.json", "expense_claims")["steps"][0]["rows"]
    again = ada.get(f"{address}?at=/steps/0").text
    less = ada.post(address, **{**sheet(again), "-act": "remove:/rows/items/0"}).text

    assert stored.status_code == 303
    assert rows == {"items": [{"what": "Taxi", "amount": 35}, {"what": "Lunch", "amount": 64, "category": "meals"}]}
    assert sheet(less)["/rows/items/0/what"] == ["Lunch"]
    assert "Items What Lunch, Amount 64, Category Meals" in words(less)


def test_places_in_a_test_have_words(site: Site) -> None:
    keep(site, {**ONE, "expect": {"records": [{"record": "deal", "values": {"amount": "much"}}]}})

    page = words(site.visitor("ada").get(f"{BASE}/tests/one"))

    assert "What must be true at the end › Records and forms 1 › Values that are expected › Amount" in page


def test_somebody_elses_change_is_not_overwritten(site: Site) -> None:
    keep(site, ONE)
    author = Author(site)
    page = sheet(author.ada.get(f"{author.address}?at=/people/mona").text)
    keep(site, {**ONE, "label": "Another"})

    answer = author.ada.post(author.address, **{**page, "/name": "Monika", "-act": "save"})

    assert answer.status_code == 409
    assert "Somebody changed this while you edited it." in words(answer)
    assert content(site, PATH)["people"]["mona"]["name"] == "Mona"


# -- runs -------------------------------------------------------------------------------------------------------------


def found(page: str, at: str) -> list[str]:
    """Return what the run says on the card of a place."""
    card = next(one for one in page.split('<article class="story-card')[1:] if f'href="/admin/design/tiny/tests/one?at={at}&' in one.replace("&amp;", "&") or (not at and one.startswith(" here")))  # fmt: skip
    return [words(one) for one in re.findall(r"<span>(.*?)</span>\s*(?:<form|</li>)", card.partition("</article>")[0])]


@pytest.mark.parametrize(
    ("expect", "said", "after"),
    [
        (
            {"values": {"net_amount": 950}},
            "“Net amount”: expected 950.00, found 1000.00.",
            {"values": {"net_amount": 1000.0}},
        ),
        ({"values": {"owner": "mona"}}, "“Owner”: expected Mona, found Alice.", {"values": {"owner": "alice"}}),
        ({"rights": {"read": False}}, "Alice may read.", {"rights": {"read": True}}),
        ({"deleted": True}, "The record is not in the trash.", {"deleted": False}),
        ({"access": {"amount": "hidden"}}, "“Amount”: expected hidden, found edit, for Alice.", {"access": {"amount": "edit"}}),
        ({"hidden": ["amount", "lost_reason"]}, "The form shows “Amount”.", {"hidden": ["lost_reason"], "visible": ["amount"]}),
        ({"alerts": {"stale_deal": True}}, "“Deal stands still” does not fire.", {"alerts": {"stale_deal": False}}),
    ],
)  # fmt: skip
def test_a_difference_is_said_at_its_card_and_taken_over(site: Site, expect: Any, said: str, after: Any) -> None:
    keep(site, {**ONE, "expect": {"records": [{"record": "deal", **expect}]}})
    author = Author(site)
    page = author.run()
    act = re.search(r'value="(takeover:[^"]*)"', page)

    assert act
    assert found(page, "/expect/records/0") == [said]
    taken = author.press(act[1])
    assert taken["expect"]["records"] == [{"record": "deal", **after}]
    assert "run=1" in author.location
    assert "Everything is as expected." in words(author.ada.get(author.location))


def test_refusals_that_came_otherwise_are_taken_over(site: Site) -> None:
    steps = [
        {"do": "create", "form": "deal", "values": {"name": "No account"}},
        {"do": "update", "record": "deal", "values": {"name": "Bigger"}, "refused": True},
    ]
    keep(site, {**ONE, "steps": steps})
    author = Author(site)

    assert "This step was refused." in words(author.run())
    one = author.press("takeover:/steps/0")
    two = author.press("takeover:/steps/1/refused")

    assert {said["code"] for said in one["steps"][0]["refused"]} == {"field.required"}
    assert "refused" not in two["steps"][1]
    assert "Everything is as expected." in words(author.run())


def test_save_and_run_does_both_and_nothing_is_taken_over_that_did_not_come_out(site: Site) -> None:
    keep(site, {**ONE, "expect": {"records": [{"record": "deal", "values": {"net_amount": 1}}]}})
    author = Author(site)

    author.fill("/expect/records/0", "try", __values__net_amount="1000")

    assert author.location.endswith("?run=1&at=/expect/records/0")
    assert "Everything is as expected." in words(author.ada.get(author.location))
    answer = author.ada.post(author.address, **{"-act": "takeover:/expect/records/0/values/net_amount", "at": ""})
    assert answer.status_code == 409


def test_a_test_runs_whatever_is_wrong_with_the_others_and_says_what_stops_it(site: Site) -> None:
    keep(site, ONE)
    keep(site, {**ONE, "key": "two", "user": "stranger"}, "tests/two.json")

    assert "Everything is as expected." in words(Author(site).run())
    page = words(Author(site, "two").run())
    assert "The app has problems that must be mended first." in page
    assert "Who acts: There is nobody called “stranger” in this test. Go there" in page


@pytest.mark.parametrize("at", ["/records/9", "/people/nobody", "/steps", "/people", "/expect", "/label"])
def test_a_place_that_is_not_there_shows_the_test_itself(site: Site, at: str) -> None:
    keep(site, ONE)

    page = site.visitor("ada").get(f"{BASE}/tests/one?at={at}")

    assert page.status_code == 200
    assert "The test itself" in words(page)


def test_the_designer_is_for_designers(site: Site) -> None:
    keep(site, ONE)
    mona = site.visitor("mona")

    assert mona.get(f"{BASE}/tests/one?run=1").status_code == 403
    assert mona.post(f"{BASE}/tests/one", **{"-act": "save"}).status_code == 403
    assert site.visitor("ada").get(f"{BASE}/tests/none").status_code == 404


def test_the_story_is_told_in_chinese(site: Site) -> None:
    keep(site, {**ONE, "steps": [{"do": "move", "record": "deal", "to": "win", "refused": True}]})
    site.speak("ada", "zh_Hans")

    page = words(site.visitor("ada").get(f"{BASE}/tests/one"))

    assert "Alice流转Big" in page
    assert "被拒绝" in page
