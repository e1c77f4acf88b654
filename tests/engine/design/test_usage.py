from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.config.check import examine
from engine.config.load import load
from engine.config.source import Source
from engine.design.outside import uses_outside
from engine.design.things import Thing
from engine.design.usage import Usage, usage
from engine.people import SYSTEM
from engine.records import create
from engine.talk.followers import follow
from engine.views.rows import SavedView, ViewHabit
from tests.engine.conftest import Tiny
from tests.support.configs import tiny_app
from tests.support.rooms import ROOT


def texts(thing: Thing, whole: Any = None) -> list[tuple[str, str]]:
    found = usage(Source.from_dict(whole or tiny_app())).of(thing)
    return [(f"{use.file}#{use.pointer}", use.text) for use in found]


def test_uses_of_a_field_are_told_in_words() -> None:
    found = texts(Thing("field", "region", "account"))

    assert ("forms/account.json#/sections/0/fields/1", "Account › Basics › section") in found
    assert ("pipelines/deal_pipeline.json#/transitions/1/guard", "Deal pipeline › Win › guard") in found


def test_words_in_texts_are_no_uses() -> None:
    config = tiny_app()
    config["alerts"][0]["message"] = {"en": "The region is fine", "zh_Hans": "region", "zh_Hant": "region"}

    found = texts(Thing("field", "region", "account"), config)

    assert not [place for place, _ in found if place.startswith("alerts/")]


def test_uses_of_options_stages_and_roles_are_found_in_expressions() -> None:
    guard = ("pipelines/deal_pipeline.json#/transitions/1/guard", "Deal pipeline › Win › guard")

    assert texts(Thing("option", "north", "account", "region")) == [guard]
    assert guard in texts(Thing("role", "manager"))
    assert ("alerts/stale_deal.json#/when", "Deal stands still › condition") in texts(Thing("stage", "offer", "deal"))


def test_uses_of_a_parameter_are_found_in_all_texts() -> None:
    config = tiny_app()
    config["app"]["parameters"] = [{"key": "days", "label": "Days", "type": "number", "default": 30}]
    config["alerts"][0]["when"] = "days_in_stage > {{days}}"

    assert texts(Thing("parameter", "days"), config) == [
        ("alerts/stale_deal.json#/when", "Deal stands still › condition")
    ]


def test_form_uses_nothing_of_its_own() -> None:
    found = texts(Thing("form", "account"))

    assert found
    assert not [place for place, _ in found if place.startswith("forms/account.json")]


def _things(whole: dict[str, Any]) -> Iterator[tuple[Thing, dict[str, Any]]]:
    for form in whole["forms"]:
        for field in form["fields"]:
            yield Thing("field", field["key"], form["key"]), field
            options = field.get("options", [])
            yield from ((Thing("option", one["key"], form["key"], field["key"]), one) for one in options)
    for pipeline in whole.get("pipelines", []):
        for kind in ("stage", "transition"):
            yield from ((Thing(kind, one["key"], pipeline["form"]), one) for one in pipeline.get(f"{kind}s", []))
    yield from ((Thing("role", one["key"]), one) for one in whole["app"].get("roles", []))
    yield from ((Thing("rule", one["key"]), one) for one in whole.get("alerts", []))
    for okr in whole.get("okrs", []):
        yield Thing("okr", okr["key"]), okr
        results = [result for objective in okr["objectives"] for result in objective["key_results"]]
        yield from ((Thing("key_result", one["key"], okr["key"]), one) for one in results)


def _unknown(whole: dict[str, Any]) -> set[tuple[str, str]]:
    faults = examine(Source.from_dict(whole))[1].faults
    return {(fault.file, fault.pointer) for fault in faults if "unknown" in fault.code}


@pytest.mark.parametrize("name", ["tiny", "expense_claims", "sales_pipeline"])
def test_whatever_breaks_when_a_thing_is_gone_was_among_its_uses(name: str) -> None:
    whole: Any = tiny_app() if name == "tiny" else load(Path(ROOT / "sample_configs" / name)).to_dict()
    uses, count = Usage(Source.from_dict(whole)), 0

    for thing, spot in list(_things(whole))[:: 1 if name != "sales_pipeline" else 12]:
        known = {(use.file, use.pointer) for use in uses.of(thing)}
        spot["key"] = "zz_gone"
        broken = {(file.replace("zz_gone", thing.key), pointer) for file, pointer in _unknown(whole)}
        spot["key"] = thing.key
        count += len(broken)
        assert broken <= known, thing

    assert count > 25


def test_uses_outside_of_the_config_are_found(tiny: Tiny) -> None:
    field, form = Thing("field", "amount", "deal"), Thing("form", "deal")
    with tiny.db.begin() as session:
        live, alice = tiny.live(session), tiny.user("alice")
        account = create(session, live, "account", {"name": "Acme", "region": "north"}, SYSTEM, tiny.now)
        deal = create(session, live, "deal", {"name": "Big", "account": account.id, "amount": 5}, alice, tiny.now)
        follow(session, "tiny", "record", f"deal/{deal.id}", alice.id or 0, tiny.now)
        common: dict[str, Any] = {
            "app_key": "tiny",
            "form": "deal",
            "kind": "table",
            "owner_id": alice.id,
            "position": 1,
        }
        common |= {"created_at": tiny.now, "updated_at": tiny.now}
        session.add(SavedView(name="Mine", roles=[], settings={"columns": ["amount"]}, **common))
        session.add(
            SavedView(name="Ours", roles=["rep"], settings={"filter": "stage == 'open' and amount > 3"}, **common)
        )
        session.add(ViewHabit(person_id=alice.id, app_key="tiny", form="deal", view="", widths={"amount": 90}))
        session.flush()

        def told(thing: Thing) -> list[str]:
            return [use.text for use in uses_outside(session, live, thing)]

        assert told(field) == ["records: 1", "Ours › saved view", "private views: 1", "people who set its width: 1"]
        assert told(form) == ["records: 1", "Ours › saved view", "private views: 1", "people who follow its records: 1"]
        assert told(Thing("stage", "open", "deal")) == ["records: 1", "Ours › saved view"]
        assert told(Thing("option", "north", "account", "region")) == ["records: 1"]
        assert told(Thing("role", "rep")) == ["people who hold it: 3", "Ours › saved view"]
        assert told(Thing("rule", "stale_deal")) == []
