"""Fields computed from the records that point home."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FIELD_TYPES, FieldType, InputContext, Schema, Storage, register
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class RollupType(FieldType):
    """A figure over the records of another form that point at this one: count, sum, avg, min, max or count_distinct."""

    key = "rollup"
    kind = Kind.NUMBER
    widget = "computed"
    storage = Storage.NUMBER
    derived = True
    filter = "range"
    can_be_unique = False
    can_default = False
    params: ClassVar = {
        "measure": {"$ref": "#/$defs/rollup", "description": "What is counted or summed, over which form."},
        "result": {
            "enum": ["number", "money", "percent", "date", "datetime"],
            "description": "Type of the figure; taken from the field when `value` is one.",
        },
        "decimals": {"type": "integer", "minimum": 0, "maximum": 9, "description": "Digits a number is shown with."},
        "unit": {"type": "string", "maxLength": 20, "description": "Shown behind the number."},
    }
    required_params = ("measure",)
    refuses = ("12",)
    example: ClassVar = {"measure": {"of": "deal", "agg": "count", "via": "account"}}

    def shown_as(self, field: FieldDef) -> FieldType:
        """Return the type of the figure."""
        return FIELD_TYPES[str(field.params.get("result", "number"))]

    def rule_type(self, field: FieldDef) -> Type:
        """Return the type of the figure, which may always be empty."""
        found = self.shown_as(field).rule_type(field)
        return Type(found.kind, True, scale=found.scale)

    def storage_of(self, field: FieldDef) -> Storage:
        """Return how the figure is stored."""
        return self.shown_as(field).storage

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Refuse: the value follows from other records."""
        raise self.refuse(field, "derived", N_("This value is computed and cannot be typed."))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Accept whatever the measure yields."""
        return []

    def from_json(self, field: FieldDef, raw: object) -> object:
        """Return the stored value of the figure."""
        return self.shown_as(field).from_json(field, raw)

    def text(self, field: FieldDef, value: object) -> str:
        """Return the text of the figure."""
        return self.shown_as(field).text(field, value)

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the JSON value of the figure."""
        return self.shown_as(field).to_json(field, value)

    def json_schema(self, field: FieldDef) -> Schema | None:
        """Return the schema of what it shows."""
        return self.shown_as(field).json_schema(field)
