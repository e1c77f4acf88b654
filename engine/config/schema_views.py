"""The JSON Schema of a view."""

from __future__ import annotations

from engine.config.schema_parts import Schema, array, enum, key, obj, ref
from forms.views import KINDS, MOST_COLUMNS, MOST_PINNED, MOST_SORTED, NARROWEST, TOTALS, WIDEST

_SAID = {
    "date": "Date that places a record on the calendar.",
    "start": "Date on which a bar of the timeline begins; or a range of dates.",
    "end": "Date on which it ends.",
    "lanes": "Choice, person or reference that makes the lanes of a board or the groups of a timeline.",
    "cover": "Field of pictures, the first of which tops a card.",
    "color": "Choice that colours what is shown.",
}


def view_schema() -> Schema:
    """Return the schema of one view."""
    pixels = {"type": "integer", "minimum": NARROWEST, "maximum": WIDEST}
    return obj(
        {
            "key": key(),
            "label": ref("label"),
            "kind": {**enum(KINDS, "What the records are shown as."), "default": "table"},
            "roles": array(ref("name"), "Roles that see it; without it whoever may read the form.", 50, 1),
            "columns": array(ref("name"), "Fields that are shown, in order; on a card, its lines.", MOST_COLUMNS),
            "widths": {
                "type": "object",
                "additionalProperties": pixels,
                "maxProperties": MOST_COLUMNS,
                "description": "Column → pixels.",
            },
            "pinned": {
                "type": "integer",
                "minimum": 0,
                "maximum": MOST_PINNED,
                "description": "Columns at the beginning that stay in sight.",
            },
            "sort": array(ref("name", "Field; -field is descending."), "Order of the records.", MOST_SORTED),
            "group": {
                "type": "string",
                "maxLength": 120,
                "description": "Field by which records are grouped; of a date a period too: signed_on:month.",
            },
            "totals": {
                "type": "object",
                "additionalProperties": enum(TOTALS),
                "maxProperties": MOST_COLUMNS,
                "description": "Column → what it is added up to, per group and in all.",
            },
            "filter": ref("expression", "Which records are shown; all without it."),
            **{name: ref("name", said) for name, said in _SAID.items()},
        },
        ("key", "label"),
    )
