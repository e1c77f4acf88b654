"""Several records of another form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.ids import read_id
from forms.several import ids_of, names_in
from forms.text import normal
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef

_MOST = 200


@register
class ReferencesType(FieldType):
    """Any number of records of another form, written with semicolons between their titles; kept as their numbers."""

    key = "references"
    kind = Kind.REFERENCES
    widget = "references"
    storage = Storage.IDS
    several = True
    sortable = False
    filter = "one_of"
    lookup = "records"
    can_be_unique = False
    can_default = False
    params: ClassVar = {
        "to": {"type": "string", "description": "Key of the form whose records are chosen from."},
        "max_items": {"type": "integer", "minimum": 1, "maximum": _MOST, "description": "Most records chosen at once."},
    }
    required_params = ("to",)
    accepts: ClassVar = {"12": "12", "#12; Acme": "12;7", "Acme|12\nAcme": "7;12", '"Acme";12': "7;12"}
    refuses = ("Unknown", "Acme; Unknown", "Twice", "0", "-3", "Acme;99999999999999999999")
    example: ClassVar = {"to": "account"}

    def rule_type(self, field: FieldDef) -> Type:
        """Return references that know their form; the records may be deleted later, so there may be none."""
        return Type(Kind.REFERENCES, True, form=field.to)

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the records' ids, each once, in the order in which they were named."""
        return ids_of(raw, lambda one: self._id(field, one, context)) or None

    def _id(self, field: FieldDef, raw: object, context: InputContext) -> int:
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

    def names_in(self, raw: object) -> Iterable[str]:
        """Return every text that may name a record."""
        return names_in(raw)

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check their number."""
        most = int(str(field.params.get("max_items", _MOST)))
        if not isinstance(value, list | tuple) or len(value) <= most:
            return []
        return [self.fault(field, "too_many", N_("Choose at most {limit}."), limit=most)]

    def text(self, field: FieldDef, value: object) -> str:
        """Return the ids with semicolons between them."""
        return ";".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
