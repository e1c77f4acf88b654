"""Functions over fields that hold several values, and `contains` for text and lists."""

from __future__ import annotations

from collections.abc import Sequence

from rules.functions._base import Maker, function, macro
from rules.tree import Node
from rules.types import YES_NO

_Many = Sequence[object] | None


@function(
    "contains(text: text, part: text) -> condition", "contains(many: many, item: item) -> condition", takes_empty=True
)
def contains(holder: Sequence[object] | None, part: object) -> bool:
    """Whether a text has another in it, or a list has an item; no when one of them is empty.

    >>> contains("Ada Lovelace", "Love")
    yes
    >>> contains(tags, "vip")
    yes
    """
    return holder is not None and part is not None and part in holder


@macro("includes(many: many, item: item) -> condition")
def includes(make: Maker, many: Node, item: Node) -> Node:
    """Whether a list has an item.

    >>> includes(tags, "vip")
    yes
    """
    return make.call("contains", YES_NO, many, item)


@macro("excludes(many: many, item: item) -> condition")
def excludes(make: Maker, many: Node, item: Node) -> Node:
    """Whether a list does not have an item; yes for an empty list.

    >>> excludes(tags, "vip")
    no
    """
    return make.opposite(make.call("contains", YES_NO, many, item))


@function(
    "any_of(many: many, list: list) -> condition",
    "any_of(first: condition, *more: condition) -> condition",
    takes_empty=True,
)
def any_of(many: _Many, items: Sequence[object]) -> bool:
    """Whether a list has at least one of some items; of conditions: whether at least one holds.

    >>> any_of(tags, ["new", "vip"])
    yes
    """
    return many is not None and any(i in many for i in items if i is not None)


@function(
    "all_of(many: many, list: list) -> condition",
    "all_of(first: condition, *more: condition) -> condition",
    takes_empty=True,
)
def all_of(many: _Many, items: Sequence[object]) -> bool:
    """Whether a list has every one of some items; of conditions: whether they all hold.

    >>> all_of(tags, ["new", "vip"])
    no
    """
    return many is not None and all(i is not None and i in many for i in items)


@function(
    "none_of(many: many, list: list) -> condition",
    "none_of(first: condition, *more: condition) -> condition",
    takes_empty=True,
)
def none_of(many: _Many, items: Sequence[object]) -> bool:
    """Whether a list has none of some items; of conditions: whether none holds.

    >>> none_of(tags, ["new", "cold"])
    yes
    """
    return not any_of(many, items)


@function("size(many: many) -> number", takes_empty=True, whole=True)
def size(many: _Many) -> float:
    """How many items a list has; 0 when it is empty.

    >>> size(tags)
    2
    """
    return len(many) if many else 0
