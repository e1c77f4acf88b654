"""The JSON Schema of dashboards/*.json; the members of each type of tile come from its registry."""

from __future__ import annotations

from engine.config.schema_parts import PERIODS, Schema, array, enum, key, obj, ref, shared, text
from engine.dashboards.tiles import TILES, TileType
from engine.dashboards.tiles._base import WIDTHS

#: What a dashboard can be narrowed by.
FILTERS = ("period", "field")
#: Periods that somebody can choose.
SPANS = (
    "today", "this_week", "last_week", "this_month", "last_month", "this_quarter", "last_quarter", "this_half_year",
    "this_year", "last_year", "last_7_days", "last_30_days", "last_90_days", "last_12_months", "all",
)  # fmt: skip


def dashboard_schema() -> Schema:
    """Return the schema of dashboards/*.json."""
    narrowed = obj(
        {
            "key": key(),
            "label": ref("label"),
            "type": enum(FILTERS, "A period, or the value of a field."),
            "default": enum(SPANS, "Period that is chosen at first; the running quarter without it."),
            "fields": {
                "type": "object",
                "additionalProperties": ref("expression"),
                "minProperties": 1,
                "maxProperties": 50,
                "description": "Form → field, or expression over a record, that must have the chosen value.",
            },
        },
        ("key", "label", "type"),
    )
    return obj(
        {
            "$schema": text("Address of this file's schema, for editors; never fetched."),
            "key": key(),
            "label": ref("label"),
            "description": ref("label"),
            "order": {
                "type": "integer",
                "minimum": 0,
                "maximum": 1000,
                "description": "Place in the menu: smaller numbers come first.",
            },
            "roles": array(ref("name"), "Roles that may open it; everybody of the app without it.", 50, 1),
            "filters": array(narrowed, "What whoever looks can choose above it.", 10),
            "tiles": array(ref("tile"), "What it shows, in order.", 40, 1),
        },
        ("key", "label", "tiles"),
    )


def tile_pieces() -> Schema:
    """Return the schema of a tile, which picks the one of its type, one per type, and what they share."""
    choices = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"$ref": f"#/$defs/tile_{name}"},
        }
        for name in sorted(TILES)
    ]
    one: Schema = {
        "type": "object",
        "required": ["key", "label", "type"],
        "properties": {"type": enum(tuple(sorted(TILES)), "Type of the tile.")},
        "allOf": choices,
    }
    measure = shared()["measure"]
    plain = {name: part for name, part in measure["properties"].items() if name != "by"}
    return {
        "tile": one,
        "tile_measure": _named_or({**measure, "properties": plain}),
        "target_measure": _named_or(measure),
        "tile_group": {
            "type": ["string", "object"],
            "maxLength": 2000,
            "properties": {"expression": ref("expression"), "period": enum(PERIODS)},
            "additionalProperties": False,
            "minProperties": 1,
            "description": "A field, or an expression over one record; or periods of a date.",
        },
        **{f"tile_{name}": _tile(TILES[name]) for name in sorted(TILES)},
    }


def _named_or(measure: Schema) -> Schema:
    """Return the schema of a measure that may also be one of the app's, by its key."""
    return {**measure, "type": ["string", "object"], "maxLength": 100}


def _tile(type_: TileType) -> Schema:
    common: Schema = {
        "key": key(),
        "label": ref("label"),
        "type": {"const": type_.key},
        "help": ref("label", "Said below the title."),
        "width": {"enum": list(WIDTHS), "description": "Quarters of the page that it takes."},
    }
    doc = (type_.__doc__ or "").splitlines()[0]
    return obj({**common, **type_.members}, ("key", "label", "type", *type_.required), doc)
