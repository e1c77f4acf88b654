"""A whole sheet: the controls of one object in groups, its posted form read back, and its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext

from admin.design.sheet._base import Control, Place, draw
from admin.design.sheet.groups import field_of
from admin.design.sheet.nested import members, read_members
from engine.design.files import noun_of
from engine.design.pointers import ABSENT, moved, value_at, with_value
from engine.design.schema_at import schema_at
from engine.triggers import TRIGGERS

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from admin.design._desk import Desk

#: Members beyond the required ones that nearly everybody fills in.
_MAIN = frozenset(
    {
        "description", "help", "required", "unique", "options", "columns", "kind", "color", "owner_role", "roles", "from", "to",
        "required_fields", "unit", "baseline", "owner", "weight", "may", "actions", "records", "severity", "icon", "version",
        "time_zone", "currency", "calendar", "languages", "time_limit_days", "measure", "of", "via", "result", "decimals",
        "expression", "when", "form", "max_length", "min", "max", "title", "after", "channels", "measures", "by", "split", "rows",
        "every", "pipeline", "okr", "objective", "key_result", "target", "compare", "width", "fields",
    }
)  # fmt: skip


#: Member of a part of a test -> its group; all others stand in front.
_OF_TESTS = {
    **dict.fromkeys(("visible", "hidden", "required", "optional", "read_only"), "shown"),
    **dict.fromkeys(("moves", "alerts"), "moves"),
    **dict.fromkeys(("rights", "access", "deleted"), "rights"),
    **dict.fromkeys(("as", "description", "email", "admin", "stage_entered_at", "created_at", "$schema"), "more"),
}
#: Members of a part of a test that are asked first, whatever the order of the schema.
_FIRST = ("label", "name", "roles", "record", "form", "user", "to", "owner", "stage", "refused")


def place_of(desk: Desk, path: str, content: Any, pointer: str) -> Place:
    """Return the place of the object that a sheet shows."""
    return Place(
        desk, path, noun_of(path), path.partition("/")[0], content, pointer, schema_at(noun_of(path), content, pointer)
    )


def controls_of(place: Place, skip: frozenset[str] = frozenset()) -> list[tuple[Any, list[Control], bool]]:
    """Return (title, controls, open) of each group of a sheet; `skip` names members that are edited elsewhere."""
    held = value_at(place.content, place.pointer)
    held = held if isinstance(held, dict) else {}
    titles = {
        "main": "",
        "conditions": lazy_gettext("Conditions"),
        "shown": lazy_gettext("What the form shows"),
        "moves": lazy_gettext("Moves and alerts"),
        "rights": lazy_gettext("Rights"),
        "more": lazy_gettext("More"),
    }
    groups: dict[str, list[Control]] = {name: [] for name in titles}
    for inner in members(place):
        if inner.step in skip:
            continue
        control = draw(inner, held.get(inner.step, ABSENT))
        groups[_group(inner, control)].append(control)
    if place.noun == "test":
        groups["main"].sort(key=_asked)
    return [
        (titles[name], found, name == "main" or any((one.given and one.kind != "key") or one.faults for one in found))
        for name, found in groups.items()
        if any(one.kind != "constant" for one in found)
    ]


def _asked(control: Control) -> int:
    step = control.name.rpartition("/")[2]
    return _FIRST.index(step) if step in _FIRST else len(_FIRST)


def _group(place: Place, control: Control) -> str:
    if place.noun == "test":
        return _group_in_test(place)
    if place.noun == "alert" and place.step in TRIGGERS:  # of what starts a rule only what it has
        return "main" if control.given else "more"
    if place.required or place.step in _MAIN or control.kind == "constant":
        return "main"
    return "conditions" if control.kind == "expression" else "more"


def _group_in_test(place: Place) -> str:
    record = f"{place.pointer.rpartition('/')[0]}/record"
    if place.step == "typed" and value_at(place.content, record) is not ABSENT:
        return "more"  # of a record that is there it is seldom asked
    beside_records = place.words[-2:] == ("expect", "alerts")
    return "main" if beside_records else _OF_TESTS.get(place.step, "main")


def read_sheet(place: Place, data: MultiDict[str, str], skip: frozenset[str] = frozenset()) -> Any:
    """Return the file with the posted sheet put in its place."""
    return with_value(
        place.content, place.pointer, read_members(place, data, value_at(place.content, place.pointer), skip)
    )


def act_on(place: Place, content: Any, wanted: str) -> Any:
    """Return the file after a button inside the sheet: `add:/options`, `remove:/options/2`, `up:…`, `down:…`.

    An item of a list of names is called by its name: `up:/list/columns/=amount`.
    """
    verb, _, name = wanted.partition(":")
    pointer = _numbered(content, place.pointer + name)
    step = pointer.rpartition("/")[2]
    if verb == "remove":
        return _removed(content, pointer)
    if verb in ("up", "down") and step.isdigit():
        return moved(content, pointer, int(step) + (1 if verb == "down" else -1))
    if verb == "add":
        return _added(place, content, pointer)
    return content


def _numbered(content: Any, pointer: str) -> str:
    """Return a pointer that calls an item by its name with the item's place; as it is where there is no such item."""
    above, _, step = pointer.rpartition("/")
    held = value_at(content, above)
    if not step.startswith("=") or not isinstance(held, list):
        return pointer
    at = next((n for n, one in enumerate(held) if field_of(one) == step[1:]), None)
    return pointer if at is None else f"{above}/{at}"


def pointer_of(content: Any, at: str, name: str) -> str:
    """Return the pointer of an input of a sheet: rows of an object with keys of the author's own are named by their number."""
    pointer = at
    for step in name.split("/")[1:]:
        if step.startswith("@") and step[1:].isdigit():
            held = value_at(content, pointer)
            keys = list(held) if isinstance(held, dict) else []
            pointer += f"/{keys[min(int(step[1:]), len(keys) - 1)]}" if keys else f"/{step}"
        else:
            pointer = _numbered(content, f"{pointer}/{step}")
    return pointer


def _removed(content: Any, pointer: str) -> Any:
    above, _, step = pointer.rpartition("/")
    held = value_at(content, above)
    if step.startswith("@") and isinstance(held, dict):
        number = int(step[1:]) if step[1:].isdigit() else len(held)
        keys = list(held)
        return with_value(content, f"{above}/{keys[number]}", ABSENT) if number < len(keys) else content
    return with_value(content, pointer, ABSENT) if value_at(content, pointer) is not ABSENT else content


def _added(place: Place, content: Any, pointer: str) -> Any:
    held = value_at(content, pointer)
    schema = schema_at(place.noun, content, pointer)
    if schema.get("type") == "object":
        empty: Any = {} if "properties" in _value_schema(place, schema) else ""
        return with_value(content, pointer, {**(held if isinstance(held, dict) else {}), "": empty})
    items = schema.get("items", {})
    new: Any = [] if items.get("type") == "array" else {}
    return with_value(content, pointer, [*(held if isinstance(held, list) else []), new])


def _value_schema(place: Place, schema: Any) -> Any:
    return place.inside("x", schema.get("additionalProperties", {})).whole
