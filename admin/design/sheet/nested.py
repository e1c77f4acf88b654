"""Objects with members of their own, lists of them, objects with keys of the author's own, and lists of texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design.sheet._base import Control, ControlType, Place, draw, read, register, type_at
from admin.design.sheet._measures import titles_of
from admin.design.sheet.choosing import in_order
from engine.design.keys import key_for
from engine.design.pointers import ABSENT, value_at
from engine.design.schema_at import schema_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from werkzeug.datastructures import MultiDict

#: Rows that a sheet shows; a longer list is edited as JSON.
MOST_ROWS = 500
#: Characters of a name that is written among many.
LONGEST_NAME = 200


def members(place: Place) -> Iterator[Place]:
    """Yield the places of an object's members, in the order of its schema."""
    schema = schema_at(place.noun, place.content, place.pointer) or place.whole
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        yield place.inside(name, inner, required=name in required)


def shown_member(place: Place, way: Sequence[str], skip: frozenset[str] = frozenset()) -> str | None:
    """Return the name of the control that shows what stands at a way into an object; None where none does."""
    inner = next((one for one in members(place) if one.step == way[0] and one.step not in skip), None)
    return type_at(inner).within(inner, way[1:]) if inner is not None else None


def read_members(place: Place, data: MultiDict[str, str], old: Any, skip: frozenset[str] = frozenset()) -> Any:
    """Return an object as it was posted: members that the form does not know stay as they are."""
    found: dict[str, Any] = dict(old) if isinstance(old, dict) else {}
    for inner in members(place):
        if inner.step in skip:
            continue
        value = read(inner, data, found.get(inner.step, ABSENT))
        if value is ABSENT:
            found.pop(inner.step, None)
        else:
            found[inner.step] = value
    return found


@register
class ObjectControl(ControlType):
    """An object with members that the schema names."""

    kind = "group"

    def fits(self, place: Place) -> bool:
        """Fit objects."""
        return place.whole.get("type") == "object" and bool(place.whole.get("properties"))

    def draw(self, place: Place, value: Any) -> Control:
        """Show a group of controls."""
        held = value if isinstance(value, dict) else {}
        inner = [draw(one, held.get(one.step, ABSENT)) for one in members(place)]
        return self.control(place, value, inner=sorted(inner, key=lambda one: one.kind == "key"))

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return what shows a member."""
        return shown_member(place, way) if way else place.name

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the object; nothing filled in is no object, unless an empty one stood there."""
        if f"{place.name}~" not in data:
            return old
        return read_members(place, data, old) or (old if old == {} else ABSENT)


@register
class RowsControl(ControlType):
    """A list of objects."""

    kind = "rows"

    def fits(self, place: Place) -> bool:
        """Fit lists whose items are objects."""
        items = place.whole.get("items")
        if place.whole.get("type") != "array" or not isinstance(items, dict):
            return False
        return place.inside("0", items).whole.get("type") == "object"

    def draw(self, place: Place, value: Any) -> Control:
        """Show each item with its controls."""
        held = value if isinstance(value, list) else []
        inner = [
            draw(place.inside(str(at), place.whole["items"]), one).inner for at, one in enumerate(held[:MOST_ROWS])
        ]
        return self.control(place, value, inner=inner, more={"by_name": self._by_name(place)})

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return what shows a row, or a member of it."""
        if not way:
            return place.name
        row = place.inside(way[0], place.whole["items"])
        if int(way[0]) >= MOST_ROWS or not isinstance(value_at(place.content, row.pointer), dict):
            return None
        if not row.whole.get("properties"):
            return type_at(row).within(row, way[1:]) or row.name
        return shown_member(row, way[1:]) if way[1:] else row.name

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the rows in the order of the form."""
        if f"{place.name}~" not in data:
            return old
        held = old if isinstance(old, list) else []
        order = [int(one) for one in data.getlist(f"{place.name}~") if one.isascii() and one.isdigit() and len(one) < 4]
        found: list[Any] = []
        for at in dict.fromkeys(order):
            row = place.inside(str(at), place.whole["items"])
            before = held[at] if at < len(held) else {}
            made = read_members(row, data, before) if row.whole.get("properties") else read(row, data, before)
            if made is ABSENT:
                made = {}
            if "key" in made and not before.get("key") and not data.get(f"{row.name}/key", "").strip():
                made["key"] = key_for(made["key"], _keys(found))  # another name may sound the same
            found.append(made)
        for line in data.get(f"{place.name}+", "").splitlines() if self._by_name(place) else ():
            label = " ".join(line.split())[:LONGEST_NAME]
            if label and len(found) < MOST_ROWS and all(one.get("label") != label for one in found):
                found.append({"key": key_for(label, _keys(found), place.step.rstrip("s")), "label": label})
        return found if found or old == [] else ABSENT

    def _by_name(self, place: Place) -> bool:
        """Tell whether a row needs nothing but a name, so that many can be written at once."""
        return set(place.inside("0", place.whole["items"]).whole.get("required", ())) == {"key", "label"}


def _keys(rows: Sequence[Any]) -> list[str]:
    return [one["key"] for one in rows if isinstance(one, dict) and isinstance(one.get("key"), str)]


def without_blank_rows(value: Any) -> Any:
    """Return a part without rows in which nothing was filled in."""
    if isinstance(value, dict):
        return {name: without_blank_rows(one) for name, one in value.items()}
    return [without_blank_rows(one) for one in value if one != {}] if isinstance(value, list) else value


@register
class MapControl(ControlType):
    """An object whose keys are the author's own: measures by key, fields with what a move writes."""

    kind = "map"

    def fits(self, place: Place) -> bool:
        """Fit objects with any keys."""
        return place.whole.get("type") == "object" and isinstance(place.whole.get("additionalProperties"), dict)

    def draw(self, place: Place, value: Any) -> Control:
        """Show a row per key; keys that are names are chosen, others written."""
        held = value if isinstance(value, dict) else {}
        named = place.candidates(f"{place.pointer}/x")
        rows = []
        for at, (key, one) in enumerate(held.items()):
            keys = [(name, label, name == key) for name, label in named]
            keys += [] if not key or key in dict(named) else [(key, key, True)]
            inner = draw(self._inside(place, at, key), one)
            rows.append((at, key, keys, inner if inner.kind == "group" else replace(inner, label=gettext("Value"))))
        return self.control(place, value, inner=rows, more={"named": bool(named), "titles": titles_of(place, held)})

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return what shows the value of a key, or what is inside it."""
        held = value_at(place.content, place.pointer)
        if not way or not isinstance(held, dict) or way[0] not in held:
            return None if way else place.name
        inner = self._inside(place, list(held).index(way[0]), way[0])
        return type_at(inner).within(inner, way[1:])

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the object with its keys as they stand in the form."""
        if f"{place.name}~" not in data:
            return old
        held = list(old.items()) if isinstance(old, dict) else []
        order = [int(one) for one in data.getlist(f"{place.name}~") if one.isascii() and one.isdigit() and len(one) < 4]
        found: dict[str, Any] = {}
        for at in dict.fromkeys(order):
            was, before = held[at] if at < len(held) else ("", ABSENT)
            key = data.get(f"{place.name}/@{at}/~key", was).strip()
            value = read(self._inside(place, at, was or key), data, before)
            key = key or self._made(place, at, data, found)
            if key or value is not ABSENT:
                found[key] = "" if value is ABSENT else value
        return found if found or old == {} else ABSENT

    def _made(self, place: Place, at: int, data: MultiDict[str, str], taken: dict[str, Any]) -> str:
        label = data.get(f"{place.name}/@{at}/label/", "")
        return key_for(label, taken, place.step.rstrip("s")) if label.strip() else ""

    def _inside(self, place: Place, at: int, key: str) -> Place:
        """Return the place of a value: its input is named by its number, as its key may be changed in the form."""
        return place.inside(key, place.whole["additionalProperties"]).called(f"{place.name}/@{at}")


@register
class LinesControl(ControlType):
    """A list of texts."""

    kind = "lines"

    def fits(self, place: Place) -> bool:
        """Fit lists of texts."""
        items = place.whole.get("items")
        return (
            place.whole.get("type") == "array" and isinstance(items, dict) and items.get("type", "string") == "string"
        )

    def draw(self, place: Place, value: Any) -> Control:
        """Show one per line."""
        held = [str(one) for one in value] if isinstance(value, list) else []
        named = place.inside("0", place.whole["items"]).named()
        offers = place.desk.recipients(named.form) if named and named.kind == "recipient" else []
        options = [(one, said, one in held) for one, said in offers]
        rest = [one for one in held if one not in dict(offers)]
        return self.control(place, value, value="\n".join(rest), options=options)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the lines, and what was ticked beside them."""
        if place.name not in data:
            return old
        lines = [line.strip() for text in data.getlist(place.name) for line in text.splitlines()]
        return in_order(list(dict.fromkeys(filter(None, lines))), old)
