from __future__ import annotations

import json
from typing import Any

import pytest

from engine.config.canonical import canonical
from engine.config.check import check
from engine.config.faults import errors_of
from engine.config.source import Source
from engine.config_tests import run_tests
from engine.config_tests.recording import record_test
from engine.errors import EngineError, NotFound
from engine.releases import source_of
from tests.engine.conftest import Tiny


def recorded(tiny: Tiny, form: str, record_id: int, by: str = "alice", source: Source | None = None) -> dict[str, Any]:
    with tiny.db() as session:
        known = source or source_of(session, "tiny")
        return record_test(session, tiny.live(session), known, form, record_id, tiny.user(by), tiny.now)


def whole(tiny: Tiny, test: dict[str, Any]) -> Source:
    with tiny.db() as session:
        return Source.from_dict({**source_of(session, "tiny").to_dict(), "tests": [test]})


def test_record_becomes_a_test_that_passes(tiny: Tiny) -> None:
    acme = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Big", account=acme.id, amount=1000, discount=10, tags=None)
    tiny.create("deal", name="Other", account=acme.id, amount=5)

    test = recorded(tiny, "deal", deal.id)
    source = whole(tiny, test)

    assert errors_of(check(source)) == []
    assert [(r.key, r.outcome.value, r.findings) for r in run_tests(source).results] == [("deal_1", "passed", ())]
    assert [record["as"] for record in test["records"]] == ["account", "deal"]
    expected = test["expect"]["records"][0]
    assert expected["values"] == {"net_amount": 900, "stage": "open", "days_in_stage": 0}
    assert expected["alerts"] == {"stale_deal": False}
    assert expected["moves"]["make_offer"] is True
    assert "closed_on" in expected["hidden"]
    assert "Alice" not in json.dumps(test)
    assert canonical(test, "test") == test


def test_figures_take_their_rows_along(tiny: Tiny) -> None:
    acme = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Big", account=acme.id, amount=1000)
    tiny.move(deal, "make_offer")
    tiny.move(deal, "win")

    test = recorded(tiny, "account", acme.id)

    assert test["expect"]["records"][0]["values"]["won_value"] == 1000
    assert run_tests(whole(tiny, test)).ok


def test_what_a_person_does_not_see_is_not_recorded(tiny: Tiny) -> None:
    acme = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Big", account=acme.id)

    with pytest.raises(NotFound):
        recorded(tiny, "deal", deal.id, "charlie")


def test_record_that_a_draft_would_not_take_says_why(tiny: Tiny) -> None:
    acme = tiny.create("account", name="Acme", region="north")
    with tiny.db() as session:
        draft = source_of(session, "tiny").to_dict()
    forms: Any = draft["forms"]
    next(field for form in forms if form["key"] == "account" for field in form["fields"] if field["key"] == "phone")[
        "required"
    ] = True

    with pytest.raises(EngineError) as told:
        recorded(tiny, "account", acme.id, source=Source.from_dict(draft))

    assert [fault.code for fault in told.value.faults] == ["test.record", "field.required"]
