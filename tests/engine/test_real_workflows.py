"""Workflows that real products ship become configs, and records walk them from end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine import pipeline
from engine.config.check import check
from engine.config.faults import errors_of, line
from engine.config.source import Source
from engine.config_tests import run_tests
from engine.errors import MoveRefused, Refused
from engine.people import SYSTEM, User, create_person, find_user, grant
from engine.records import create, update
from engine.releases import live, publish
from tests.engine.conftest import Tiny
from tests.support import approval_tree, frappe_workflows

Config = dict[str, Any]


def _read(data: Path, folder: str, name: str) -> Any:
    path = data / folder / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the data set {folder} is not beside this folder")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def finance(shared_data: Path) -> frappe_workflows.Converted:
    """Six workflows of a finance app for ERPNext (MIT)."""
    return frappe_workflows.convert(
        *(_read(shared_data, "imogi_workflows", name) for name in ("workflow", "role", "workflow_state"))
    )


@pytest.fixture
def contract(shared_data: Path) -> Config:
    """The approval of a contract, as a designer of such flows ships it (MIT)."""
    folder = "cn_workflow_stavinli"
    lists = [_read(shared_data, folder, name)["data"] for name in ("data", "conditions", "roles", "departments")]
    return approval_tree.convert(lists[0], lists[1], lists[2]["list"], lists[3]["childDepartments"])


def _errors(config: Config) -> list[str]:
    return [line(fault) for fault in errors_of(check(Source.from_dict(config)))]


def test_workflows_of_a_finance_app_are_right_configs(finance: frappe_workflows.Converted) -> None:
    pipelines = finance.config["pipelines"]

    assert _errors(finance.config) == []
    assert (len(pipelines), sum(len(one["stages"]) for one in pipelines)) == (6, 30)
    own = [move for one in pipelines for move in one["transitions"] if not move["key"].startswith("auto_")]
    assert len(own) == 21
    assert [note for note in finance.notes if "an edit, no move" in note] == [
        "Cash Bank Daily Report Workflow: “Regenerate” changes a document where it stands: an edit, no move"
    ]
    assert len(finance.notes) == 1 + len([m for one in pipelines for m in one["transitions"]]) - len(own)


def _paths(flow: Config) -> Iterator[list[Config]]:
    """Yield for each move a way from the first stage that ends with it."""
    ways: dict[str, list[Config]] = {flow["initial"]: []}
    waiting = [flow["initial"]]
    while waiting:
        here = waiting.pop(0)
        for move in flow["transitions"]:
            if here in move["from"]:
                yield [*ways[here], move]
                if move["to"] not in ways:
                    ways[move["to"]] = [*ways[here], move]
                    waiting.append(move["to"])


def test_documents_walk_every_transition_by_role(finance: frappe_workflows.Converted, tiny: Tiny) -> None:
    config, roles = finance.config, [role["key"] for role in finance.config["app"]["roles"]]
    with tiny.db.begin() as session:
        publish(session, config, SYSTEM, tiny.now)
        for name in ("maker", *roles):
            person = create_person(session, f"flow_{name}", name, now=tiny.now)
            grant(session, person, "frappe_flows", *{"employee", name}.intersection(roles))
    walked = 0
    with tiny.db.begin() as session:
        app = live(session, "frappe_flows")
        users = {name: find_user(session, f"flow_{name}") for name in ("maker", *roles)}

        def go(form: str, id_: int, move: Config, user: User) -> None:
            pipeline.move(session, app, form, id_, move["key"], {}, user, tiny.now)

        for flow in config["pipelines"]:
            form = flow["form"]
            for way in _paths(flow):
                made = create(session, app, form, {"subject": "A", "amount": 5}, users["maker"], tiny.now)
                *before, last = way
                for move in before:
                    go(form, made.id, move, users[move.get("roles", ["employee"])[0]])
                right = users[last.get("roles", ["employee"])[0]]
                if "guard" in last:
                    with pytest.raises(MoveRefused):
                        go(form, made.id, last, users["maker"])
                if "roles" in last:
                    with pytest.raises(MoveRefused):
                        go(form, made.id, last, users["employee"])
                go(form, made.id, last, right)
                walked += 1
    assert walked == sum(len(move["from"]) for flow in config["pipelines"] for move in flow["transitions"])


def test_documents_are_edited_only_where_their_state_allows(finance: frappe_workflows.Converted, tiny: Tiny) -> None:
    form = "administrative_payment_voucher"
    with tiny.db.begin() as session:
        publish(session, finance.config, SYSTEM, tiny.now)
        for name in ("employee", "accounts_manager"):
            grant(session, create_person(session, f"e_{name}", now=tiny.now), "frappe_flows", *{"employee", name})
    with tiny.db.begin() as session:
        app = live(session, "frappe_flows")
        maker, manager = find_user(session, "e_employee"), find_user(session, "e_accounts_manager")
        made = create(session, app, form, {"subject": "A"}, maker, tiny.now)
        update(session, app, form, made.id, {"amount": 1}, maker, tiny.now)
        pipeline.move(session, app, form, made.id, "submit_for_approval", {}, maker, tiny.now)
        with pytest.raises(Refused):
            update(session, app, form, made.id, {"amount": 2}, maker, tiny.now)
        update(session, app, form, made.id, {"amount": 3}, manager, tiny.now)
        for to in ("approve", "post"):
            pipeline.move(session, app, form, made.id, to, {}, manager, tiny.now)
        with pytest.raises(Refused):
            update(session, app, form, made.id, {"amount": 4}, manager, tiny.now)


def test_contract_approval_is_a_right_config(contract: Config) -> None:
    moves = contract["pipelines"][0]["transitions"]

    assert _errors(contract) == []
    assert [one["label"] for one in contract["pipelines"][0]["stages"]] == ["发起", "审核人", "审核人", "通过", "驳回"]
    assert [(one["from"][0], one["to"]) for one in moves if one["to"] != "refused"] == [
        ("draft", "review_1"),
        ("review_1", "review_2"),
        ("review_2", "passed"),
        ("review_1", "passed"),
    ]
    assert contract["app"]["teams"] == ["人力行政部", "法务部"]


def _case(name: str, starter: str, steps: list[Config], stage: str, told: bool | list[str]) -> Config:
    people = {
        "u85": {"name": "天旭", "roles": ["employee"], "manager": "boss"},
        "ordinary": {"roles": ["employee"], "manager": "boss", "team": "法务部"},
        "alone": {"roles": ["employee"]},
        "boss": {"roles": ["employee"]},
        "u2515744": {"name": "哈哈哈哈", "roles": ["employee"]},
        "keeper": {"roles": ["employee", "shgly"]},
        "reader": {"roles": ["employee"]},
    }
    begin = {
        "do": "create",
        "form": "request",
        "as": "it",
        "values": {"subject": "合同", "cc": ["reader"]},
        "user": starter,
    }
    submit = {"do": "move", "record": "it", "to": "submit", "user": starter}
    expect = {"records": [{"record": "it", "values": {"stage": stage}, "alerts": {"copy_1": told}}]}
    common = {"key": name, "label": name, "now": "2026-03-02 09:00", "people": people}
    return {**common, "steps": [begin, submit, *steps], "expect": expect}


def _move(to: str, user: str, **more: Any) -> Config:
    return {"do": "move", "record": "it", "to": to, "user": user, **more}


def test_contract_approval_runs_as_it_was_drawn(contract: Config) -> None:
    """The starter's director decides; 天旭's contracts go on to 哈哈哈哈; then the picked people are told."""
    closed = {"refused": [{"code": "move.clause"}]}
    named = [_move("review_2", "boss"), _move("passed", "boss", refused=True), _move("passed", "u2515744")]
    tests = [
        _case("named_starter", "u85", [_move("passed", "boss", **closed), *named], "passed", ["reader"]),
        _case(
            "ordinary_starter",
            "ordinary",
            [_move("review_2", "boss", **closed), _move("passed", "boss")],
            "passed",
            ["reader"],
        ),
        _case(
            "stranger",
            "ordinary",
            [_move("passed", "keeper", **closed), _move("passed", "u85", **closed)],
            "review_1",
            False,
        ),
        _case(
            "no_director", "alone", [_move("passed", "boss", **closed), _move("passed", "keeper")], "passed", ["reader"]
        ),
        _case("refused", "ordinary", [_move("refused", "boss")], "refused", False),
    ]
    report = run_tests(Source.from_dict({**contract, "tests": tests}))

    assert report.faults == ()
    assert [(one.key, [line(fault) for fault in one.findings]) for one in report.results if one.findings] == []
    assert len(report.results) == len(tests)


def test_contract_approval_runs_on_both_databases(contract: Config, tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        publish(session, contract, SYSTEM, tiny.now)
        boss = create_person(session, "boss", now=tiny.now)
        for person in (
            boss,
            create_person(session, "u85", "天旭", now=tiny.now, manager_id=boss.id),
            create_person(session, "u2515744", "哈哈哈哈", now=tiny.now),
        ):
            grant(session, person, "approval", "employee")
    with tiny.db.begin() as session:
        app = live(session, "approval")
        starter, director, last = (find_user(session, name) for name in ("u85", "boss", "u2515744"))
        made = create(session, app, "request", {"subject": "合同", "cc": [director.id]}, starter, tiny.now)
        stages = ["draft", "review_1", "review_2", "passed"]
        for (_, to), user in zip(pairwise(stages), (starter, director, last), strict=True):
            for other in (starter, director, last):
                if other is not user:
                    with pytest.raises(MoveRefused):
                        pipeline.move(session, app, "request", made.id, to, {}, other, tiny.now)
            moved = pipeline.move(session, app, "request", made.id, to, {}, user, tiny.now)
        assert moved["stage"] == "passed"
