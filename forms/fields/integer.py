"""Whole numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from forms.errors import FormError
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.limits import not_a_number, range_faults, whole_faults
from forms.numbers import number_text, read_number
from rules.errors import Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class IntegerType(FieldType):
    """A whole number, written 1234, 1,234, １２３４ or 2万."""

    key = "integer"
    kind = Kind.NUMBER
    widget = "number"
    storage = Storage.NUMBER
    filter = "range"
    params: ClassVar = {
        "min": {"type": "integer", "description": "Smallest number allowed."},
        "max": {"type": "integer", "description": "Largest number allowed."},
        "unit": {"type": "string", "maxLength": 20, "description": "Shown behind the number, for example 台."},
    }
    accepts: ClassVar = {"12": "12", "1,234": "1234", "１２": "12", "−5": "-5", "2万": "20000", "3.0": "3", "007": "7"}
    refuses = ("1.5", "abc", "1,5", "1e16", "inf", "--1", "1.23456万")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the number."""
        unit = str(field.params.get("unit") or "")
        text = raw.strip().removesuffix(unit).rstrip() if unit and isinstance(raw, str) else raw
        number = read_number(text)
        if number is None:
            raise FormError(not_a_number(self, field, raw, shorten(raw)))
        faults = whole_faults(self, field, number) or range_faults(self, field, number)
        if faults:
            raise FormError.of(faults)
        return float(number) + 0.0

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that the number is whole and within its range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        number = Decimal(repr(value))
        return [*whole_faults(self, field, number), *range_faults(self, field, number)]

    def text(self, field: FieldDef, value: object) -> str:
        """Return the digits."""
        return number_text(float(str(value)))

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the number without a decimal point."""
        return int(value) if isinstance(value, float) and value.is_integer() else value
