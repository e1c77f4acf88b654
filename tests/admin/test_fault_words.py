"""Faults of a config as its designers read them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from admin.fault_words import at_member, fault_words, place_words
from engine.config.load import load
from engine.design.examining import examined
from tests.support.configs import field_of, tiny_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.site import Site


def _nameless_option(app: dict[str, Any]) -> None:
    field_of(app, "account", "tier")["options"].append({"key": "third"})


def _lonely_stage(app: dict[str, Any]) -> None:
    app["pipelines"][0]["stages"].insert(1, {"key": "alone", "label": "Talking <b>", "kind": "open"})


def _unknown_role(app: dict[str, Any]) -> None:
    app["pipelines"][0]["stages"][0]["owner_role"] = "deal"


@pytest.mark.parametrize(
    ("mistake", "place", "told"),
    [
        (_nameless_option, "Form “Account” › Field “Tier” › Option 3 › Title", "“Title” is missing here."),
        (_lonely_stage, "Pipeline “Deal pipeline” › Stage “Talking <b>”", "No move leads from “Open” to the stage “Talking <b>”."),
        (_unknown_role, "Pipeline “Deal pipeline” › Stage “Open” › Who works here", "There is no role “deal”."),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_the_names_of_things(
    site: Site, mistake: Callable[[dict[str, Any]], None], place: str, told: str
) -> None:
    whole = copy.deepcopy(tiny_app())
    mistake(whole)
    source = load(whole)
    fault = next(one for one in examined(source)[0] if one.level == "error" or "leads from" in one.template)

    with site.app.test_request_context("/"):
        spot = next(one.spot for one in source.files if one.path == fault.file)
        found = place_words(spot, at_member(fault).pointer), fault_words(fault, source)

    assert found == (place, told)


def test_what_was_taken_away_is_called_as_it_was(site: Site) -> None:
    source, whole = load(tiny_app()), copy.deepcopy(tiny_app())
    form = next(one for one in whole["forms"] if one["key"] == "deal")
    form["fields"] = [one for one in form["fields"] if one["key"] != "discount"]
    form["list"] = {"columns": ["name", "discount"]}
    changed = load(whole)
    fault = next(one for one in examined(changed)[0] if one.code == "field.unknown" and one.pointer.startswith("/list"))

    with site.app.test_request_context("/"):
        told = fault_words(fault, changed, lambda: source), fault_words(fault, changed)

    assert told == (
        "There is no field “Discount” in this form.",
        "There is no field “discount” in this form.",
    )
