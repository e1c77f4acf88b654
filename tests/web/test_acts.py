"""Many records at once on the screen: picked or all that match, done, looked at, taken back; lists as sheets."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from engine.imports.read import read
from engine.jobs import run_all
from tests.support.site import words


@pytest.fixture
def deals(site, tiny):
    tiny.create("account", name="Acme", region="north")
    return [tiny.create("deal", name=f"Deal {number}", account="Acme", amount="100") for number in range(4)]


def held(tiny, key):
    return [one[key] for one in tiny.query("deal", "ada", sort=["id"], limit=500).records]


def test_picked_records_are_changed_and_taken_back(site, tiny, deals):
    ada = site.visitor("ada")
    page = ada.get("/a/tiny/deal/")
    assert f'name="-ids" value="{deals[0].id}"' in page.text

    asked = ada.post("/a/tiny/deal/bulk", **{"-do": "edit", "-ids": [deals[0].id, deals[1].id]})
    assert "Change 2 records" in words(asked)
    assert 'name="-set" value="discount"' in asked.text
    done = ada.post(
        "/a/tiny/deal/bulk",
        **{"-do": "edit", "-step": "run", "-ids": [deals[0].id, deals[1].id], "-set": "discount", "discount": "5"},
    )

    assert done.status_code == 303
    assert held(tiny, "discount") == [5, 5, None, None]
    result = ada.get(done.location)
    assert "2 done" in words(result)
    undone = ada.post(f"{done.location}/undo")
    assert held(tiny, "discount") == [None] * 4
    assert "Undo" in words(ada.get(undone.location))
    assert "undone" in words(ada.get("/a/tiny/deal/acts"))


def test_wrong_values_are_told_beside_their_field(site, tiny, deals):
    answer = site.visitor("ada").post(
        "/a/tiny/deal/bulk",
        **{"-do": "edit", "-step": "run", "-ids": deals[0].id, "-set": "discount", "discount": "much"},
    )
    assert answer.status_code == 422
    assert 'value="much"' in answer.text
    assert "invalid-feedback" in answer.text


def test_all_that_match_is_the_query_of_the_list(site, tiny, deals):
    tiny.create("deal", name="Other", account="Acme")
    sent = {"-do": "edit", "-all": "1", "-query": "q=Deal", "-set": "discount", "discount": "7"}

    asked = site.visitor("ada").post("/a/tiny/deal/bulk", **sent)
    assert "Change 4 records" in words(asked)
    site.visitor("ada").post("/a/tiny/deal/bulk", **sent, **{"-step": "run"})

    assert held(tiny, "discount") == [7, 7, 7, 7, None]


def test_a_filter_that_is_not_understood_changes_nothing(site, tiny, deals):
    sent = {"-do": "delete", "-step": "run", "-all": "1", "-query": "f.amount.min=lots"}
    assert site.visitor("ada").post("/a/tiny/deal/bulk", **sent).status_code == 422
    assert len(held(tiny, "name")) == 4


def test_many_records_are_a_job_with_a_bar(site, tiny, deals, monkeypatch):
    monkeypatch.setattr("engine.acts.doing.launch.__defaults__", (2,))
    ada = site.visitor("ada")
    sent = {"-do": "move", "-step": "run", "-all": "1", "-query": "", "-to": "offer"}

    answer = ada.post("/a/tiny/deal/bulk", **sent)

    assert re.fullmatch(r"/jobs/\d+", answer.location)
    assert 'class="job-progress"' in ada.get(answer.location).text
    run_all(site.db, site.now)
    over = ada.get(answer.location)
    [address] = re.findall(r'href="(/a/tiny/deal/acts/\d+)"', over.text)
    assert set(held(tiny, "stage")) == {"offer"}
    sheet = ada.get(f"{address}/sheet.csv")
    assert sheet.text.count("done") == 4
    assert [row.cells[3] for row in read(ada.client.get(f"{address}/sheet.xlsx").data).rows] == ["done"] * 4


def test_others_do_not_learn_of_an_act(site, tiny, deals):
    ada = site.visitor("ada")
    done = ada.post(
        "/a/tiny/deal/bulk", **{"-do": "edit", "-step": "run", "-ids": deals[0].id, "-set": "discount", "discount": "5"}
    )
    bob = site.visitor("bob")
    assert bob.get(done.location).status_code == 404
    assert bob.get(f"{done.location}/sheet.csv").status_code == 404
    assert bob.post(f"{done.location}/undo").status_code == 404
    assert "Ada" not in words(bob.get("/a/tiny/deal/acts"))


def test_rights_are_asked_before_anything_is_shown(site, tiny, deals):
    alice = site.visitor("alice")
    assert alice.post("/a/tiny/deal/bulk", **{"-do": "delete", "-ids": deals[0].id}).status_code == 403
    asked = alice.post("/a/tiny/deal/bulk", **{"-do": "edit", "-ids": deals[0].id})
    assert 'value="margin"' not in asked.text
    answer = alice.post(
        "/a/tiny/deal/bulk",
        **{"-do": "edit", "-step": "run", "-ids": deals[0].id, "-set": "margin", "margin": "5"},
    )
    assert answer.status_code == 422


def test_list_is_exported_as_it_is_asked_for(site, tiny, deals):
    tiny.create("deal", name="=cmd|calc", account="Acme", amount="12.5", expected_on="2026-03-04")
    ada = site.visitor("ada")

    rows = list(csv.DictReader(io.StringIO(ada.get("/a/tiny/deal/export.csv?q=Deal").data.decode("utf-8-sig"))))
    assert [row["Name"] for row in rows] == ["Deal 0", "Deal 1", "Deal 2", "Deal 3"]
    rows = list(csv.DictReader(io.StringIO(ada.get("/a/tiny/deal/export.csv").data.decode("utf-8-sig"))))
    assert rows[-1]["Name"] == "'=cmd|calc"
    answer = ada.client.get("/a/tiny/deal/export.xlsx?names=keys")
    table = read(answer.data)
    last = dict(zip(table.header, table.rows[-1].cells, strict=True))
    assert (last["name"], last["amount"], last["expected_on"]) == ("=cmd|calc", "12.5", "2026-03-04")
    found = json.loads(ada.get("/a/tiny/deal/export.json").data)
    assert (found[-1]["name"], found[-1]["account"], found[-1]["amount"]) == ("=cmd|calc", "Acme", "12.50")


def test_export_holds_no_more_than_its_reader_may_see(site, tiny, deals):
    tiny.update(deals[0], "ada", margin="33.3")
    tiny.create("deal", "bob", name="Bob's own", account="Acme")
    text = site.visitor("alice").get("/a/tiny/deal/export.csv?columns=name,margin").data.decode()
    assert "33.3" not in text
    assert "Bob" not in text
    assert "Deal 0" not in site.visitor("charlie").get("/a/tiny/deal/export.csv").text


def test_export_is_streamed_with_as_many_statements_per_page(site, tiny, deals, monkeypatch):
    monkeypatch.setattr("engine.exports.CHUNK", 2)
    answer = site.visitor("ada").get("/a/tiny/deal/export.csv?sort=-name")
    names = [row["Name"] for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))]
    assert names == ["Deal 3", "Deal 2", "Deal 1", "Deal 0"]


def test_chosen_records_come_back_from_the_trash(site, tiny, deals):
    for one in deals:
        tiny.delete(one, "ada")
    ada = site.visitor("ada")
    page = ada.get("/a/tiny/deal/trash")
    assert f'form="bulk" name="-ids" value="{deals[1].id}"' in page.text

    done = ada.post("/a/tiny/deal/bulk", **{"-do": "restore", "-step": "run", "-ids": [deals[1].id, deals[2].id]})

    assert "2 done" in words(ada.get(done.location))
    assert held(tiny, "name") == ["Deal 1", "Deal 2"]
    nothing = ada.post("/a/tiny/deal/bulk", **{"-do": "restore", "-step": "run"})
    assert nothing.status_code == 422
    assert len(held(tiny, "name")) == 2


def test_nothing_chosen_is_nothing_done(site, tiny, deals):
    ada = site.visitor("ada")
    for sent in ({}, {"-ids": "x"}, {"-query": "q=Deal"}):
        ada.post("/a/tiny/deal/bulk", **{"-do": "delete", "-step": "run"}, **sent)
    assert len(held(tiny, "name")) == 4
