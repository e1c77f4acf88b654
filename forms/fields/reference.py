"""A record of another form."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.ids import read_id
from forms.text import normal
from rules.errors import N_
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class ReferenceType(FieldType):
    """A record of another form, found by its title; kept as that record's number."""

    key = "reference"
    kind = Kind.REFERENCE
    widget = "reference"
    storage = Storage.RECORD
    filter = "one_of"
    lookup = "records"
    can_default = False
    params: ClassVar = {"to": {"type": "string", "description": "Key of the form whose records are chosen from."}}
    required_params = ("to",)
    accepts: ClassVar = {"12": "12", "#12": "12", "Acme": "7"}
    refuses = ("Unknown", "Twice", "0", "-3", "99999999999999999999")
    example: ClassVar = {"to": "account"}

    def rule_type(self, field: FieldDef) -> Type:
        """Return a reference that knows its form; the record may be deleted later, so it may always be empty."""
        return Type(Kind.REFERENCE, True, form=field.to)

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the record's id."""
        number = read_id(raw, texts=context.ids)
        if number is not None:
            return number
        text = normal(raw) if isinstance(raw, str) else ""
        found = context.find_records(field.to, text) if text else ()
        if len(found) == 1:
            return found[0]
        if found:
            template = N_("More than one record is called “{value}”.")
            raise self.refuse(field, "several", template, value=shorten(raw), form=field.to)
        template = N_("No record is called “{value}”.")
        raise self.refuse(field, "unknown", template, value=shorten(raw), form=field.to)
