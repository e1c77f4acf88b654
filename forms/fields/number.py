"""Numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from forms.errors import FormError
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.limits import decimals_faults, not_a_number, range_faults
from forms.numbers import number_text, read_number
from rules.errors import Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class NumberType(FieldType):
    """A number (double precision), written 1234.5, 1,234.5, １２３４ or 1.2万; a text that two countries read differently is refused."""

    key = "number"
    kind = Kind.NUMBER
    widget = "number"
    storage = Storage.NUMBER
    filter = "range"
    params: ClassVar = {
        "min": {"type": "number", "description": "Smallest number allowed."},
        "max": {"type": "number", "description": "Largest number allowed."},
        "decimals": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9,
            "description": "Most digits behind the decimal point; 0 for whole numbers.",
        },
        "unit": {"type": "string", "maxLength": 20, "description": "Shown behind the number, for example 天."},
    }
    accepts: ClassVar = {
        "1234.5": "1234.5",
        "1,234.5": "1234.5",
        "１２３４": "1234",
        "−5": "-5",
        "1.2万": "12000",
        "3億": "300000000",
        "1.5e3": "1500",
        "007": "7",
        "1e-20": "0",
    }
    refuses = ("abc", "1.234,5", "1,5", "1 234", "nan", "inf", "1e999", "0x10", "1_000", "٣", "--1", "1e16")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the number as a float."""
        number = read_number(self._without_unit(field, raw))
        if number is None:
            raise FormError(not_a_number(self, field, raw, shorten(raw)))
        faults = decimals_faults(self, field, number) or range_faults(self, field, number)
        if faults:
            raise FormError.of(faults)
        return float(number) + 0.0  # -0.0 becomes 0.0

    def _without_unit(self, field: FieldDef, raw: object) -> object:
        unit = str(field.params.get("unit") or "")
        return raw.strip().removesuffix(unit).rstrip() if unit and isinstance(raw, str) else raw

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check range and digits."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        number = Decimal(repr(value))
        return [*range_faults(self, field, number), *decimals_faults(self, field, number)]

    def text(self, field: FieldDef, value: object) -> str:
        """Return the shortest text that reads back identically."""
        return number_text(float(str(value)))

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return whole numbers without a decimal point."""
        return int(value) if isinstance(value, float) and value.is_integer() else value
