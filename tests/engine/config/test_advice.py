"""Advice is given where it helps and nowhere else; the folder of broken configs shows each sentence."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from engine.config.check import check
from engine.config.load import load
from engine.config.source import Source

FOLDER = Path(__file__).resolve().parents[2] / "broken_configs"
ROOT = Path(__file__).resolve().parents[3]


def config(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def codes(made: Any) -> list[str]:
    return [fault.code for fault in check(Source.from_dict(made))]


def result_of(made: Any) -> Any:
    return made["okrs"][0]["objectives"][0]["key_results"][0]


@pytest.mark.parametrize(
    ("label", "formula", "agg", "told"),
    [
        ("Hold 12 training sessions", "done", "count", True),
        ("完成 12 场客户拜访", "done", "count", True),
        ("每週會議", "done + 1", "count_distinct", True),
        ("Share of trainings passed", "100 * done / (done + 3)", "count", False),
        ("Trained people", "done", "count", False),
        ("Recall", "done", "count", False),
        ("Cost of training", "done", "sum", False),
        ("Customers won", "done", "count", False),
    ],
)
def test_a_count_of_what_people_do_is_told_from_a_result(label: str, formula: str, agg: str, told: bool) -> None:
    made = config("kr_counts_an_activity")
    measure = {"count": {"agg": "count"}, "count_distinct": {"agg": agg, "value": "name"}}
    made["okrs"][0]["measures"]["done"] = {"of": "task", **measure.get(agg, {"agg": agg, "value": "cost"})}
    result_of(made).update(label=label, formula=formula)

    assert ("kr.activity" in codes(made)) is told


def test_the_label_of_the_form_tells_too() -> None:
    made = config("kr_counts_an_activity")
    result_of(made)["label"] = "At least 10"
    assert codes(made) == []

    made["forms"][0]["label"] = {"en": "Visit", "zh_Hans": "走访"}
    assert codes(made) == ["kr.activity"]


def test_who_answers_may_stand_at_the_result_or_at_its_objective() -> None:
    made = config("kr_without_owner")
    assert codes(made) == ["kr.owner"]

    result_of(made)["owner"] = "member"
    assert codes(made) == []


def test_stages_in_which_records_end_make_no_process_long() -> None:
    made = config("pipeline_too_long")
    made["pipelines"][0]["stages"][-2]["kind"] = "lost"

    assert codes(made) == []


def test_advice_waits_for_a_config_without_errors() -> None:
    made = copy.deepcopy(config("kr_without_unit"))
    result_of(made)["formula"] = "dnoe"

    assert codes(made) == ["unknown_name"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("sample_configs/*/app.json")), ids=lambda path: path.parent.name)
def test_samples_follow_the_advice(path: Path) -> None:
    assert [fault.text for fault in check(load(path.parent))] == []
