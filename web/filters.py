"""What the address of a list asks for, field by field: read it, say it as a sentence, drop one of it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from engine.records.filters import CONTAINS, EMPTY, IS, MAX, MIN, Filter, read_filter
from forms.errors import FormError
from rules.types import MANY, OF_PEOPLE
from web import here, i18n
from web.widgets import Display, Look, posted_value, show
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef
    from forms.fields import FieldType
    from rules.errors import Fault

#: Every filter in an address is called `f.<field>`, `f.<field>.min`, `f.<field>.max` or `f.<field>.empty`.
PREFIX = "f."
#: More values for one field than a person picks by hand are cut off.
MOST_VALUES = 200


@dataclass(frozen=True)
class FieldFilter:
    """The filter of one field as the address has it: `kind` is contains, one_of, range or empty."""

    field: FieldDef
    kind: str
    #: What the engine is asked.
    asked: tuple[Filter, ...]
    #: The arguments of the address that make it.
    args: tuple[tuple[str, str], ...]

    def values(self, op: str) -> tuple[object, ...]:
        """Return the values of one of its parts."""
        return next((one.values for one in self.asked if one.op == op), ())

    def bound(self, op: str) -> object:
        """Return one end of a range."""
        return next(iter(self.values(op)), None)


@dataclass(frozen=True)
class Filters:
    """All filters of an address, and what could not be understood."""

    items: tuple[FieldFilter, ...] = ()
    faults: tuple[Fault, ...] = ()

    def of(self, key: str) -> FieldFilter | None:
        """Return the filter of a field."""
        return next((one for one in self.items if one.field.key == key), None)

    @property
    def asked(self) -> list[Filter]:
        """Return what the engine is asked."""
        return [part for one in self.items for part in one.asked]

    @property
    def args(self) -> list[tuple[str, str]]:
        """Return the arguments of all filters."""
        return [pair for one in self.items for pair in one.args]

    def args_without(self, key: str) -> list[tuple[str, str]]:
        """Return the arguments of all filters but one field's."""
        return [pair for one in self.items if one.field.key != key for pair in one.args]


def shown_type(field: FieldDef) -> FieldType:
    """Return the type whose control filters a field: a computed field is filtered like its result."""
    return field.type.shown_as(field)


def filterable(fields: Mapping[str, FieldDef]) -> list[FieldDef]:
    """Return the fields a list can be filtered by."""
    return [field for field in fields.values() if shown_type(field).filter != "none"]


def read_filters(args: MultiDict[str, str], live: Live, form_key: str, fields: Sequence[FieldDef]) -> Filters:
    """Read the filters of an address; what is not understood becomes a fault and filters nothing."""
    items: list[FieldFilter] = []
    faults: list[Fault] = []
    for field in fields:
        for kind, parts in _parts(args, field):
            try:
                asked = tuple(_ask(live, form_key, field, op, texts) for op, _, texts in parts)
            except FormError as error:
                faults.extend(error.faults)
                continue
            pairs = tuple((name, text) for _, name, texts in parts for text in texts)
            items.append(FieldFilter(field, kind, asked, pairs))
    return Filters(tuple(items), tuple(faults))


def _ask(live: Live, form_key: str, field: FieldDef, op: str, texts: Sequence[str]) -> Filter:
    raw = [str(posted_value(field, [text])) for text in texts] if not shown_type(field).several else texts
    return read_filter(here.db(), live, form_key, here.viewer(), here.now(), field.key, op, raw)


Part = tuple[str, str, list[str]]


def _parts(args: MultiDict[str, str], field: FieldDef) -> list[tuple[str, list[Part]]]:
    """Return [(kind, [(op, name, texts)])] of a field; nothing when the address does not name it."""
    name = PREFIX + field.key
    if args.get(f"{name}.empty"):
        return [("empty", [(EMPTY, f"{name}.empty", [args[f"{name}.empty"]])])]
    kind = shown_type(field).filter
    if kind == "range":
        ends = [(op, f"{name}.{op}", [args.get(f"{name}.{op}", "").strip()]) for op in (MIN, MAX)]
        given = [part for part in ends if part[2][0]]
        return [(kind, given)] if given else []
    texts = [text.strip() for text in args.getlist(name) if text.strip()][:MOST_VALUES]
    if not texts:
        return []
    return [(kind, [(CONTAINS, name, texts[:1])] if kind == "contains" else [(IS, name, texts)])]


def chip(item: FieldFilter, look: Look) -> str:
    """Say a filter as a sentence."""
    label = i18n.told(item.field.label)
    if item.kind == "empty":
        if item.bound(EMPTY):
            return gettext("%(field)s is empty", field=label)
        return gettext("%(field)s is filled", field=label)
    if item.kind == "contains":
        return gettext("%(field)s contains “%(text)s”", field=label, text=item.bound(CONTAINS))
    if item.kind == "range":
        return _range_chip(item, look, label)
    one_of = gettext(" or ").join(say(item.field, value, look) for value in item.values(IS))
    return gettext("%(field)s is %(values)s", field=label, values=one_of)


def _range_chip(item: FieldFilter, look: Look, label: object) -> str:
    low, high = say(item.field, item.bound(MIN), look), say(item.field, item.bound(MAX), look)
    if low and high:
        return gettext("%(field)s from %(low)s to %(high)s", field=label, low=low, high=high)
    if low:
        return gettext("%(field)s from %(low)s", field=label, low=low)
    return gettext("%(field)s up to %(high)s", field=label, high=high)


def say(field: FieldDef, value: object, look: Look) -> str:
    """Say a value inside a sentence."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if shown_type(field).kind in OF_PEOPLE:
        return look.person(int(str(value)))
    whole = [value] if shown_type(field).kind in MANY else value
    return show(Display(field, whole, look, small=True)).striptags()
