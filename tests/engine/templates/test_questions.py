"""Questions of a template keep their keys over its versions: answers given long ago go by them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from engine.config.load import load
from engine.people import SYSTEM
from engine.releases import clone
from engine.templates import saving, upgrading
from engine.templates.gallery import own_versions
from engine.templates.questions import Question, asked_before, candidates, fresh_keys, keys_of
from tests.support.configs import Config, tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.config.source import Source
    from engine.templates.gallery import Template
    from tests.engine.conftest import Tiny


def _config(days: int = 30) -> Config:
    whole = copy.deepcopy(tiny_app())
    whole["alerts"][0]["when"] = f"stage == 'open' and days_in_stage > {days}"
    whole["alerts"][0]["fallback"] = ["person:alice"]
    return whole


def _place(source: Source, file: str, value: float) -> str:
    return next(one.id for one in candidates(source) if one.file.startswith(file) and one.value == value)


def _save(session: Session, tiny: Tiny, whole: Config, ticked: dict[str, str] | None = None) -> Template:
    """Save as the page does: what was asked before is asked again, under its key."""
    source, earlier = load(whole), own_versions(session, "mine")
    asked = asked_before(source, earlier[0]) if earlier else {}
    asked |= {place: Question(key, key) for place, key in (ticked or {}).items()}
    return saving.save_template(session, saving.portable(source, {}, asked, earlier), "mine", "", SYSTEM, tiny.now)


def test_what_was_asked_is_found_again_although_things_moved(tiny: Tiny) -> None:
    whole = _config()
    source = load(whole)
    with tiny.db.begin() as session:
        _save(session, tiny, whole, {_place(source, "alerts", 30): "answer_1", _place(source, "okrs", 50): "answer_2"})
        clone(session, _template(session), SYSTEM, tiny.now, key="east",
              parameters={"answer_1": 45, "answer_2": 77, "person_1": "bob"})  # fmt: skip

        newer = _config()
        results = newer["okrs"][0]["objectives"][0]["key_results"]
        results.insert(0, {**copy.deepcopy(results[-1]), "key": "another", "target": 3})
        newer["alerts"].insert(0, {**copy.deepcopy(newer["alerts"][0]), "key": "aaa", "fallback": ["person:carol"]})
        newer["alerts"][1]["when"] = "stage == 'open' and days_in_stage > 31"
        found = _save(session, tiny, newer)

        defaults = {one.key: one.default for one in found.parameters}
        merged = upgrading.upgrade(session, "east", answers={"person_2": "alice"})
        told = {one.id: one.kind for one in merged.merged.differences}

    assert defaults == {"answer_1": 31, "answer_2": 50, "person_1": None, "person_2": None}
    rules = {one["key"]: one for one in found.source.to_dict()["alerts"]}  # type: ignore[attr-defined,index]
    assert (rules["aaa"]["fallback"], rules["stale_deal"]["fallback"]) == (
        ["person:{{person_2}}"],
        ["person:{{person_1}}"],
    )
    assert merged.new_questions == ("person_2",)
    assert "/alerts/stale_deal/when" not in told, "the app's own 45 days stay"
    assert "/alerts/stale_deal/fallback/person:bob" not in told


def test_a_key_is_never_given_to_another_question() -> None:
    first = load(
        {
            **_config(),
            "app": {
                **_config()["app"],
                "parameters": [{"key": "answer_2", "label": "x", "type": "number", "default": 1}],
            },
        }
    )

    fresh = fresh_keys("answer", keys_of([first]))

    assert [next(fresh), next(fresh)] == ["answer_1", "answer_3"]


def test_questions_stand_in_the_order_of_the_page_and_say_whom_they_mean(tiny: Tiny) -> None:
    source = load(_config())
    asked = {one.id: Question(f"q_{place}", "?") for place, one in enumerate(candidates(source))}

    found = saving.portable(source, {}, asked).to_dict()["app"]["parameters"]  # type: ignore[index]

    assert [one["key"] for one in found] == [*(f"q_{place}" for place in range(len(asked))), "person_1"]
    assert found[-1]["label"]["en"].startswith("Who is told: ")


def test_a_template_has_a_name_of_its_own(tiny: Tiny) -> None:
    source = load(_config())
    kept = saving.named(source, "", "").to_dict()["app"]
    other = saving.named(source, "Regional sales", "For every region").to_dict()["app"]

    assert kept["label"] == _config()["app"]["label"]  # type: ignore[index]
    assert (other["label"], other["description"]) == ("Regional sales", "For every region")  # type: ignore[index]
    assert [saving.following(one) for one in ("1.0.9", "2", "v3-beta", "")] == ["1.0.10", "3", "v4-beta", ""]


def _template(session: Session) -> Template:
    from engine.templates.gallery import template_named

    found = template_named(session, "mine")
    assert found is not None
    return found
