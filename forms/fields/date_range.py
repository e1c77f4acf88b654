"""Two days with everything between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from forms.dates import read_date
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.text import plain
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_BETWEEN = re.compile(r" *(?:~|—|–|至|到| to |\.\.) *|(?<=\d{4}-\d\d-\d\d)/", re.ASCII)
_TEMPLATE = N_("“{value}” is not a first and a last day; write them as 2026-03-02 ~ 2026-03-06.")


@register
class DateRangeType(FieldType):
    """A first and a last day, kept as the text 2026-03-02/2026-03-06, which sorts by the first day."""

    key = "date_range"
    kind = Kind.TEXT
    widget = "date_range"
    storage = Storage.TEXT
    several = True
    filter = "contains"
    params: ClassVar = {
        "max_days": {
            "type": "integer",
            "minimum": 1,
            "description": "Most days from the first to the last, both counted.",
        },
    }
    accepts: ClassVar = {
        "2026-03-02/2026-03-06": "2026-03-02/2026-03-06",
        "2026/3/2 ~ 2026/3/6": "2026-03-02/2026-03-06",
        "2026年3月2日至2026年3月2日": "2026-03-02/2026-03-02",
        "2026-03-02 to 2026-04-01": "2026-03-02/2026-04-01",
    }
    refuses = ("2026-03-02", "2026-03-06/2026-03-02", "2026-02-30/2026-03-01", "soon ~ later", "~", "2026-03-02 ~")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return both days in ISO with a slash between them."""
        first, last = _days(raw)
        if first is None or last is None:
            raise self.refuse(field, "date_range", _TEMPLATE, value=shorten(_quoted(raw)))
        value = f"{first.isoformat()}/{last.isoformat()}"
        faults = self.validate(field, value)
        if faults:
            raise self.refuse(field, faults[0].code.removeprefix("field."), faults[0].template, **faults[0].facts)
        return value

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that the last day does not come before the first, nor too late."""
        if not isinstance(value, str):
            return []
        first, last = _days(value)
        if first is None or last is None or value != f"{first}/{last}":
            return [self.fault(field, "date_range", _TEMPLATE, value=shorten(value))]
        if last < first:
            return [self.fault(field, "range", N_("The last day comes before the first."))]
        most = field.params.get("max_days")
        if isinstance(most, int) and (last - first).days >= most:
            return [self.fault(field, "too_large", N_("At most {limit} days are expected."), limit=most)]
        return []


def _days(raw: object) -> tuple[date | None, date | None]:
    """Return the two days of a text, or of the two texts of a form."""
    if isinstance(raw, str) and len(raw) <= 120:
        raw = _BETWEEN.split(plain(raw))
    parts = list(raw) if isinstance(raw, Sequence) and not isinstance(raw, str | bytes) else []
    if len(parts) == 1:
        return _days(parts[0]) if isinstance(parts[0], str) and _BETWEEN.search(plain(parts[0])) else (None, None)
    return (read_date(parts[0]), read_date(parts[1])) if len(parts) == 2 else (None, None)


def _quoted(raw: object) -> object:
    texts = isinstance(raw, Sequence) and not isinstance(raw, str | bytes) and all(isinstance(one, str) for one in raw)
    return " ~ ".join(str(one) for one in raw) if texts and isinstance(raw, Sequence) else raw
