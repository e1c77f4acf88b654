"""What came out otherwise can be taken into a test: it passes then."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from engine.config.source import Source
from engine.config_tests import Outcome, run_alone, run_tests
from engine.config_tests.findings import Difference
from engine.design.pointers import ABSENT, with_value
from tests.engine.config_tests.test_run import PEOPLE, RECORDS
from tests.support.configs import tiny_app

DEAL = {"do": "create", "form": "deal", "as": "new", "values": {"name": "New", "account": "acme"}}


def taken_over(test: Any) -> Any:
    """Return a test that expects what came out, one thing after the other."""
    for _ in range(10):
        report = run_tests(Source.from_dict({**tiny_app(), "tests": [test]}))
        assert report.faults == ()
        findings = report.results[0].findings
        if not findings:
            return test
        first = next(one for one in findings if isinstance(one, Difference))
        assert first.edits
        for pointer, value in first.edits:
            test = with_value(test, pointer, value[0] if value else ABSENT)
    raise AssertionError(findings)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"values": {"net_amount": 1, "account": None, "stage": "won"}}, {"values": {"net_amount": 900.0, "account": "acme", "stage": "open"}}),
        ({"moves": {"win": True}}, {"moves": {"win": {"why": ["stage"]}}}),
        ({"moves": {"make_offer": False}}, {"moves": {"make_offer": True}}),
        ({"moves": {"win": {"why": ["role"]}}}, {"moves": {"win": {"why": ["stage"]}}}),
        ({"visible": ["name", "lost_reason"]}, {"visible": ["name"], "hidden": ["lost_reason"]}),
        ({"required": ["lost_reason"], "optional": ["name"]}, {"required": ["name"], "optional": ["lost_reason"]}),
        ({"read_only": ["name"], "rights": {"read": False}}, {"rights": {"read": True}}),
        ({"alerts": {"stale_deal": ["alice"]}}, {"alerts": {"stale_deal": False}}),
        ({"access": {"name": "read"}, "deleted": True}, {"access": {"name": "edit"}, "deleted": False}),
    ],
)  # fmt: skip
def test_what_a_record_is_like_is_taken_over(wrong: Any, right: Any) -> None:
    test = {
        "key": "one",
        "label": "One",
        "now": "2026-03-02 09:00",
        "user": "alice",
        "people": PEOPLE,
        "records": RECORDS,
    }

    made = taken_over({**test, "expect": {"records": [{"record": "deal", **wrong}]}})

    assert made["expect"]["records"] == [{"record": "deal", **right}]


def test_counts_key_results_and_refusals_are_taken_over() -> None:
    test = {
        "key": "one", "label": "One", "now": "2026-03-02 09:00", "user": "alice", "people": PEOPLE, "records": RECORDS,
        "steps": [
            {"do": "move", "record": "deal", "to": "win"},
            {**deepcopy(DEAL), "refused": [{"code": "field.required"}]},
            {"do": "move", "record": "deal", "to": "win", "refused": [{"code": "field.required", "field": "name"}]},
        ],
        "expect": {"counts": {"deal": 7}, "key_results": {"sales": {"win_rate": {"value": 3, "target": 0}}}},
    }  # fmt: skip

    made = taken_over(test)

    assert made["steps"][0]["refused"] == made["steps"][2]["refused"] == [{"code": "move.none"}]
    assert "refused" not in made["steps"][1]
    assert made["expect"]["counts"] == {"deal": 2}


def test_the_same_config_is_run_once_and_other_tests_do_not_matter() -> None:
    good = {"key": "one", "label": "One", "now": "2026-03-02 09:00", "people": PEOPLE, "records": RECORDS}
    bad = {"key": "two", "label": "Two", "now": "2026-03-02 09:00", "user": "nobody"}
    source = Source.from_dict({**tiny_app(), "tests": [good, bad]})

    found = run_alone(source, "one")

    assert [one.outcome for one in found.results] == [Outcome.PASSED]
    assert run_alone(source, "one") is found
    assert run_alone(source, "two").faults
