"""Stretches of time."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from forms.clock import duration_text, read_duration
from forms.errors import FormError
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.limits import range_faults, whole_faults
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class DurationType(FieldType):
    """A stretch of time, kept as whole minutes and a number in expressions: 1h 30m, 1:30, 1.5 h and 90 分钟 are the same."""

    key = "duration"
    kind = Kind.NUMBER
    widget = "duration"
    storage = Storage.NUMBER
    filter = "range"
    params: ClassVar = {
        "min": {"type": "integer", "minimum": 0, "description": "Fewest minutes allowed."},
        "max": {"type": "integer", "minimum": 0, "description": "Most minutes allowed."},
    }
    accepts: ClassVar = {
        "1h 30m": "1h 30m",
        "1:30": "1h 30m",
        "90 分钟": "1h 30m",
        "90": "1h 30m",
        "1.5h": "1h 30m",
        "2小时": "2h",
        "1小時5分": "1h 5m",
        "45 min": "45m",
        "0": "0m",
        "３０分": "30m",
        "100:00": "100h",
        "2 hours 5 minutes": "2h 5m",
    }
    refuses = ("soon", "-5", "1:60", "0.001h", "30m 1h", "1.5", "h", "1d", "9999999999", "1::30")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the minutes."""
        minutes = read_duration(raw)
        if minutes is None:
            template = N_("“{value}” is not a length of time; write it as 1h 30m, 1:30 or 90 (minutes).")
            raise self.refuse(field, "duration", template, value=shorten(raw))
        faults = self.validate(field, float(minutes))
        if faults:
            raise FormError.of(faults)
        return float(minutes)

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that the minutes are whole and within their range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        number = Decimal(repr(value))
        if number < 0:
            return [self.fault(field, "too_small", N_("At least {limit} is expected."), limit="0")]
        return [*whole_faults(self, field, number), *range_faults(self, field, number)]

    def text(self, field: FieldDef, value: object) -> str:
        """Return hours and minutes."""
        return duration_text(float(str(value)))

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the minutes without a decimal point."""
        return int(value) if isinstance(value, float) and value.is_integer() else value
