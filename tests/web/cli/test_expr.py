"""`steerway expr`: any list of cases against any evaluator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.web.cli.conftest import Shell

DEFINITION = {
    "form": "deal",
    "time_zone": "Asia/Shanghai",
    "calendar": "CN",
    "forms": [
        {
            "key": "deal",
            "fields": [
                {"key": "amount", "type": "money"},
                {"key": "n", "type": "number"},
                {"key": "won_on", "type": "date"},
                {"key": "account", "type": "reference", "to": "account"},
            ],
        },
        {"key": "account", "fields": [{"key": "name", "type": "text"}, {"key": "region", "type": "text"}]},
    ],
}
CASES: list[tuple[dict[str, Any], object]] = [
    ({"expression": "amount > 100", "record": {"amount": 100.5}}, True),
    ({"expression": "amount / n", "record": {"amount": 1, "n": 0}}, None),
    ({"expression": "7 // 2"}, 3),
    ({"expression": "account.region", "record": {"account": {"region": "北区"}}}, "北区"),
    ({"expression": "account.owner.region == me.region", "record": {"account": {"owner": {"region": "n"}}}, "me": {"region": "n"}}, True),
    ({"expression": "account.region", "record": {}}, None),
    ({"expression": "days_between(won_on, today)", "record": {"won_on": "2026-11-01"}}, 20),
    ({"expression": "has_role('rep')", "me": {"id": 3, "roles": ["rep"]}}, False),
]  # fmt: skip


@pytest.fixture
def defined(steerway: Shell) -> Shell:
    (steerway.folder / "deal.json").write_text(json.dumps(DEFINITION), "utf-8")
    return steerway


def _lines(cases: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(case, ensure_ascii=False) for case in cases)


@pytest.mark.parametrize("engine", ["reference", "compiled", "sqlite", "postgresql"])
def test_eval_answers_alike_with_every_evaluator(defined: Shell, engine: str) -> None:
    if engine == "postgresql" and not defined.url.startswith("postgresql"):
        pytest.skip("needs the other database")
    cases = [case for case, _ in CASES[:-1]]
    path = str(defined.folder / "deal.json")

    answer = defined(
        "expr", "eval", "--definition", path, "--engine", engine, "--now", "2026-11-21", stdin=_lines(cases)
    )

    assert [row["value"] for row in answer.rows] == [wanted for _, wanted in CASES[:-1]]


def test_eval_tells_what_is_wrong_with_a_line_and_goes_on(defined: Shell) -> None:
    lines = _lines([{"expression": "amonut + 1", "id": "a"}, {"expression": "n", "record": {"n": 1}}, {"record": {}}])
    path = str(defined.folder / "deal.json")

    answer = defined("expr", "eval", "--definition", path, stdin=lines)

    wrong, right, empty = answer.rows
    assert answer.code == 1
    assert (wrong["id"], wrong["code"], wrong["column"], wrong["suggestion"]) == ("a", "unknown_name", 1, "amount")
    assert right["value"] == 1
    assert empty["code"] == "input"


def test_eval_refuses_values_that_do_not_fit(defined: Shell) -> None:
    lines = _lines([{"expression": "n", "record": {"n": "many"}}, {"expression": "n", "record": {"m": 1}}])

    answer = defined("expr", "eval", "--definition", str(defined.folder / "deal.json"), stdin=lines)

    assert [row["ok"] for row in answer.rows] == [False, False]


def test_explain_shows_the_parts(defined: Shell) -> None:
    line = _lines([{"expression": "n > 1 and amount > 5", "record": {"n": 2, "amount": 1}}])

    answer = defined("expr", "eval", "--definition", str(defined.folder / "deal.json"), "--explain", stdin=line)

    tree = answer.rows[0]["explanation"]
    assert [(one["text"], one["value"]) for one in tree["children"]] == [("n > 1", True), ("amount > 5", False)]


def test_check_reads_the_form_of_an_app(tiny: Shell) -> None:
    answer = tiny("expr", "check", "--form", "deal", stdin="amount > 5\nstage == 'wno'\n")

    right, wrong = answer.rows
    assert (right["ok"], right["type"]) == (True, "yes_no")
    assert (wrong["code"], wrong["suggestion"]) == ("unknown_option", '"won"')


def test_a_trial_leaves_nothing_in_the_database(defined: Shell) -> None:
    if not defined.url.startswith("postgresql"):
        pytest.skip("SQLite evaluates in memory")
    path = str(defined.folder / "deal.json")
    defined("expr", "eval", "--definition", path, "--engine", "postgresql", stdin=_lines([CASES[0][0]]))

    again = defined("expr", "eval", "--definition", path, "--engine", "postgresql", stdin=_lines([CASES[0][0]]))

    assert again.rows[0]["value"] is True


def test_small_definition_needs_no_labels_pipelines_or_unread_fields(steerway: Shell) -> None:
    fields = [
        {"key": "must", "type": "number", "required": True},
        {"key": "stage", "type": "choice", "options": ["lead", "won"]},
        {"key": "tags", "type": "choices", "options": ["vip", {"key": "new"}]},
    ]
    (steerway.folder / "small.json").write_text(json.dumps({"key": "deal", "fields": fields}), "utf-8")
    case = {"expression": "stage == 'won' and 'vip' in tags", "record": {"stage": "won", "tags": ["vip"]}}

    answer = steerway(
        "expr", "eval", "--definition", str(steerway.folder / "small.json"), "--engine", "sqlite", stdin=_lines([case])
    )

    assert [row["value"] for row in answer.rows] == [True]
