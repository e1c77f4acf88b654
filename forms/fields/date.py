"""Dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from forms.dates import is_turned, read_date
from forms.fields._base import FieldType, InputContext, Storage, as_date, register, shorten
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class DateType(FieldType):
    """A day of the calendar, written year first: 2026-03-02, 2026/3/2, 2026年3月2日 or 20260302."""

    key = "date"
    kind = Kind.DATE
    widget = "date"
    storage = Storage.DATE
    filter = "range"
    params: ClassVar = {
        "min": {"type": "string", "format": "date", "description": "First day allowed, as 2026-03-02."},
        "max": {"type": "string", "format": "date", "description": "Last day allowed, as 2026-03-02."},
    }
    accepts: ClassVar = {
        "2026-03-02": "2026-03-02",
        "2026/3/2": "2026-03-02",
        "2026.3.2": "2026-03-02",
        "2026年3月2日": "2026-03-02",
        "２０２６-０３-０２": "2026-03-02",
        "20260302": "2026-03-02",
        "2026-03-02 00:00:00": "2026-03-02",
    }
    refuses = (
        "3/2/2026",
        "2026-02-30",
        "2026-13-01",
        "tomorrow",
        "2026-03-02 10:00",
        "0000-01-01",
        "2026-3",
        "99999-01-01",
    )

    def param_faults(self, field: FieldDef) -> Iterable[tuple[str, Fault]]:
        """Check that the first and last day are dates in order."""
        for name in ("min", "max"):
            if name in field.params and as_date(field.params[name]) is None:
                yield (
                    name,
                    self.fault(
                        field,
                        "date",
                        N_("“{value}” is not a date; write it as 2026-03-02."),
                        value=shorten(field.params[name]),
                    ),
                )
        first, last = as_date(field.params.get("min")), as_date(field.params.get("max"))
        if first and last and first > last:
            yield "max", self.fault(field, "range", N_("The largest value lies below the smallest."))

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the date."""
        found = read_date(raw)
        if found is not None:
            return found
        if is_turned(raw):
            template = N_("“{value}” can be read in two ways; write the year first, as 2026-03-02.")
            raise self.refuse(field, "ambiguous", template, value=shorten(raw))
        raise self.refuse(field, "date", N_("“{value}” is not a date; write it as 2026-03-02."), value=shorten(raw))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the first and last day."""
        first, last = as_date(field.params.get("min")), as_date(field.params.get("max"))
        if isinstance(value, date) and first and value < first:
            return [self.fault(field, "too_small", N_("Not before {limit}."), limit=first.isoformat())]
        if isinstance(value, date) and last and value > last:
            return [self.fault(field, "too_large", N_("Not after {limit}."), limit=last.isoformat())]
        return []

    def text(self, field: FieldDef, value: object) -> str:
        """Return the date in ISO."""
        return value.isoformat() if isinstance(value, date) else str(value)

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the date in ISO."""
        return self.to_text(field, value) or None
