"""Building dashboards from a config that was checked."""

from __future__ import annotations

from engine.config.defs import DashboardDef, DashboardFilterDef, TileDef
from engine.config.desk import Desk
from engine.config.spot import Spot
from engine.dashboards.tiles import TILES
from forms.labels import Label
from rules.checked import Checked


def build_dashboard(desk: Desk, spot: Spot) -> DashboardDef:
    """Build a dashboard."""
    return DashboardDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        tuple(_tile(desk, tile) for tile in spot["tiles"].items()),
        Label.of(spot["description"].value),
        int(spot["order"].number or 0),
        spot["roles"].texts,
        tuple(_filter(desk, one) for one in spot["filters"].items()),
    )


def _tile(desk: Desk, spot: Spot) -> TileDef:
    type_ = TILES[spot["type"].text]
    return TileDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        type_.key,
        type_.build(desk, spot),
        int(spot["width"].number or type_.width),
        Label.of(spot["help"].value),
    )


def _filter(desk: Desk, spot: Spot) -> DashboardFilterDef:
    fields: dict[str, Checked] = {}
    for form, place in spot["fields"].members():
        checked = desk.expression(place, desk.scope(form))
        assert checked is not None, "a config with errors is not built"
        fields[form] = checked
    label = Label.of(spot["label"].value, spot["key"].text)
    return DashboardFilterDef(spot["key"].text, label, spot["type"].text, spot["default"].text, fields)
