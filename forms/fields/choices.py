"""Several of several options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, is_blank, register, shorten
from forms.options import find_option, nearest
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef

_SEPARATORS = re.compile(r"[;；,，、|\n]")


@register
class ChoicesType(FieldType):
    """Any number of the field's options, written with ; , 、 or | between them; kept in the order of the options."""

    key = "choices"
    kind = Kind.CHOICES
    widget = "choices"
    storage = Storage.KEYS
    several = True
    searchable = True
    sortable = False
    filter = "one_of"
    can_be_unique = False
    has_options = True
    params: ClassVar = {
        "max_items": {"type": "integer", "minimum": 1, "maximum": 200, "description": "Most options chosen at once."},
    }
    accepts: ClassVar = {"a;b": "a;b", "乙、甲": "a;b", "B": "b", "a, a": "a"}
    refuses = ("a;c", "甲乙")
    example: ClassVar = {"options": [{"key": "a", "label": "甲"}, {"key": "b", "label": "乙"}]}

    def rule_type(self, field: FieldDef) -> Type:
        """Return choices that know their options."""
        return Type(Kind.CHOICES, super().rule_type(field).nullable, tuple(o.key for o in field.options))

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the options' keys, each once, in the order of the options."""
        named = [(item, find_option(field, item)) for item in self._items(field, raw) if not is_blank(item)]
        faults = [self._unknown(field, item) for item, key in named if key is None]
        if faults:
            raise self.refuse(field, "option", faults[0].template, **faults[0].facts, suggestion=faults[0].suggestion)
        chosen = {key for _, key in named}
        return [o.key for o in field.options if o.key in chosen] or None

    def _items(self, field: FieldDef, raw: object) -> Sequence[object]:
        if isinstance(raw, str):
            return [raw] if find_option(field, raw) is not None else _SEPARATORS.split(raw)
        if isinstance(raw, Sequence):
            return [part for item in raw for part in self._items(field, item)]
        return [raw]

    def _unknown(self, field: FieldDef, item: object) -> Fault:
        template = N_("“{value}” is not one of the options.")
        return self.fault(field, "option", template, value=shorten(item), suggestion=nearest(field, item))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that the options still exist, and their number."""
        if not isinstance(value, list | tuple):
            return []
        faults = [self._unknown(field, item) for item in value if not field.option(str(item))]
        most = field.params.get("max_items")
        if isinstance(most, int) and len(value) > most:
            faults.append(self.fault(field, "too_many", N_("Choose at most {limit}."), limit=most))
        return faults

    def text(self, field: FieldDef, value: object) -> str:
        """Return the keys with semicolons between them."""
        return ";".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
