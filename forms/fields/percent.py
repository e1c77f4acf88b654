"""Percentages."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from forms.errors import FormError
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.limits import decimals_faults, not_a_number, range_faults
from forms.numbers import number_text, read_number
from forms.text import plain
from rules.errors import Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class PercentType(FieldType):
    """A percentage kept as the number before the sign: 15 and 15% both mean 15 %."""

    key = "percent"
    kind = Kind.NUMBER
    widget = "percent"
    storage = Storage.NUMBER
    filter = "range"
    params: ClassVar = {
        "min": {"type": "number", "description": "Smallest percentage allowed."},
        "max": {"type": "number", "description": "Largest percentage allowed."},
        "decimals": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9,
            "description": "Most digits behind the decimal point.",
        },
    }
    accepts: ClassVar = {"15%": "15", "15": "15", "１２.5 ％": "12.5", "-3.5%": "-3.5", "0.15": "0.15"}
    refuses = ("fifteen", "15%%", "%", "15‰", "1,5%", "inf%")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the number before the sign."""
        text = plain(raw).removesuffix("%").rstrip() if isinstance(raw, str) else raw
        number = read_number(text)
        if number is None:
            raise FormError(not_a_number(self, field, text, shorten(raw)))
        faults = decimals_faults(self, field, number) or range_faults(self, field, number)
        if faults:
            raise FormError.of(faults)
        return float(number) + 0.0

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check range and digits."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        number = Decimal(repr(value))
        return [*range_faults(self, field, number), *decimals_faults(self, field, number)]

    def text(self, field: FieldDef, value: object) -> str:
        """Return the number without its sign."""
        return number_text(float(str(value)))

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return whole numbers without a decimal point."""
        return int(value) if isinstance(value, float) and value.is_integer() else value
