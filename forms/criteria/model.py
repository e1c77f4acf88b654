"""The model: a test of one field, groups of them, and pieces of an expression that no test can show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from rules.types import Kind

#: How the items of a group go together: all of them hold, one of them, or none.
JOINS = ("and", "or", "none")


@dataclass(frozen=True, slots=True)
class Slot:
    """A field that can be asked about."""

    key: str
    kind: Kind
    #: The text through which a record or person is asked for: `customer.name`; empty where there is none.
    named: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One test: a field, an operator and what it is compared with, always as texts."""

    field: str
    op: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """A piece of an expression that stays as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tests, pieces and groups that go together."""

    join: str = "and"
    items: tuple[Item, ...] = ()


Item: TypeAlias = Criterion | Raw | Group
Criteria: TypeAlias = Group


def normal(group: Group) -> Group:
    """Return the same condition as reading it back gives it: no empty groups, no groups of one within others."""
    found = _normal(group)
    if isinstance(found, Group):
        return found
    return Group("and", (found,)) if found is not None else Group()


def _normal(item: Item) -> Item | None:
    if not isinstance(item, Group):
        return item
    kept = tuple(one for one in map(_normal, item.items) if one is not None)
    if not kept:
        return None
    if len(kept) > 1:
        return replace(item, items=kept)
    only = kept[0]
    if item.join != "none":
        return only
    return replace(only, join="none") if isinstance(only, Group) and only.join == "or" else replace(item, items=kept)
