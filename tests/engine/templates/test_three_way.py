"""Three-way merges: laws that hold for any edits, and what becomes of some edits people make."""

from __future__ import annotations

import copy
import os
import random
from typing import Any

import pytest

from engine.config.check import check
from engine.config.faults import errors_of
from engine.config.load import load
from engine.config.source import Source
from engine.templates.three_way import CONFLICT, LOCAL, NONE, THEIRS, UPSTREAM, merge, same
from tests.support.configs import Config, field_of, form_of, tiny_app

SEEDS = int(os.environ.get("STEERWAY_MERGES", "12"))


def config() -> Config:
    return copy.deepcopy(tiny_app())


def _note(whole: Config, rng: random.Random, mark: str) -> None:
    form = rng.choice(whole["forms"])
    key = f"note_{mark}_{rng.randrange(9)}"
    if key not in [one["key"] for one in form["fields"]]:
        place = rng.randrange(len(form["fields"]) + 1)
        form["fields"].insert(place, {"key": key, "type": "text", "label": f"Note {mark}"})


def _label(whole: Config, rng: random.Random, mark: str) -> None:
    form = rng.choice(whole["forms"])
    rng.choice(form["fields"])["label"] = f"{mark} {rng.randrange(9)}"


def _shuffle(whole: Config, rng: random.Random, mark: str) -> None:
    rng.shuffle(rng.choice(whole["forms"])["fields"])


def _rule(whole: Config, rng: random.Random, mark: str) -> None:
    rule = copy.deepcopy(whole["alerts"][0])
    rule["key"] = f"rule_{mark}"
    whole["alerts"] = [one for one in whole["alerts"] if one["key"] != rule["key"]] + [rule]


def _gone(whole: Config, rng: random.Random, mark: str) -> None:
    if len(whole["alerts"]) > 1:
        whole["alerts"].pop(rng.randrange(len(whole["alerts"])))


def _severity(whole: Config, rng: random.Random, mark: str) -> None:
    for one in whole["alerts"]:
        one["severity"] = rng.choice(["info", "warning", "critical"])


EDITS = [_note, _label, _shuffle, _rule, _gone, _severity]


def edited(seed: int, mark: str) -> Source:
    rng, whole = random.Random(seed), config()
    for _ in range(rng.randrange(1, 6)):
        rng.choice(EDITS)(whole, rng, mark)
    return load(whole)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_merging_keeps_the_laws(seed: int) -> None:
    base, one, other = load(config()), edited(seed, "a"), edited(seed + 1000, "b")

    assert merge(base, base, one).source.to_dict() == one.to_dict()
    assert merge(base, one, base).source.to_dict() == one.to_dict()
    assert merge(base, one, one).source.to_dict() == one.to_dict()
    assert merge(base, one, one).differences == ()
    both = merge(base, one, other)
    if not both.conflicts:
        assert errors_of(check(both.source)) == []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_disjoint_changes_survive_in_any_order(seed: int) -> None:
    rng = random.Random(seed)
    base, ours, theirs = config(), config(), config()
    _note(ours, rng, "a")
    _label(ours, rng, "ours")
    _rule(ours, rng, "a")
    _note(theirs, rng, "b")
    _rule(theirs, rng, "b")

    found = merge(load(base), load(ours), load(theirs))

    text = str(found.source.to_dict())
    assert found.conflicts == ()
    assert all(word in text for word in ("note_a", "note_b", "'ours ", "rule_a", "rule_b"))
    assert errors_of(check(found.source)) == []


def _differences(ours: Config, theirs: Config, **more: Any) -> list[tuple[str, str, str]]:
    found = merge(load(config()), load(ours), load(theirs), **more)
    return [(one.kind, one.id, one.taken) for one in found.differences]


def test_what_both_changed_is_a_conflict_and_ours_until_chosen() -> None:
    ours, theirs = config(), config()
    field_of(ours, "deal", "amount")["label"] = "Sum"
    field_of(theirs, "deal", "amount")["label"] = "Worth"
    field_of(theirs, "account", "name")["label"] = "Called"

    found = _differences(ours, theirs)

    assert (CONFLICT, "/forms/deal/fields/amount/label", "ours") in found
    assert (UPSTREAM, "/forms/account/fields/name/label", "theirs") in found
    chosen = merge(load(config()), load(ours), load(theirs), {"/forms/deal/fields/amount/label": THEIRS})
    assert "Worth" in str(chosen.source.to_dict())


def test_what_we_need_is_not_taken_out_by_an_upgrade() -> None:
    base, ours, theirs = config(), config(), config()
    for whole in (base, ours):
        form_of(whole, "deal")["fields"].append({"key": "hint", "type": "text", "label": "Hint"})
    form_of(ours, "deal").setdefault("list", {}).setdefault("columns", ["name"]).append("hint")

    found = merge(load(base), load(ours), load(theirs))

    gone = next(one for one in found.differences if one.id == "/forms/deal/fields/hint")
    assert (gone.kind, gone.theirs is NONE, gone.taken) == (CONFLICT, True, "ours")
    assert errors_of(check(found.source)) == []


def test_local_changes_are_told_and_can_be_given_up() -> None:
    ours = config()
    ours["app"]["label"] = "Ours"

    assert (LOCAL, "/app/label", "ours") in _differences(ours, config())
    given_up = merge(load(config()), load(ours), load(config()), {"/app/label": THEIRS})
    assert same(given_up.source, load(config()))


def test_what_is_needed_stays_although_the_draft_has_a_fault_of_its_own() -> None:
    base, ours, theirs = config(), config(), config()
    for whole in (base, ours):
        form_of(whole, "deal")["fields"].append({"key": "hint", "type": "text", "label": "Hint"})
    form_of(ours, "deal").setdefault("list", {}).setdefault("columns", ["name"]).extend(["hint", "nowhere"])

    found = merge(load(base), load(ours), load(theirs))

    gone = next(one for one in found.differences if one.id == "/forms/deal/fields/hint")
    assert (gone.kind, gone.taken, gone.is_needed) == (CONFLICT, "ours", True)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_field_is_of_one_type_with_all_that_belongs_to_it(side: str) -> None:
    ours, theirs = config(), config()
    number = {"key": "grade", "type": "number", "label": "Grade", "min": 1}
    choice = {"key": "grade", "type": "choice", "label": "Class", "options": [{"key": "a", "label": "A"}]}
    form_of(ours, "deal")["fields"].append(number)
    form_of(theirs, "deal")["fields"].append(choice)
    place = "/forms/deal/fields/grade"

    found = merge(load(config()), load(ours), load(theirs), {f"{place}/type": side})

    told = [one.id for one in found.differences if one.id.startswith(place)]
    assert told == [f"{place}/type", f"{place}/label"]
    assert field_of(found.source.to_dict(), "deal", "grade") == {
        **(number if side == "ours" else choice),
        "label": "Grade",
    }
    assert errors_of(check(found.source)) == []
