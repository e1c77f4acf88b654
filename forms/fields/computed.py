"""Fields computed from other fields of the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from forms.fields._base import FIELD_TYPES, FieldType, InputContext, Schema, Storage, register
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef

#: Types a result may have.
RESULTS = ("number", "money", "percent", "text", "yes_no", "date", "datetime", "choice", "reference", "person")


@register
class ComputedType(FieldType):
    """A value computed from the record by an expression whenever the record is saved; nobody types it."""

    key = "computed"
    kind = Kind.NUMBER
    widget = "computed"
    storage = Storage.NUMBER
    derived = True
    searchable = True
    filter = "range"
    can_title = True
    can_be_unique = False
    can_default = False
    has_options = True
    params: ClassVar = {
        "expression": {"type": "string", "description": "Expression over the record's fields."},
        "result": {"enum": list(RESULTS), "description": "Type of the value."},
        "decimals": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9,
            "description": "Digits a number is rounded to, half away from zero.",
        },
        "unit": {"type": "string", "maxLength": 20, "description": "Shown behind the number."},
        "to": {"type": "string", "description": "Form of a reference, when the result is one."},
    }
    required_params = ("expression", "result")
    refuses = ("12",)
    example: ClassVar = {"expression": "1 + 1", "result": "number"}

    def shown_as(self, field: FieldDef) -> FieldType:
        """Return the type of the result."""
        return FIELD_TYPES[str(field.params.get("result", "number"))]

    def rule_type(self, field: FieldDef) -> Type:
        """Return the type of the result, which may always be empty."""
        found = self.shown_as(field).rule_type(field)
        return Type(found.kind, True, found.options, found.form, found.scale)

    def storage_of(self, field: FieldDef) -> Storage:
        """Return how the result is stored."""
        return self.shown_as(field).storage

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Refuse: the value follows from the other fields."""
        raise self.refuse(field, "derived", N_("This value is computed and cannot be typed."))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Accept whatever the expression yields."""
        return []

    def from_json(self, field: FieldDef, raw: object) -> object:
        """Return the stored value of the result."""
        return self.shown_as(field).from_json(field, raw)

    def text(self, field: FieldDef, value: object) -> str:
        """Return the text of the result."""
        return self.shown_as(field).text(field, value)

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the JSON value of the result."""
        return self.shown_as(field).to_json(field, value)

    def json_writer(self, field: FieldDef) -> Callable[[Any], object] | None:
        """Return what writes the result."""
        return self.shown_as(field).json_writer(field)

    def json_schema(self, field: FieldDef) -> Schema | None:
        """Return the schema of what it shows."""
        return self.shown_as(field).json_schema(field)
