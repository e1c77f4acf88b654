"""What a measure yields: a figure, how many records are behind it, and its groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

Value = float | int | str | date | datetime | None


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a measure with `by`: the key is a stored value, or the first date of a period."""

    key: Value
    value: Value
    count: int


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a measure, how many records it comes from, and its groups when it has `by`."""

    value: Value
    count: int
    groups: tuple[Group, ...] | None = None


def grouped(groups: Iterable[Group]) -> Figure:
    """Return the figure of a measure with groups: in the order of their keys, empty last."""
    found = sorted(groups, key=lambda group: (group.key is None, "" if group.key is None else group.key))
    return Figure(None, sum(group.count for group in found), tuple(found))
