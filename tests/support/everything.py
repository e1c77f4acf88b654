"""One app with every field type at once and everything a form can say about them; published under the small app's key."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.support.configs import Config, tiny_app
from tests.support.field_samples import SAMPLES, TYPED

#: Types that nobody types, and how a field of them is declared here.
_MADE: dict[str, dict[str, object]] = {
    "attachment": {},
    "image": {},
    "signature": {},
    "serial": {"pattern": "TH-{yyyy}-{000}", "gap_free": True},
    "computed": {"result": "number", "expression": "days_between(slot_date, today)"},
    "rollup": {"measure": {"of": "piece", "agg": "sum", "value": "amount", "via": "thing"}, "result": "money"},
    "lookup": {"from": "slot_reference.name", "discloses": True},
    "sub_table": {
        "of": "piece",
        "columns": ["what", {"field": "count", "total": "sum"}, "price", {"field": "amount", "total": "sum"}],
        "max_rows": 50,
        "order": "position",
    },
}
TYPES = (*TYPED, *_MADE)


def _slot(key: str) -> dict[str, object]:
    params = deepcopy(_MADE.get(key, SAMPLES[key].params))  # tests write other labels into their configs
    return {"key": f"slot_{key}", "type": key, "label": {"en": f"Slot {key}", "zh_Hans": f"栏 {key}"}, **params}


def _groups() -> list[list[str]]:
    """Return the keys of the slots in three groups of about the same size."""
    keys = [f"slot_{key}" for key in TYPES]
    return [keys[place::3] for place in range(3)]


def _thing(paging: str) -> Config:
    name = {"key": "name", "type": "text", "label": "Name", "required": True, "max_length": 2000}
    extra = [
        {"key": "size", "type": "number", "label": "Size", "min": 0, "default": 1},
        {"key": "reason", "type": "text", "label": "Reason", "visible_if": "size > 100", "required_if": "size > 100"},
        {"key": "doubled", "type": "computed", "label": "Doubled", "result": "number", "expression": "size * 2"},
        {"key": "guess", "type": "number", "label": "Guess", "default_expression": "size + 1"},
        {"key": "locked", "type": "text", "label": "Locked", "read_only_if": "stage == 'busy'"},
        {"key": "home", "type": "reference", "label": "Home", "to": "home"},
        {"key": "late", "type": "computed", "label": "Late", "result": "yes_no", "expression": "slot_date < today"},
        {"key": "secret", "type": "text", "label": "Secret"},
    ]
    keys = [str(one["key"]) for one in extra]
    groups = [["name", *keys], *_groups()]
    sections: list[Any] = [
        {"key": f"part{place}", "label": f"Part {place}", "fields": fields, "columns": 1 + place % 3}
        for place, fields in enumerate(groups)
    ]
    pages = [{"key": f"page{place}", "label": f"Page {place}", "sections": [f"part{place}"]} for place in range(4)]
    return {
        "key": "thing",
        "label": "Thing",
        "icon": "box",
        "title": "name",
        "fields": [name, *extra, *map(_slot, TYPES)],
        "sections": sections,
        **({paging: pages} if paging else {}),
        "when_hidden": "clear",
        "assert": [{"condition": "not (size > 1000)", "message": "Too large.", "field": "size"}],
        "unique": [["name", "slot_text"]],
        "limits": [
            {
                "key": "room",
                "label": "Room",
                "via": "home",
                "measure": {"agg": "sum", "value": "size"},
                "at_most": "room",
                "message": "The home is full.",
            }
        ],
        "list": {"columns": ["name", *(f"slot_{key}" for key in TYPES if key != "sub_table")], "sort": ["name"]},
        "board": {"card": ["slot_choice", "slot_money", "slot_tags", "slot_date", "slot_image", "slot_lookup"]},
        "permissions": [
            {
                "roles": ["rep"],
                "actions": ["read", "create", "update", "move", "import", "export", "comment"],
                "records": "owner == me",
                "fields": {"secret": "hidden"},
            },
            {"roles": ["rep"], "actions": ["read"], "stages": ["done"], "fields": {"secret": "hidden"}},
            {
                "roles": ["manager"],
                "actions": ["read", "create", "update", "move", "import", "export", "comment", "share", "delete"],
            },
        ],
    }


_PIECE: Config = {
    "key": "piece",
    "label": "Piece",
    "title": "what",
    "fields": [
        {"key": "thing", "type": "reference", "label": "Thing", "to": "thing", "required": True},
        {"key": "what", "type": "text", "label": "What", "max_length": 2000},
        {"key": "count", "type": "number", "label": "Count", "min": 0},
        {"key": "price", "type": "money", "label": "Price"},
        {"key": "amount", "type": "computed", "label": "Amount", "result": "money", "expression": "count * price"},
        {"key": "position", "type": "number", "label": "Position"},
    ],
    "permissions": [{"roles": ["rep", "manager"], "actions": ["read", "create", "update", "delete"]}],
}

_HOME: Config = {
    "key": "home",
    "label": "Home",
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": "Name"},
        {"key": "room", "type": "number", "label": "Room"},
        {
            "key": "used",
            "type": "rollup",
            "label": "Used",
            "measure": {"of": "thing", "agg": "sum", "value": "size", "via": "home"},
        },
    ],
    "permissions": [{"roles": ["rep", "manager"], "actions": ["read", "create", "update"]}],
}

_TARGET: Config = {
    "key": "target",
    "label": "Target",
    "title": "name",
    "fields": [{"key": "name", "type": "text", "label": "Name", "max_length": 2000}],
    "permissions": [{"roles": ["rep", "manager"], "actions": ["read", "create", "update"]}],
}

_PIPELINE: Config = {
    "key": "thing",
    "label": "Thing",
    "form": "thing",
    "initial": "open",
    "stages": [
        {"key": "open", "label": "Open"},
        {"key": "busy", "label": "Busy"},
        {"key": "done", "label": "Done", "kind": "won"},
    ],
    "transitions": [
        {"key": "begin", "label": "Begin", "from": ["open"], "to": "busy", "required": ["slot_money"]},
        {
            "key": "finish",
            "label": "Finish",
            "from": ["busy"],
            "to": "done",
            "guard": "slot_rollup > 0",
            "guard_message": "There are no pieces.",
        },
    ],
}


def everything_app(paging: str = "tabs") -> Config:
    """Return the app; its main form has tabs, steps, or neither."""
    base = tiny_app()["app"]
    app = {key: base[key] for key in ("key", "version", "time_zone", "calendar", "currency", "roles")}
    return {
        "app": {**app, "label": "Everything"},
        "forms": [_thing(paging), _PIECE, _HOME, _TARGET],
        "pipelines": [_PIPELINE],
    }


def typed_thing(**more: Any) -> dict[str, Any]:
    """Return what a person types to fill in every slot."""
    return {"name": "One", **{f"slot_{key}": sample.typed for key, sample in TYPED.items()}, **more}
