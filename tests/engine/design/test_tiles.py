"""New tiles and sets of tiles: each is whole, in an app that has everything and in one that has nothing but a form."""

from __future__ import annotations

from typing import Any

import pytest

from engine.config.check import check
from engine.config.desk import Desk
from engine.config.source import Source
from engine.dashboards.tiles import TILES
from engine.design.tiles import SETS, new_tile, offered_sets, offered_types, tile_set
from tests.support.configs import tiny_app

WORDS = {
    word: word.title()
    for word in ("open", "worth", "won", "stages", "way", "ranking", "load", "progress", "course", "results")
}


def bare_app() -> dict[str, Any]:
    """An app with one form of one field."""
    form = {
        "key": "note",
        "label": "Note",
        "title": "name",
        "fields": [{"key": "name", "type": "text", "label": "Name"}],
    }
    return {"app": {"key": "bare", "label": "Bare", "roles": [{"key": "member", "label": "Member"}]}, "forms": [form]}


def faults(config: dict[str, Any], tiles: list[Any]) -> list[str]:
    whole = {**config, "dashboards": [{"key": "board", "label": "Board", "tiles": tiles}]}
    return [f"{one.pointer}: {one}" for one in check(Source.from_dict(whole)) if one.level == "error"]


@pytest.mark.parametrize("config", [tiny_app(), bare_app()], ids=["whole", "bare"])
def test_every_type_begins_with_a_tile_without_faults(config: dict[str, Any]) -> None:
    desk = Desk(Source.from_dict(config))
    tiles: list[Any] = []
    for type_key in offered_types(desk):
        tiles.append(new_tile(desk, {"tiles": tiles}, type_key, "Tile"))

    assert faults(config, tiles) == []
    assert len({one["key"] for one in tiles}) == len(tiles)
    assert ({one["type"] for one in tiles} == set(TILES)) is ("okrs" in config)


@pytest.mark.parametrize("config", [tiny_app(), bare_app()], ids=["whole", "bare"])
def test_every_set_is_without_faults_over_each_form(config: dict[str, Any]) -> None:
    desk = Desk(Source.from_dict(config))
    for form in ("", *desk.forms):
        for wanted in offered_sets(desk):
            tiles = tile_set(desk, {}, wanted, WORDS, form)
            again = tile_set(desk, {"tiles": tiles}, wanted, WORDS, form)

            assert faults(config, [*tiles, *again]) == []


def test_sets_are_offered_where_the_app_has_what_they_show() -> None:
    assert offered_sets(Desk(Source.from_dict(tiny_app()))) == list(SETS)
    assert offered_sets(Desk(Source.from_dict(bare_app()))) == ["team", "target"]
