"""Moments: a date with a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from forms.dates import is_turned, plain_moments, read_moment
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from rules.errors import N_
from rules.moments import iso
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class DatetimeType(FieldType):
    """A moment, kept in UTC to the millisecond; without an offset it is read in the app's time zone."""

    key = "datetime"
    kind = Kind.DATETIME
    widget = "datetime"
    storage = Storage.DATETIME
    filter = "range"
    accepts: ClassVar = {
        "2026-03-02 10:00": "2026-03-02T10:00:00Z",
        "2026-03-02T10:00:30Z": "2026-03-02T10:00:30Z",
        "2026-03-02T10:00:00+08:00": "2026-03-02T02:00:00Z",
        "2026/3/2 9:05:01": "2026-03-02T09:05:01Z",
        "2026年3月2日 10时30分": "2026-03-02T10:30:00Z",
        "2026-03-02": "2026-03-02T00:00:00Z",
        "2026-03-02T10:00:00.999Z": "2026-03-02T10:00:00.999Z",
        "2026-03-02T10:00:00.0009Z": "2026-03-02T10:00:00Z",
    }
    refuses = ("3/2/2026 10:00", "2026-03-02 25:00", "now", "2026-02-30T10:00", "2026-03-02T10:00:61", "10:00")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the moment in UTC."""
        found = read_moment(raw, context.time_zone)
        if found is not None:
            return found
        if is_turned(raw):
            template = N_("“{value}” can be read in two ways; write the year first, as 2026-03-02 10:00.")
            raise self.refuse(field, "ambiguous", template, value=shorten(raw))
        template = N_("“{value}” is not a date with a time; write it as 2026-03-02 10:00.")
        raise self.refuse(field, "datetime", template, value=shorten(raw))

    def reader(self, field: FieldDef, context: InputContext) -> Callable[[str], object]:
        """Read moments as machines write them at once."""
        read, local = super().reader(field, context), plain_moments(context.time_zone)
        return lambda text: local(text) or read(text)

    def text(self, field: FieldDef, value: object) -> str:
        """Return the moment in ISO, in UTC."""
        return iso(value) if isinstance(value, datetime) else str(value)

    def to_input(self, field: FieldDef, value: object, context: InputContext) -> str:
        """Return the local time for an HTML input."""
        if not isinstance(value, datetime):
            return ""
        local = value.astimezone(ZoneInfo(context.time_zone)).replace(tzinfo=None)
        return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the moment in ISO, in UTC."""
        return self.to_text(field, value) or None

    def json_writer(self, field: FieldDef) -> Callable[[Any], object]:
        """Return what writes moments."""
        return iso
