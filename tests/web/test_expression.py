from __future__ import annotations

import pytest

from tests.support.site import words


@pytest.fixture
def boiler(tiny):
    account = tiny.create("account", name="Acme", region="north")
    return tiny.create("deal", name="Boiler", account=account.id, amount="12000")


def ask(site, person, what, **data):
    return site.visitor(person).post(f"/a/tiny/deal/expression/{what}", **data)


def test_expression_is_tried_on_a_record(site, boiler):
    answer = ask(site, "alice", "try", text="amount > 10000 and account.region == 'north'", record="1")

    said = words(answer)
    assert "Boiler yes" in said
    assert "Amount amount 12,000" in said


def test_expression_is_checked_with_place_and_suggestion(site, boiler):
    answer = ask(site, "alice", "check", text="amout > 3").json

    assert answer["faults"][0] | {"text": ""} == {
        "code": answer["faults"][0]["code"],
        "column": 1,
        "text": "",
        "suggestion": "amount",
    }
    assert ask(site, "alice", "check", text="amount > 3").json == {"faults": [], "type": "yes_no"}


def test_expression_is_completed(site, boiler):
    found = ask(site, "alice", "complete", text="account.reg", position="11").json

    assert found["from"] == 8
    assert [one["label"] for one in found["options"]] == ["region"]


def test_hidden_names_do_not_exist(site, boiler):
    assert ask(site, "alice", "check", text="margin > 3").json["faults"]
    assert ask(site, "mona", "check", text="margin > 3").json["faults"] == []
    labels = [one["label"] for one in ask(site, "alice", "complete", text="mar", position="3").json["options"]]
    assert "margin" not in labels
    assert "margin" not in words(site.visitor("alice").get("/a/tiny/deal/expression"))


def test_record_out_of_sight_is_not_evaluated(site, boiler):
    answer = ask(site, "charlie", "try", text="amount > 10000", record="1")

    assert "Choose a record" in words(answer)
    assert "12,000" not in words(answer)


def test_values_behind_records_out_of_sight_are_empty(site, tiny, boiler):
    visit = tiny.create("visit", by="mona", subject="Shared", account=1, deal=1, visited_on="2026-03-01")
    tiny.update(visit, by="mona", owner="charlie")

    answer = site.visitor("charlie").post("/a/tiny/visit/expression/try", text="deal.amount > 0", record=str(visit.id))

    assert "Shared no" in words(answer)
    assert "12,000" not in words(answer)


@pytest.mark.parametrize("text", ["__import__('os')", "(" * 500, "amount.__class__", "x" * 5000, "\x00"])
def test_hostile_text_is_refused_in_words(site, boiler, text):
    answer = ask(site, "alice", "try", text=text, record="1")

    assert answer.status_code == 422
    assert "alert-danger" in answer.text


def test_expression_page_works_by_address(site, boiler):
    assert "Boiler yes" in words(site.visitor("alice").get("/a/tiny/deal/expression?text=amount+%3E+0&record=1"))
