from __future__ import annotations

import json

import pytest

from engine.config.build import compile_config
from engine.config.canonical import canonical, canonical_text
from engine.config.check import check
from engine.config.load import load
from engine.config.schema import schemas
from engine.config.source import Source
from engine.dashboards.tiles import TILES
from engine.design.candidates import candidates, form_at, named_at
from engine.design.diff import diff
from engine.design.things import Thing
from engine.design.usage import usage
from engine.templates.combining import Part, combine, taken
from engine.templates.renaming import rename
from tests.support.configs import tiny_app
from tests.support.dashboards import app_with_dashboard, dashboard, tile_of


def test_dashboard_with_every_type_of_tile_is_built() -> None:
    config = app_with_dashboard()
    app = compile_config(load(config))

    found = app.dashboards["sales"]
    assert check(load(config)) == []
    assert {tile.type for tile in found.tiles} == set(TILES)
    assert [found.roles, found.order, [one.key for one in found.filters]] == [
        ("rep", "manager", "admin"),
        1,
        ["period", "region", "owner"],
    ]
    assert [tile.width for tile in found.tiles if tile.key in ("open", "by_stage", "funnel")] == [1, 2, 4]


def test_dashboards_stand_in_the_order_of_the_menu() -> None:
    config = tiny_app()
    config["dashboards"] = [
        {**dashboard(), "key": key, "order": order} for key, order in (("b", 2), ("c", 0), ("a", 1))
    ]

    assert list(compile_config(load(config)).dashboards) == ["c", "a", "b"]


@pytest.mark.parametrize("type_", sorted(TILES))
def test_every_type_of_tile_says_what_it_is_and_what_its_members_mean(type_: str) -> None:
    piece = schemas()["dashboard"]["$defs"][f"tile_{type_}"]
    bare = [name for name, part in piece["properties"].items() if not {"description", "$ref", "const"} & set(part)]

    assert piece["description"]
    assert bare == []


def test_canonical_form_of_a_tile_has_the_members_in_the_order_of_its_type() -> None:
    tile = {"by": "stage", "measure": {"agg": "count", "of": "deal"}, "type": "bar", "label": "B", "key": "b"}
    whole = canonical({"tiles": [tile], "label": "L", "key": "k"}, "dashboard")

    assert json.dumps(whole) == json.dumps(
        {
            "key": "k",
            "label": "L",
            "tiles": [
                {"key": "b", "label": "B", "type": "bar", "measure": {"of": "deal", "agg": "count"}, "by": "stage"}
            ],
        }
    )


def test_config_with_a_dashboard_comes_back_as_it_was() -> None:
    source = Source.from_dict(app_with_dashboard())
    again = load(canonical_text(source.to_dict()))

    assert again.to_dict() == source.to_dict()


def test_viewer_may_be_asked_for_on_a_dashboard_but_not_in_a_measure_of_the_app() -> None:
    config = app_with_dashboard()
    tile_of(config, "won")["measure"]["where"] = "owner == me"
    assert check(load(config)) == []

    config["app"]["measures"]["open_deals"]["where"] = "owner == me"
    assert [fault.code for fault in check(load(config))] == ["measure.viewer"]


def test_uses_on_dashboards_are_told_in_words() -> None:
    source = Source.from_dict(app_with_dashboard())

    def told(thing: Thing) -> list[str]:
        return [use.text for use in usage(source).of(thing) if use.kind == "dashboard"]

    assert told(Thing("field", "region", "account")) == [
        "Sales at a glance › Region › what it is narrowed by",
        "Sales at a glance › Region › what it is narrowed by",
        "Sales at a glance › By region › what a tile is split by",
        "Sales at a glance › Stage by region › what a tile is split by",
    ]
    assert told(Thing("measure", "open_deals")) == [
        "Sales at a glance › Open deals › what a tile shows",
        "Sales at a glance › Open at the end of each week › what a tile shows",
    ]
    assert told(Thing("role", "rep")) == ["Sales at a glance › who may open it"]
    assert told(Thing("pipeline", "deal_pipeline")) == ["Sales at a glance › Funnel › shows its stages"]
    assert told(Thing("key_result", "revenue", "sales")) == ["Sales at a glance › Key result › what a tile shows"]
    assert told(Thing("objective", "grow", "sales")) == ["Sales at a glance › Lights › shows its key results"]
    assert "Sales at a glance › My open deals › column" in told(Thing("field", "amount", "deal"))


def test_renaming_reaches_every_place_of_a_dashboard() -> None:
    source = Source.from_dict(app_with_dashboard())
    names = {
        Thing("form", "deal"): "chance",
        Thing("field", "region", "account"): "area",
        Thing("field", "amount", "deal"): "worth",
        Thing("measure", "open_deals"): "opened",
        Thing("pipeline", "deal_pipeline"): "flow",
        Thing("okr", "sales"): "goals",
        Thing("objective", "grow", "sales"): "bigger",
        Thing("key_result", "revenue", "sales"): "income",
        Thing("stage", "won", "deal"): "gained",
        Thing("role", "rep"): "seller",
    }

    renamed = rename(source, names)

    assert check(renamed) == []
    [found] = renamed.to_dict()["dashboards"]  # type: ignore[misc]  # a list
    tiles = {tile["key"]: tile for tile in found["tiles"]}
    assert found["filters"][1]["fields"] == {"chance": "account.area", "visit": "account.area"}
    assert found["roles"] == ["seller", "manager", "admin"]
    assert tiles["open"]["measure"] == "opened"
    assert tiles["goal"]["measure"]["where"] == "stage == 'gained'"
    assert [tiles["kr"]["okr"], tiles["kr"]["key_result"]] == ["goals", "income"]
    assert [tiles["lights"]["objective"], tiles["funnel"]["pipeline"]] == ["bigger", "flow"]
    assert [tiles["mine"]["form"], tiles["mine"]["sort"]] == ["chance", ["-worth"]]


def test_two_dashboards_with_one_key_are_both_kept_when_apps_are_combined() -> None:
    part = Part(Source.from_dict(app_with_dashboard()))

    found = combine([part, part], "both", "Both").source

    assert check(found) == []
    dashboards = found.to_dict()["dashboards"]
    assert [one["key"] for one in dashboards] == ["sales", "sales_2"]  # type: ignore[attr-defined]  # a list
    assert dashboards[1]["tiles"][9]["pipeline"] == "deal_pipeline_2"  # type: ignore[index]  # a list


def test_dashboard_goes_with_the_forms_that_it_is_about() -> None:
    config = app_with_dashboard(
        filters=[], tiles=[{"key": "v", "label": "V", "type": "number", "measure": {"of": "visit", "agg": "count"}}]
    )
    source = Source.from_dict(config)

    assert "dashboards" in taken(Part(source, ("visit",))).to_dict()
    assert "dashboards" not in taken(Part(source, ("account",))).to_dict()


def test_differences_of_dashboards_are_told_tile_by_tile() -> None:
    old, new = app_with_dashboard(), app_with_dashboard()
    tile_of(new, "goal")["target"] = 2000000

    found = diff(Source.from_dict(old), Source.from_dict(new))

    assert [(one.path, one.ours, one.theirs) for one in found] == [
        (("dashboards", "sales", "tiles", "goal", "target"), 1000000, 2000000)
    ]


def test_names_at_places_of_a_dashboard() -> None:
    config = app_with_dashboard()
    desk = compile_desk(config)
    content = config["dashboards"][0]

    def values(pointer: str) -> list[str]:
        return [one.value for one in candidates(desk, "dashboards", content, pointer)]

    assert values("/tiles/0/measure") == ["open_deals"]
    assert values("/tiles/12/columns/0")[:2] == ["name", "account"]
    assert values("/tiles/4/key_result") == ["win_rate", "revenue"]
    assert values("/tiles/14/objective") == ["grow"]
    assert values("/tiles/9/pipeline") == ["deal_pipeline"]
    assert named_at("dashboards", content, "/tiles/11/columns") is None
    places = ("/tiles/0/filter", "/tiles/6/by", "/tiles/12/filter", "/filters/1/fields/visit", "/tiles/1/measure/where")
    assert [form_at("dashboards", content, place, desk) for place in places] == [
        "deal",
        "deal",
        "deal",
        "visit",
        "deal",
    ]


def compile_desk(config: object):  # type: ignore[no-untyped-def]
    from engine.config.check import examine

    return examine(Source.from_dict(config))[1]


def test_anything_anywhere_in_a_dashboard_is_a_fault_or_fine_and_no_accident() -> None:
    places = _places(dashboard())
    for number, value in enumerate((None, 5, "x", [], {}, [None], {"key": 1}, True)):
        for path in places[number::30]:  # each value at other places
            config = app_with_dashboard()
            here = config["dashboards"][0]
            for step in path[:-1]:
                here = here[step]
            here[path[-1]] = value
            check(load(config))


def _places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = [path] if path else []
    if isinstance(value, dict):
        found += [p for name, item in value.items() for p in _places(item, (*path, name))]
    elif isinstance(value, list):
        found += [p for index, item in enumerate(value) for p in _places(item, (*path, index))]
    return found
