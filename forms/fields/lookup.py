"""Fields copied from a record that a reference leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FIELD_TYPES, FieldType, InputContext, Schema, Storage, register
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class LookupType(FieldType):
    """A copy of a field of a record that references lead to, kept as it is there; nobody types it."""

    key = "lookup"
    kind = Kind.TEXT
    widget = "computed"
    storage = Storage.TEXT
    derived = True
    searchable = True
    filter = "range"
    can_title = True
    can_be_unique = False
    can_default = False
    params: ClassVar = {
        "from": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Reference, a dot, and the field behind it; over several references too: `account.region.name`.",
        },
        "discloses": {
            "type": "boolean",
            "description": "Whether it is also shown to people who may not read every record it is copied from.",
        },
    }
    required_params = ("from",)
    refuses = ("12",)
    example: ClassVar = {"from": "account.name"}

    def shown_as(self, field: FieldDef) -> FieldType:
        """Return the type of the field it copies, which the config's check has found."""
        return FIELD_TYPES[str(field.params.get("result", "text"))]

    def rule_type(self, field: FieldDef) -> Type:
        """Return the type of the field it copies; without a record behind the reference it is empty."""
        found = self.shown_as(field).rule_type(field)
        return Type(found.kind, True, found.options, found.form, found.scale, found.item)

    def storage_of(self, field: FieldDef) -> Storage:
        """Return how the copied field is stored."""
        return self.shown_as(field).storage_of(field)

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Refuse: the value follows from another record."""
        raise self.refuse(field, "derived", N_("This value is copied from another record and cannot be typed."))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Accept whatever stands there."""
        return []

    def from_json(self, field: FieldDef, raw: object) -> object:
        """Return the stored value of the copied field."""
        return self.shown_as(field).from_json(field, raw)

    def text(self, field: FieldDef, value: object) -> str:
        """Return the text of the copied field."""
        return self.shown_as(field).text(field, value)

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the JSON value of the copied field."""
        return self.shown_as(field).to_json(field, value)

    def json_schema(self, field: FieldDef) -> Schema | None:
        """Return the schema of what it shows."""
        return self.shown_as(field).json_schema(field)
