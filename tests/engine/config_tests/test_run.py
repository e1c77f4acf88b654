from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from engine.config.load import load
from engine.config.source import Source
from engine.config_tests import Outcome, TestReport, run_tests
from tests.support.configs import tiny_app
from tests.support.rooms import ROOT

PEOPLE = {
    "alice": {"roles": ["rep"], "region": "north", "manager": "mona"},
    "mona": {"roles": ["manager"], "region": "north"},
    "charlie": {"roles": ["rep"], "region": "south"},
}
RECORDS = [
    {"as": "acme", "form": "account", "values": {"name": "Acme", "region": "north"}, "owner": "alice"},
    {
        "as": "deal",
        "form": "deal",
        "owner": "alice",
        "values": {"name": "Big", "account": "acme", "amount": 1000, "discount": 10},
    },
]


def run(expect: Any = None, **more: Any) -> TestReport:
    """Run one test on the tiny app."""
    test = {"key": "one", "label": "One", "now": "2026-03-02 09:00", "user": "alice", "people": PEOPLE, **more}
    test = {"records": RECORDS, **test, **({"expect": expect} if expect else {})}
    return run_tests(Source.from_dict({**tiny_app(), "tests": [test]}))


def told(report: TestReport) -> list[tuple[str, str]]:
    """Return place and sentence of what was found."""
    assert report.faults == ()
    return [(one.pointer, one.text) for result in report.results for one in result.findings]


@pytest.mark.parametrize("sample", sorted(path.parent.name for path in ROOT.glob("sample_configs/*/app.json")))
def test_samples_pass_their_own_tests(sample: str) -> None:
    report = run_tests(load(Path(ROOT / "sample_configs" / sample)))

    assert told(report) == []
    assert report.ok
    assert len(report.results) >= 4


def test_values_are_told_as_people_read_them() -> None:
    values = {"net_amount": 950, "account": "acme", "owner": "mona", "stage": "won", "closed_on": "2026-03-01"}
    at = "/expect/records/0/values"

    assert told(run({"records": [{"record": "deal", "values": values}]})) == [
        (f"{at}/net_amount", "“Net amount”: expected 950.00, found 900.00."),
        (f"{at}/owner", "“Owner”: expected mona, found alice."),
        (f"{at}/stage", "“Stage”: expected Won, found Open."),
        (f"{at}/closed_on", "“Closed on”: expected 2026-03-01, found nothing."),
    ]


def test_hidden_values_are_not_read() -> None:
    expect = {
        "records": [
            {"record": "deal", "values": {"margin": None}},
            {"record": "deal", "user": "charlie", "values": {"name": "Big"}, "rights": {"read": True}},
            {"record": "deal", "user": "mona", "values": {"margin": None}, "access": {"margin": "read"}},
        ]
    }

    assert told(run(expect)) == [
        ("/expect/records/0/values/margin", "“Margin” is hidden from alice."),
        ("/expect/records/1/values", "charlie does not see this record."),
        ("/expect/records/1/rights/read", "charlie may not read."),
        ("/expect/records/2/access/margin", "“Margin”: expected read, found edit, for mona."),
    ]


def test_form_that_is_filled_in_is_judged() -> None:
    parts = {"visible": ["name", "closed_on"], "hidden": ["closed_on", "name"], "required": ["name", "amount"]}
    parts |= {"optional": ["amount", "account"], "read_only": ["net_amount", "name"]}

    assert told(run({"records": [{"form": "deal", "typed": {"name": "New"}, **parts}]})) == [
        ("/expect/records/0/visible/1", "The form does not show “Closed on”."),
        ("/expect/records/0/hidden/1", "The form shows “Name”."),
        ("/expect/records/0/required/1", "“Amount” need not be filled."),
        ("/expect/records/0/optional/1", "“Account” must be filled."),
        ("/expect/records/0/read_only/1", "“Name” can be changed."),
    ]


def test_moves_are_judged_with_their_reasons() -> None:
    steps = [
        {"do": "move", "record": "deal", "to": "make_offer"},
        {"do": "update", "record": "deal", "values": {"amount": 0}},
    ]
    moves = {"win": True, "make_offer": True, "lose": True}
    found = told(run({"records": [{"record": "deal", "moves": moves}]}, steps=steps))

    assert found[:2] == [
        ("/expect/records/0/moves/win", "The move “Win” is not open: the guard."),
        ("/expect/records/0/moves/win", "Only northern deals with an amount are won without a manager."),
    ]
    assert (
        "/expect/records/0/moves/make_offer",
        "The move “Make an offer” is not open: it does not lead on from this stage.",
    ) in found
    assert told(run({"records": [{"record": "deal", "moves": {"win": {"why": ["guard"]}}}]}, steps=steps)) == []
    assert told(run({"records": [{"record": "deal", "moves": {"win": {"why": ["role"]}}}]}, steps=steps)) == [
        ("/expect/records/0/moves/win/why", "The move “Win” is closed for another reason: the guard.")
    ]


def test_steps_are_refused_as_expected_and_only_so() -> None:
    create = {"do": "create", "form": "deal", "values": {"account": "acme"}}

    assert told(run(steps=[{**create, "refused": True}, {**create, "refused": [{"field": "name"}]}])) == []
    assert told(run(steps=[{**create, "refused": [{"code": "field.required", "field": "amount"}]}])) == [
        ("/steps/0/refused/0", "It was refused for other reasons than this one."),
        ("/steps/0/refused/0", "This field must be filled."),
    ]
    assert told(run(steps=[{**create, "values": {"name": "A", "account": "acme"}, "refused": True}])) == [
        ("/steps/0/refused", "This step was not refused.")
    ]
    assert told(run(steps=[create, {**create, "refused": True}])) == [
        ("/steps/0", "This step was refused."),
        ("/steps/0", "This field must be filled."),
    ]


def test_alerts_tell_whom_they_should_and_judging_changes_nothing() -> None:
    old = {**RECORDS[1], "stage_entered_at": "2026-01-01", "at": "2026-01-01"}
    expect = {"records": [{"record": "deal", "alerts": {"stale_deal": ["mona"]}}]}
    steps = [{"do": "wait", "at": "2026-03-02 10:00", "expect": expect}, {"do": "wait", "at": "2026-03-02 18:01"}]
    last = {"records": [{"record": "deal", "alerts": {"stale_deal": ["alice", "mona"]}}]}

    assert told(run(last, records=[RECORDS[0], old], steps=steps)) == [
        (
            "/steps/0/expect/records/0/alerts/stale_deal",
            "“Deal stands still”: expected to be told: mona; told: alice.",
        )
    ]
    assert told(run(expect)) == [("/expect/records/0/alerts/stale_deal", "“Deal stands still” does not fire.")]


def test_counts_and_the_trash_are_judged() -> None:
    steps = [{"do": "delete", "record": "deal", "user": "mona"}]
    expect = {"records": [{"record": "deal", "deleted": True}], "counts": {"deal": 1}}

    assert told(run(expect, steps=steps)) == [
        ("/expect/counts/deal", "Expected 1 records of “Deal” in sight, found 0.")
    ]


def test_record_that_cannot_be_entered_says_why() -> None:
    records = [{"as": "acme", "form": "account", "values": {"name": "Acme"}}]

    assert told(run(records=records)) == [
        ("/records/0", "This record cannot be entered."),
        ("/records/0", "This field must be filled."),
    ]


def test_tests_know_nothing_of_each_other() -> None:
    one = {"key": "a", "label": "A", "now": "2026-03-02 09:00", "people": PEOPLE, "records": RECORDS}
    again = {**one, "key": "b", "expect": {"counts": {"deal": 1}}}
    report = run_tests(Source.from_dict({**tiny_app(), "tests": [one, again]}))

    assert [result.outcome for result in report.results] == [Outcome.PASSED, Outcome.PASSED]
    assert [r.key for r in run_tests(Source.from_dict({**tiny_app(), "tests": [one, again]}), ["b"]).results] == ["b"]


def test_time_is_bounded() -> None:
    tests = [{"key": f"t{n}", "label": "T", "now": "2026-03-02 09:00", "people": PEOPLE} for n in range(3)]
    report = run_tests(Source.from_dict({**tiny_app(), "tests": tests}), seconds=-1)

    assert [result.outcome for result in report.results] == [Outcome.STOPPED] * 3
    assert not report.ok


def test_config_with_faults_is_not_run() -> None:
    config = tiny_app()
    config["forms"][0]["title"] = "nothing"

    report = run_tests(Source.from_dict(config))

    assert [fault.code for fault in report.faults] == ["field.unknown"]
    assert not report.ok


def test_template_is_tested_with_the_defaults_of_its_questions() -> None:
    config = tiny_app()
    config["app"]["parameters"] = [{"key": "days", "label": "Days", "type": "number", "default": 3}]
    config["alerts"][0]["when"] = "stage == 'open' and days_in_stage > {{days}}"
    old = {**RECORDS[1], "stage_entered_at": "2026-02-26"}
    expect = {
        "records": [{"record": "deal", "alerts": {"stale_deal": ["alice"]}, "values": {"days_in_stage": "{{days}}"}}]
    }
    test = {"key": "one", "label": "One", "now": "2026-03-02 09:00", "people": PEOPLE, "records": [RECORDS[0], old]}

    report = run_tests(Source.from_dict({**config, "tests": [{**test, "expect": expect}]}))

    assert told(report) == [("/expect/records/0/values/days_in_stage", "“Days in stage”: expected 3, found 4.")]


def test_several_threads_run_tests_at_once() -> None:
    one = {"key": "a", "label": "A", "now": "2026-03-02 09:00", "people": PEOPLE, "records": RECORDS}
    source = Source.from_dict({**tiny_app(), "tests": [{**one, "expect": {"counts": {"deal": 1}}}]})

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: run_tests(source), range(8)))

    assert [report.ok for report in reports] == [True] * 8
