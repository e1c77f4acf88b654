"""Where the fields of a form stand: put into a section, moved, taken away with every place of the form that lays them out."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from engine.design.keys import key_for
from forms.fields import FIELD_TYPES

#: Members of a form that lay out its fields by key: a field that goes leaves them, too.
_LISTS = (("list", "columns"), ("list", "sort"), ("board", "card"))


def new_field(form: Mapping[str, Any], type_key: str, name: str, forms: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a field of a type with what it needs to work at once, as far as that can be known.

    `forms` are the other forms of the app: a reference leads to the only one.
    """
    type_ = FIELD_TYPES[type_key]
    taken = [one.get("key", "") for one in form.get("fields", ()) if isinstance(one, dict)]
    field: dict[str, Any] = {"key": key_for(name, taken, "field"), "type": type_key, "label": name}
    if type_.has_options and not type_.derived:
        field["options"] = [{"key": f"option_{n}", "label": f"{n}"} for n in (1, 2)]
    if len(forms) == 1 and "to" in type_.params:
        field["to"] = forms[0]
    if type_key == "computed":
        field |= {"expression": "0", "result": "number"}
    return field


def add_field(form: dict[str, Any], field: Mapping[str, Any], section: str = "", place: int = 10_000) -> dict[str, Any]:
    """Return the form with a field at a place of a section; without sections the place is that in the form."""
    found = deepcopy(form)
    fields = found.setdefault("fields", [])
    home = _section(found, section)
    fields.insert(len(fields) if home is not None else place, dict(field))
    if home is not None:
        home.setdefault("fields", []).insert(place, field["key"])
    return found


def place_field(form: dict[str, Any], key: str, section: str, place: int) -> dict[str, Any]:
    """Return the form with a field moved to a place of a section; without sections, of the form itself."""
    found = deepcopy(form)
    home = _section(found, section)
    if home is None and not section and _sections(found):
        _leave(found, key)
        return found
    if home is None:
        fields = found.get("fields", [])
        at = next((n for n, one in enumerate(fields) if one.get("key") == key), None)
        if at is not None:
            fields.insert(place, fields.pop(at))
        return found
    _leave(found, key)
    home.setdefault("fields", []).insert(place, key)
    return found


def remove_field(form: dict[str, Any], place: int) -> dict[str, Any]:
    """Return the form without a field, and without it in sections, list, board and views."""
    found = deepcopy(form)
    key = found["fields"].pop(place).get("key")
    _leave(found, key)
    for holder, name in _LISTS:
        held = found.get(holder)
        if isinstance(held, dict) and isinstance(held.get(name), list):
            held[name] = _without(held[name], key)
    for view in found.get("views", ()):
        for name in ("columns", "sort"):
            if isinstance(view.get(name), list):
                view[name] = _without(view[name], key)
    return found


def add_section(form: dict[str, Any], name: str, after: str = "*") -> tuple[dict[str, Any], int]:
    """Return the form with one more section, which is empty, and its place: behind another one, or at the end.

    The fields of a form without sections stay together before it, in a section that is called as the form.
    """
    found = deepcopy(form)
    sections = found.setdefault("sections", [])
    loose = [] if sections else [one["key"] for one in found.get("fields", ()) if one.get("key")]
    if loose:
        own = found.get("label") or name
        sections.append({"key": "main", "label": own, "fields": loose})
    taken = [one.get("key", "") for one in sections]
    place = next((n for n, one in enumerate(sections, 1) if one.get("key") == after), len(sections))
    sections.insert(place, {"key": key_for(name, taken, "section"), "label": name, "fields": []})
    return found, place


def _sections(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = form.get("sections")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _section(form: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    found = _sections(form)
    return next((one for one in found if one.get("key") == key), found[-1] if found and key == "*" else None)


def _leave(form: Mapping[str, Any], key: str) -> None:
    for section in _sections(form):
        if isinstance(section.get("fields"), list):
            section["fields"] = [one for one in section["fields"] if one != key]


def _without(names: list[Any], key: str) -> list[Any]:
    return [one for one in names if one not in (key, f"-{key}")]
