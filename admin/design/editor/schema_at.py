"""The parts of a JSON Schema that speak of one place, given what the file holds so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin.design.editor.places import inside
from engine.config.schema import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin.design.editor.places import Step
    from engine.config.schema_parts import Schema

_TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "object": dict, "array": list}


def parts_at(noun: str, path: tuple[Step, ...], tree: Any) -> list[Schema]:
    """Return what a noun's schema says of the value at a path; nothing for a place that it does not know."""
    root = schemas()[noun]
    found, value = list(_whole(root, root, tree)), tree
    for step in path:
        value = inside(value, (step,))
        found = [part for one in found for next_ in _next(one, step) for part in _whole(root, next_, value)]
    return found


def members_at(parts: list[Schema]) -> dict[str, Schema]:
    """Return the members that an object at a place may have, the required ones first."""
    known = {name: one for part in parts for name, one in part.get("properties", {}).items()}
    wanted = [name for part in parts for name in part.get("required", ())]
    return {name: known.get(name, {}) for name in dict.fromkeys([*wanted, *known])}


def values_at(parts: list[Schema]) -> list[object]:
    """Return what can be chosen at a place."""
    found = [
        value for part in parts for value in [*part.get("enum", ()), *([part["const"]] if "const" in part else [])]
    ]
    if any(part.get("type") == "boolean" for part in parts):
        found += [True, False]
    return [value for number, value in enumerate(found) if value not in found[:number]]


def names_of(part: Schema, ref: str) -> bool:
    """Tell whether a part came from a shared piece."""
    return ref in part.get("from", ())


def _whole(root: Schema, part: Schema, value: Any, came: tuple[str, ...] = ()) -> Iterator[Schema]:
    """Yield a part, what it refers to, and what it asks of this value."""
    yield {**part, "from": came}
    name = part.get("$ref", "").rpartition("/")[2]
    if name and name not in came:
        yield from _whole(root, root["$defs"][name], value, (*came, name))
    for one in (*part.get("allOf", ()), *part.get("anyOf", ()), *part.get("oneOf", ())):
        yield from _whole(root, one, value, came)
    if "if" in part:
        branch = part.get("then" if _fits(part["if"], value) else "else")
        if branch:
            yield from _whole(root, branch, value, came)


def _fits(asked: Schema, value: Any) -> bool:
    """Tell whether a value fits the simple conditions that our schemas ask."""
    if "type" in asked and not isinstance(value, _TYPES[asked["type"]]):
        return False
    given = value if isinstance(value, dict) else {}
    return all(
        given.get(name) == one["const"] for name, one in asked.get("properties", {}).items() if "const" in one
    ) and all(name in given for name in asked.get("required", ()))


def _next(part: Schema, step: Step) -> Iterator[Schema]:
    if isinstance(step, int):
        if isinstance(part.get("items"), dict):
            yield part["items"]
        return
    inner = part.get("properties", {}).get(step, part.get("additionalProperties"))
    if isinstance(inner, dict):
        yield inner
