"""The pages of an app's tests and of what uses what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from engine import design
from tests.support.site import words

if TYPE_CHECKING:
    from tests.support.site import Site

BASE = "/admin/design/tiny"


def test_tests_are_run_and_told_by_place(site: Site) -> None:
    ada = site.visitor("ada")
    for number, count in ((1, 0), (2, 1)):
        ada.post(f"{BASE}/tests")
        test = {
            "key": f"test_{number}",
            "label": f"Test {number}",
            "now": "2026-03-02",
            "expect": {"counts": {"deal": count}},
        }
        seen = _seen(site, f"tests/test_{number}.json")
        assert ada.post(f"{BASE}/files/tests/test_{number}.json", text=json.dumps(test), seen=seen).status_code == 303

    page = ada.get(f"{BASE}/tests?run=all").get_data(as_text=True)
    one = ada.get(f"{BASE}/tests?run=test_1").get_data(as_text=True)

    assert "Expected 1 records of “Deal” in sight, found 0." in page
    assert "What must be true at the end › How many records somebody sees › Deal" in page
    assert "One test failed." in page
    assert "The test passed." in one
    assert ada.get(f"{BASE}/tests?run=nothing").status_code == 404
    assert ada.post(f"{BASE}/tests/test_2/delete").status_code == 303
    assert "Test 2" not in ada.get(f"{BASE}/tests").get_data(as_text=True)


def test_a_record_that_a_test_cannot_enter_is_told_with_the_name_of_its_field(site: Site) -> None:
    ada = site.visitor("ada")
    ada.post(f"{BASE}/tests")
    test = {
        "key": "test_1",
        "label": "Incomplete",
        "now": "2026-03-02",
        "records": [{"as": "first", "form": "account", "values": {"region": "north"}}],
        "expect": {"counts": {"account": 1}},
    }
    seen = _seen(site, "tests/test_1.json")
    ada.post(f"{BASE}/files/tests/test_1.json", text=json.dumps(test), seen=seen)

    page = words(ada.get(f"{BASE}/tests?run=all"))

    assert "Name This field must be filled." in page


def _seen(site: Site, path: str) -> str:
    with site.db() as session:
        return design.seen_of(design.source_in_work(session, "tiny"), path)


@pytest.mark.parametrize("address", ["/tests", "/tests?run=all", "/uses", "/uses?form=deal&field=amount"])
def test_pages_are_for_designers(site: Site, address: str) -> None:
    assert site.visitor("ada").get(BASE + address).status_code == 200
    assert site.visitor("mona").get(BASE + address).status_code == 403


def test_uses_of_a_field_are_shown(site: Site) -> None:
    ada = site.visitor("ada")

    page = ada.get(f"{BASE}/uses?form=deal&field=amount").get_data(as_text=True)
    piece = ada.get(f"{BASE}/uses?form=deal&field=amount", **{"HX-Request": "true"}).get_data(as_text=True)

    assert "Field: Deal › Amount" in page
    assert "Deal pipeline › Win › guard" in page
    assert "Used in " in piece
    assert "<html" not in piece
    assert ada.get(f"{BASE}/uses?nothing=1").status_code == 404


def test_fields_stages_and_roles_are_offered(site: Site) -> None:
    page = site.visitor("ada").get(f"{BASE}/uses").get_data(as_text=True)

    for query in ("form=deal&amp;field=amount", "form=deal&amp;stage=open", "role=rep"):
        assert f"{BASE}/uses?{query}" in page


def test_record_becomes_a_test_of_the_draft(site: Site) -> None:
    ada = site.visitor("ada")
    ada.get("/a/tiny/account/new")
    ada.post("/a/tiny/account/new", name="Acme", region="north")
    page = ada.get("/a/tiny/account/1").get_data(as_text=True)

    answer = ada.post(f"{BASE}/tests/from-a-record", form="account", record="1")

    assert "Make a test of this record" in page
    assert answer.status_code == 303
    assert "The test passed." in ada.get(answer.location).get_data(as_text=True)
    assert ada.post(f"{BASE}/tests/from-a-record", form="account", record="99").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("form=deal", "Form: Deal"),
        ("form=account&field=region&option=north", "Option: Account › Region › North"),
        ("form=deal&stage=open", "Stage: Deal › Open"),
        ("form=deal&transition=win", "Transition: Deal › Win"),
        ("role=rep", "Role: Sales rep"),
        ("rule=stale_deal", "Alert rule: Deal stands still"),
        ("measure=open_deals", "Measure: open_deals"),
        ("form=deal&field=gone", "Field: Deal › gone"),
    ],
)
def test_things_are_called_by_their_names(site: Site, query: str, said: str) -> None:
    assert said in site.visitor("ada").get(f"{BASE}/uses?{query}").get_data(as_text=True)
