"""Times of day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from forms.clock import read_time
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_TEMPLATE = N_("“{value}” is not a time of day; write it as 09:30.")


@register
class TimeType(FieldType):
    """A time of day in hours and minutes, kept as the text 09:30: it sorts and compares as a text."""

    key = "time"
    kind = Kind.TEXT
    widget = "time"
    storage = Storage.TEXT
    filter = "range"
    params: ClassVar = {
        "min": {"type": "string", "description": "Earliest time allowed, as 09:00."},
        "max": {"type": "string", "description": "Latest time allowed, as 18:00."},
    }
    accepts: ClassVar = {
        "09:30": "09:30",
        "9:05": "09:05",
        "１８：００": "18:00",
        "0:00": "00:00",
        "23:59:00": "23:59",
        "9点半": "09:30",
        "下午3点": "15:00",
        "3:15 PM": "15:15",
        "12:10 am": "00:10",
        "8時20分": "08:20",
    }
    refuses = ("24:00", "9", "930", "9:60", "9:5", "noon", "13:00 pm", "0:30 am", "23:59:30", "-1:00")

    def param_faults(self, field: FieldDef) -> Iterable[tuple[str, Fault]]:
        """Check that the earliest and latest time are times in order."""
        for name in ("min", "max"):
            if name in field.params and read_time(field.params[name]) is None:
                yield name, self.fault(field, "time", _TEMPLATE, value=shorten(field.params[name]))
        low, high = read_time(field.params.get("min")), read_time(field.params.get("max"))
        if low and high and low > high:
            yield "max", self.fault(field, "range", N_("The largest value lies below the smallest."))

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the time as HH:MM."""
        found = read_time(raw)
        if found is None:
            raise self.refuse(field, "time", _TEMPLATE, value=shorten(raw))
        return found

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that it is a time between the earliest and the latest."""
        if not isinstance(value, str):
            return []
        if read_time(value) != value:
            return [self.fault(field, "time", _TEMPLATE, value=shorten(value))]
        low, high = read_time(field.params.get("min")), read_time(field.params.get("max"))
        if low and value < low:
            return [self.fault(field, "too_small", N_("Not before {limit}."), limit=low)]
        if high and value > high:
            return [self.fault(field, "too_large", N_("Not after {limit}."), limit=high)]
        return []
