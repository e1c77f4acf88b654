"""A fault stops only the parts that have it, and those that depend on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.config.source import Source
from engine.design.on_records import over_records, understood
from engine.design.sound import sound_with
from engine.okr.objectives import objectives
from engine.people import SYSTEM
from tests.support.configs import Config, field_of, form_of, tiny_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Tiny


def _visit(config: Config) -> None:
    form_of(config, "visit")["title"] = "no_such_field"


def _deal(config: Config) -> None:
    form_of(config, "deal")["title"] = "no_such_field"


def _rule(config: Config) -> None:
    config["alerts"][0]["when"] = "amont > 3"


def _pipeline(config: Config) -> None:
    config["pipelines"][0]["initial"] = "nowhere"


def _measure(config: Config) -> None:
    config["app"]["measures"]["open_deals"]["where"] = "stge == 'open'"


def _roles(config: Config) -> None:
    config["app"]["roles"][0].pop("key")


@pytest.mark.parametrize(
    ("spoil", "forms", "okr"),
    [
        (_visit, {"account", "deal"}, True),
        (_deal, set(), False),  # accounts add up deals, visits name them
        (_rule, {"account", "deal", "visit"}, True),
        (_pipeline, set(), False),  # deals show their stage, and the others name deals
        (_measure, {"account", "deal", "visit"}, True),
        (_roles, set(), False),
    ],
)
def test_parts_that_do_not_depend_on_a_fault_are_understood(
    spoil: Callable[[Config], None], forms: set[str], okr: bool
) -> None:
    config = tiny_app()
    spoil(config)
    source = Source.from_dict(config)

    found = {key for key in ("account", "deal", "visit") if sound_with(source, f"forms/{key}.json") is not None}

    assert (found, sound_with(source, "okrs/sales.json") is not None) == (forms, okr)


def test_what_is_left_means_the_same(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Alpha", account=account.id, amount=100)
    whole, spoilt = tiny_app(), tiny_app()
    _visit(spoilt)
    sound = sound_with(Source.from_dict(spoilt), "okrs/sales.json")
    assert sound is not None
    with tiny.db() as session:
        values = [
            over_records(
                session, tiny.live(session), source, tiny.now,
                lambda live: objectives(session, live, live.app.okrs["sales"], SYSTEM, tiny.now).measures,
            )
            for source in (Source.from_dict(whole), sound)
        ]  # fmt: skip
    assert values[0] == values[1]
    assert set(understood(sound).app.forms) == {"account", "deal"}


def test_sound_draft_stays_whole_and_unknown_parts_are_not_found() -> None:
    config = tiny_app()
    assert field_of(config, "deal", "amount")
    source = Source.from_dict(config)

    assert sound_with(source, "forms/deal.json") is source
    _visit(config)
    assert sound_with(Source.from_dict(config), "forms/none.json") is None
