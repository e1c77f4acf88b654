"""How a value came about, as a tree of lines: texts of an expression, what they were worth, where their records are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from engine.changes import decode
from rules.scope import CLOCK
from rules.types import Kind
from web import i18n
from web.errors import sentence
from web.widgets import Display, Look, show
from web.words import gettext

if TYPE_CHECKING:
    from forms.defs import FieldDef
    from rules.explain import Explanation


@dataclass(frozen=True)
class Node:
    """One line of the tree."""

    text: str
    shown: str
    #: yes, no, or empty.
    mood: str = ""
    why_empty: str = ""
    children: Sequence[Node] = ()
    url: str = ""
    #: What the name is called on the screen.
    label: str = ""


@dataclass(frozen=True)
class Speaker:
    """Says values: by the field a line names, else by the kind of its value; `links` gives a line's records."""

    look: Look
    fields: Mapping[str, FieldDef] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    #: Names that read better than the text, such as the label of a measure.
    names: Mapping[str, str] = field(default_factory=dict)

    def node(self, one: Explanation) -> Node:
        """Return the tree of an explanation."""
        return Node(
            text=one.text,
            shown=self.value(one.text, one.value, one.type.kind),
            mood=mood(one.value),
            why_empty=_why_empty(one.why_empty),
            children=[self.node(child) for child in one.children],
            url=self.links.get(one.text, ""),
            label=self.label(one.text),
        )

    def stored(self, tree: Mapping[str, Any]) -> Node:
        """Return the tree of an explanation that was kept as JSON."""
        text = str(tree.get("text", ""))
        kind = self._kind_of(text) or _kind(tree.get("kind") or tree.get("type"))
        value = tree.get("value") if kind is None else decode(tree.get("value"), kind)
        children = [self.stored(child) for child in tree.get("children") or ()]
        said = self.value(text, value, kind)
        return Node(text, said, mood(value), "", children, self.links.get(text, ""), self.label(text))

    def _kind_of(self, text: str) -> Kind | None:
        """Return the kind of a name: JSON keeps dates and moments as texts."""
        if text in CLOCK:
            return CLOCK[text].kind
        slot = self.fields.get(text)
        return slot.type.rule_type(slot).kind if slot else None

    def label(self, text: str) -> str:
        """Return what a name is called on the screen; nothing for what is no name."""
        if text in self.fields:
            return str(i18n.told(self.fields[text].label))
        return self.names.get(text, "")

    def value(self, text: str, value: object, kind: Kind | None) -> str:
        """Say a value."""
        if value is None:
            return gettext("empty")
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        slot = self.fields.get(text)
        if kind is Kind.PERSON and isinstance(value, int):
            return self.look.person(value)
        if slot is not None and kind is not Kind.NUMBER and kind is not Kind.MONEY:
            return show(Display(slot, value, self.look, small=True)).striptags() or str(value)
        return self._plain(value)

    def _plain(self, value: object) -> str:
        if isinstance(value, datetime):
            return i18n.moment(value, self.look.zone)
        if isinstance(value, date):
            return i18n.day(value)
        if isinstance(value, int | float):
            return i18n.number(value)
        if isinstance(value, list | tuple):
            return gettext(", ").join(str(one) for one in value) or gettext("empty")
        return str(value)


def mood(value: object) -> str:
    """Return yes or no for a condition."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else ""


def _why_empty(why: object) -> str:
    if not why:
        return ""
    return sentence(why) if hasattr(why, "template") else str(why)  # type: ignore[arg-type]  # a Fault or plain words


def _kind(name: object) -> Kind | None:
    try:
        return Kind(str(name))
    except ValueError:
        return None
