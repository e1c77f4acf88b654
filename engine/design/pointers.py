"""Changing JSON content at a pointer: nothing is changed in place, each function returns the content anew."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

#: What stands at a pointer where nothing is.
ABSENT: Any = object()


def steps(pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON pointer; `/fields/0/label` has three, the empty one none."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def value_at(content: Any, pointer: str) -> Any:
    """Return what stands at a pointer, ABSENT for nothing."""
    found = content
    for step in steps(pointer):
        if isinstance(found, dict):
            found = found.get(step, ABSENT)
        elif isinstance(found, list) and _is_place(step, len(found) - 1):
            found = found[int(step)]
        else:
            return ABSENT
    return found


def with_value(content: Any, pointer: str, value: Any) -> Any:
    """Return the content with a value put at a pointer, or (ABSENT) taken away; objects on the way are made.

    A place behind the end of a list appends. KeyError for a way that leads through a text, a number or a missing item.
    """
    return _with(deepcopy(content), steps(pointer), value)


def inserted(content: Any, pointer: str, place: int, value: Any) -> Any:
    """Return the content with a value put into the list at a pointer, before what stands at this place."""
    listed = value_at(content, pointer)
    found = list(listed) if isinstance(listed, list) else []
    found.insert(max(0, place), value)
    return with_value(content, pointer, found)


def moved(content: Any, pointer: str, place: int) -> Any:
    """Return the content with a list's item moved to another place of its list; places outside mean the ends."""
    listed, _, step = pointer.rpartition("/")
    items = value_at(content, listed)
    if not isinstance(items, list) or not _is_place(step, len(items) - 1):
        raise KeyError(pointer)
    found = list(items)
    item = found.pop(int(step))
    found.insert(max(0, min(place, len(found))), item)
    return with_value(content, listed, found)


def _is_place(step: str, last: int) -> bool:
    return step.isascii() and step.isdigit() and len(step) < 6 and int(step) <= last


def _with(content: Any, way: tuple[str, ...], value: Any) -> Any:
    if not way:
        return value
    step, rest = way[0], way[1:]
    if isinstance(content, list):
        return _with_item(content, step, rest, value)
    if content is ABSENT or content is None:
        content = {}
    if not isinstance(content, dict):
        raise KeyError(step)
    inner = _with(content.get(step, ABSENT), rest, value)
    if inner is ABSENT:
        content.pop(step, None)
    else:
        content[step] = inner
    return content


def _with_item(content: list[Any], step: str, rest: tuple[str, ...], value: Any) -> Any:
    if not _is_place(step, len(content)):
        raise KeyError(step)
    at = int(step)
    if at == len(content):
        made = _with(ABSENT, rest, value)
        return content if made is ABSENT else [*content, made]
    inner = _with(content[at], rest, value)
    content[at : at + 1] = [] if inner is ABSENT else [inner]
    return content
