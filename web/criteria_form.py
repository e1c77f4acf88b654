"""Conditions as a form: nested groups of tests, each posted under its place, so that every step works without script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from forms.criteria import (
    PERIODS,
    Criterion,
    Group,
    IncompleteError,
    Item,
    Operator,
    Raw,
    Slot,
    operators_of,
    read,
    write,
)
from forms.criteria.model import JOINS
from rules.errors import SteerwayError
from web import i18n
from web.criteria_words import JOINS as JOIN_WORDS
from web.errors import sentence
from web.words import gettext

if TYPE_CHECKING:
    from forms.defs import FieldDef

#: Items and levels that a person can still look over.
MOST_ITEMS, DEEPEST = 60, 5
Choice = tuple[str, str, bool]


@dataclass(frozen=True)
class Node:
    """An item at its place: `path` is "0.1"; of a group `items`, of a test `fields`, `ops` and its values."""

    path: str
    kind: str
    join: Sequence[Choice] = ()
    items: Sequence[Node] = ()
    fields: Sequence[Choice] = ()
    ops: Sequence[Choice] = ()
    needs: Sequence[str] = ()
    values: Sequence[str] = ()
    options: Sequence[Choice] = ()
    text: str = ""
    fault: str = ""
    #: Nothing may be nested into it any more.
    full: bool = False

    @property
    def dotted(self) -> str:
        """Return what stands before the places inside."""
        return f"{self.path}." if self.path else ""


@dataclass(frozen=True)
class Builder:
    """The conditions of one form as they are filled in."""

    #: What can be asked about: fields with their names and options, and how the language names them.
    fields: Mapping[str, FieldDef]
    slots: Mapping[str, Slot]
    group: Group
    error: SteerwayError | None = None

    @classmethod
    def of(cls, fields: Mapping[str, FieldDef], slots: Mapping[str, Slot], text: str) -> Builder:
        """Read an expression; without one the first test waits to be filled in."""
        group = read(text, slots)
        return cls(fields, slots, group if group.items else Group("and", (Criterion("", ""),)))

    @property
    def faults(self) -> list[str]:
        """Return what is wrong and belongs to no single test."""
        if self.error is None or isinstance(self.error, IncompleteError):
            return []
        return [sentence(fault) for fault in self.error.faults]

    @cached_property
    def root(self) -> Node:
        """Return all of it, ready to be drawn."""
        return self._node(self.group, ())

    def _node(self, item: Item, at: tuple[int, ...]) -> Node:
        path = ".".join(map(str, at))
        if isinstance(item, Raw):
            return Node(path, "raw", text=item.text)
        if isinstance(item, Group):
            joins = [(key, gettext(JOIN_WORDS[key]), key == item.join) for key in JOINS]
            inner = [self._node(one, (*at, place)) for place, one in enumerate(item.items)]
            return Node(path, "group", joins, inner, full=len(at) >= DEEPEST)
        return self._test(item, path, at)

    def _test(self, item: Criterion, path: str, at: tuple[int, ...]) -> Node:
        slot, field = self.slots.get(item.field), self.fields.get(item.field)
        fields = [(key, str(i18n.told(one.label)), key == item.field) for key, one in self.fields.items()]
        fault = (
            sentence(self.error.faults[0]) if isinstance(self.error, IncompleteError) and self.error.at == at else ""
        )
        if slot is None or field is None:
            return Node(path, "test", fields=fields, fault=fault)
        known = operators_of(slot)
        found = next((one for one in known if one.key == item.op), known[0])
        ops = [(one.key, gettext(one.label), one is found) for one in known]
        return Node(
            path,
            "test",
            fields=fields,
            ops=ops,
            needs=found.needs,
            values=item.values,
            options=_options(field, found, item.values),
            fault=fault,
        )


def _options(field: FieldDef, found: Operator, values: Sequence[str]) -> list[Choice]:
    if found.needs == ("period",):
        return [(key, gettext(label), key in values) for key, (label, _) in PERIODS.items()]
    if "option" in found.needs or "options" in found.needs:
        return [(one.key, str(i18n.told(one.label)), one.key in values) for one in field.options]
    return []


def written(slots: Mapping[str, Slot], group: Group) -> str:
    """Return the expression of what was filled in; tests that nobody began to fill in are left out."""
    return write(_begun(group), slots)


def _begun(group: Group) -> Group:
    kept = [_begun(one) if isinstance(one, Group) else one for one in group.items]
    return replace(group, items=tuple(one for one in kept if not isinstance(one, Criterion) or one.field))


def posted_group(data: MultiDict[str, str]) -> Group:
    """Return what was posted."""
    found = _posted(data, ())
    return found if isinstance(found, Group) else Group("and", (found,))


def _posted(data: MultiDict[str, str], at: tuple[int, ...]) -> Item:
    path = ".".join(map(str, at))
    kind = data.get(f"k.{path}", "group" if not at else "")
    if kind == "raw":
        return Raw(data.get(f"r.{path}", "")[:2000])
    if kind == "test":
        values = tuple(text.strip() for text in data.getlist(f"v.{path}"))
        lines = tuple(line for text in values for line in text.splitlines()) if f"m.{path}" in data else values
        return Criterion(data.get(f"f.{path}", ""), data.get(f"o.{path}", ""), tuple(filter(None, lines))[:200])
    join = data.get(f"j.{path}", "and")
    places = [(*at, place) for place in range(MOST_ITEMS if len(at) <= DEEPEST else 0)]
    items = [_posted(data, inner) for inner in places if f"k.{'.'.join(map(str, inner))}" in data]
    return Group(join if join in JOINS else "and", tuple(items))


def act(group: Group, wanted: str) -> Group:
    """Return the conditions after a button was pressed: `test:0.1` and `group:0.1` add there, `remove:0.1` takes away."""
    verb, _, path = wanted.partition(":")
    at = tuple(int(part) for part in path.split(".") if part.isascii() and part.isdigit() and len(part) < 4)
    if verb == "test":
        return _at(group, at, lambda one: replace(one, items=(*one.items, Criterion("", ""))))
    if verb == "group" and len(at) < DEEPEST:
        inner = Group("or", (Criterion("", ""), Criterion("", "")))
        return _at(group, at, lambda one: replace(one, items=(*one.items, inner)))
    if verb == "remove" and at:
        last = at[-1]
        return _at(group, at[:-1], lambda one: replace(one, items=one.items[:last] + one.items[last + 1 :]))
    return group


def _at(group: Group, at: tuple[int, ...], change: Callable[[Group], Group]) -> Group:
    """Return a group with one group inside it changed."""
    if not at:
        return change(group)
    inner = group.items[at[0]] if at[0] < len(group.items) else None
    if not isinstance(inner, Group):
        return group
    items = list(group.items)
    items[at[0]] = _at(inner, at[1:], change)
    return replace(group, items=tuple(items))
