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


def _told(site: Site, whole: dict[str, Any], code: str, *, members: bool = True) -> str:
    source = load(whole)
    fault = next(one for one in examined(source)[0] if one.code == code)
    with site.app.test_request_context("/"):
        return fault_words(fault, source, lambda: load(tiny_app()), members=members)


def test_members_are_called_as_the_sheets_call_them(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    whole["app"]["measures"]["open_deals"] |= {"window": "cycle"}

    told = _told(site, whole, "measure.window"), _told(site, whole, "measure.window", members=False)

    assert told == (
        "A window needs “Date that counts”: which date of the record falls into it?",
        "A window needs “during”: which date of the record falls into it?",
    )


def test_measures_and_options_that_are_gone_are_called_by_their_names(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    field_of(whole, "account", "region")["options"].pop()
    result = whole["okrs"][0]["objectives"][0]["key_results"][0]
    result.setdefault("measures", {})["southern"] = {
        "label": "In the south",
        "of": "account",
        "agg": "count",
        "where": "region == 'south'",
    }

    assert _told(site, whole, "unknown_option") == "“South” is not one of the options."
    assert _told(site, whole, "measure.unused") == "No formula here uses the measure “In the south”."


def test_advice_calls_fields_and_languages_by_their_names(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    deal = next(one for one in whole["forms"] if one["key"] == "deal")
    deal["fields"].append({"key": "seats", "type": "number", "label": {"en": "Seats", "zh_Hans": "席位"}})
    deal["fields"].append(
        {"key": "per_seat", "type": "computed", "label": {"en": "Per seat", "zh_Hans": "单价", "zh_Hant": "單價"},
         "result": "number", "expression": "amount / seats"}
    )  # fmt: skip
    deal["permissions"] = [{"roles": ["rep"], "actions": ["read"], "fields": {"amount": "hidden"}}]
    source = load(whole)

    with site.app.test_request_context("/", headers={"Accept-Language": "zh-CN"}):
        form = next(one.spot for one in source.files if one.path == "forms/deal.json")
        told = {
            fault.code: (fault_words(fault, source), place_words(form, fault.pointer))
            for fault in examined(source)[0]
            if fault.file == form.file
        }

    assert told["label.missing"][0] == "缺少以下语言的文本：繁體中文。"
    assert told["divisor_may_be_empty"][0] == "“席位”可能为空或为 0；那时结果为空。"
    assert told["form.told"][0] == "“单价”由“金额”算出且未隐藏，可能泄露其内容。"
    assert told["form.told"][1].endswith("› 金额")
