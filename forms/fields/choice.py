"""One of several options."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.options import find_option, nearest
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class ChoiceType(FieldType):
    """One of the field's options, written as its key or as its label in any language; kept as the key."""

    key = "choice"
    kind = Kind.CHOICE
    widget = "choice"
    storage = Storage.KEY
    searchable = True
    filter = "one_of"
    has_options = True
    accepts: ClassVar = {"north": "north", "北区": "north", "SOUTH": "south", "  North ": "north"}
    refuses = ("nord", "east")
    example: ClassVar = {
        "options": [
            {"key": "north", "label": {"en": "North", "zh_Hans": "北区", "zh_Hant": "北區"}},
            {"key": "south", "label": {"en": "South", "zh_Hans": "南区", "zh_Hant": "南區"}},
        ]
    }

    def rule_type(self, field: FieldDef) -> Type:
        """Return a choice that knows its options."""
        return Type(Kind.CHOICE, super().rule_type(field).nullable, tuple(o.key for o in field.options))

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the option's key."""
        found = find_option(field, raw)
        if found is not None:
            return found
        template = N_("“{value}” is not one of the options.")
        raise self.refuse(field, "option", template, value=shorten(raw), suggestion=nearest(field, raw))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that the option still exists."""
        if value is None or (isinstance(value, str) and field.option(value)):
            return []
        return [self.fault(field, "option", N_("“{value}” is not one of the options."), value=shorten(value))]
