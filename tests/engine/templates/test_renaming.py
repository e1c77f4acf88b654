"""Renaming keys: nothing that names them is left behind, and nothing else is touched."""

from __future__ import annotations

import copy
import json

import pytest

from engine.config.check import check
from engine.config.load import load
from engine.config.source import Source
from engine.design.things import Thing
from engine.templates.gallery import SHIPPED
from engine.templates.renaming import rename
from tests.support.configs import form_of, tiny_app


def text_of(source: Source) -> str:
    return json.dumps(source.to_dict(), ensure_ascii=False)


def sample() -> Source:
    return load(SHIPPED / "sales_pipeline")


#: Every kind of thing of the largest sample that others name.
NAMES = [
    Thing("form", "customer"),
    Thing("form", "opportunity"),
    Thing("field", "customer", "opportunity"),
    Thing("field", "amount", "opportunity"),
    Thing("field", "region", "customer"),
    Thing("stage", "lost", "opportunity"),
    Thing("stage", "negotiation", "opportunity"),
    Thing("option", "urgent", "ticket", "priority"),
    Thing("role", "manager"),
    Thing("measure", "tickets_open"),
    Thing("okr", "quarter"),
]


@pytest.mark.parametrize("thing", NAMES, ids=lambda one: f"{one.kind} {one.key}")
def test_renamed_there_and_back_is_the_same(thing: Thing) -> None:
    before = sample()
    fresh = Thing(thing.kind, "zz_new", thing.form, thing.field)

    there = rename(before, {thing: "zz_new"})

    assert [f.text for f in check(there) if f.level == "error"] == []
    assert text_of(there) != text_of(before)
    assert rename(there, {fresh: thing.key}).to_dict() == before.to_dict()


def test_all_at_once_and_a_swap() -> None:
    names = {thing: f"zz_{number}" for number, thing in enumerate(NAMES)}
    whole = rename(sample(), names)

    assert [f.text for f in check(whole) if f.level == "error"] == []
    assert '"tickets_open"' not in text_of(whole)
    config = tiny_app()
    first, second = (one["key"] for one in form_of(config, "deal")["fields"][:2])
    swap = {Thing("field", first, "deal"): second, Thing("field", second, "deal"): first}
    assert rename(rename(load(config), swap), swap).to_dict() == load(config).to_dict()


def test_words_in_texts_and_names_of_others_stay() -> None:
    config = copy.deepcopy(tiny_app())
    config["alerts"][0]["when"] = "stage == 'open' and name != 'amount' and amount > 3"
    config["alerts"][0]["message"] = "amount of {name}: {amount}"

    whole = rename(load(config), {Thing("field", "amount", "deal"): "worth"}).to_dict()

    assert whole["alerts"][0]["when"] == "stage == 'open' and name != 'amount' and worth > 3"  # type: ignore[index]
    assert whole["alerts"][0]["message"] == "amount of {name}: {worth}"  # type: ignore[index]


def test_parameters_inside_expressions_survive() -> None:
    config = copy.deepcopy(tiny_app())
    config["app"]["parameters"] = [{"key": "most", "label": "Most", "type": "number", "default": 5}]
    config["alerts"][0]["when"] = "stage == 'open' and amount > {{most}}"

    whole = rename(load(config), {Thing("field", "amount", "deal"): "worth", Thing("parameter", "most"): "limit"})

    assert whole.to_dict()["alerts"][0]["when"] == "stage == 'open' and worth > {{limit}}"  # type: ignore[index]
    assert [f.text for f in check(whole) if f.level == "error"] == []
