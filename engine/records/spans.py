"""Records in time: which day one stands on, and which touch a span of days, by one field or by a first and a last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.okr.cycle import midnight
from engine.records.filters import column_of, slot_of
from engine.releases.live import Live
from engine.sql.compile import Source
from engine.sql.dialects import forms_of
from engine.sql.literals import literal
from forms.defs import FieldDef
from rules.types import Kind

#: Characters of a day in ISO; a range of dates is two of them with a slash between.
_DAY = 10


@dataclass(frozen=True)
class Placing:
    """Where the records of a form stand in time: at `start`, or from `start` to `end`."""

    live: Live
    form: str
    start: str
    end: str = ""

    @property
    def field(self) -> FieldDef:
        """Return the field that places a record, or begins its span."""
        return cast("FieldDef", slot_of(self.live, self.form, self.start))

    @property
    def is_range(self) -> bool:
        """Tell whether one field holds both days."""
        return self.field.type.shown_as(self.field).key == "date_range"

    @property
    def spans(self) -> bool:
        """Tell whether a record may take more than one day."""
        return self.is_range or bool(self.end)

    def kind(self, key: str) -> Kind:
        """Return whether a field holds dates or moments; of a range of dates, text."""
        return self.live.app.shapes[self.form][key].kind

    def days(self, values: Mapping[str, object]) -> tuple[date, date] | None:
        """Return the first and last day of a record in the app's time zone; None when it has no day that is seen."""
        if self.is_range:
            first, _, last = str(values.get(self.start) or "").partition("/")
            return (date.fromisoformat(first), date.fromisoformat(last)) if last else None
        begins = self._day(values.get(self.start))
        ends = self._day(values.get(self.end)) if self.end else None
        first_day, last_day = begins or ends, ends or begins
        if first_day is None or last_day is None:
            return None
        return first_day, max(first_day, last_day)

    def moved(self, values: Mapping[str, object], first: date, last: date | None) -> dict[str, object]:
        """Return the values that put a record on other days; its time of day stays, and without `last` its length."""
        stands = self.days(values)
        length = stands[1] - stands[0] if stands else timedelta()
        until = last or first + length
        if self.is_range:
            return {self.start: f"{first.isoformat()}/{until.isoformat()}"}
        changed = {self.start: self._at(values.get(self.start), first)}
        if self.end and (values.get(self.end) is not None or until != first):
            changed[self.end] = self._at(values.get(self.end), until)
        return changed

    def _day(self, value: object) -> date | None:
        if isinstance(value, datetime):
            return value.astimezone(self._zone).date()
        return value if isinstance(value, date) else None

    def _at(self, before: object, day: date) -> object:
        """Return a day as its field keeps it: of a moment the hour stays, a new one begins the working day."""
        if not isinstance(before, datetime):
            return day.isoformat()
        local = before.astimezone(self._zone)
        return f"{day.isoformat()} {local:%H:%M:%S}"

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.live.app.context.time_zone)


def touches(source: Source, placing: Placing, first: date, last: date) -> ColumnElement[bool]:
    """Return the condition that a record stands on one of these days; bounds, so that an index serves."""
    start = column_of(source, placing.live, placing.form, placing.start)
    if placing.is_range:
        last_day = sa.func.substr(start, _DAY + 2, _DAY, type_=sa.Text)
        return sa.and_(start <= f"{last.isoformat()}/~", last_day >= first.isoformat())
    if not placing.end:
        return sa.and_(_from(placing, placing.start, start, first), _until(placing, placing.start, start, last))
    end = column_of(source, placing.live, placing.form, placing.end)
    begins = sa.or_(
        _until(placing, placing.start, start, last),
        sa.and_(start.is_(None), _until(placing, placing.end, end, last)),
    )
    ends = sa.or_(
        _from(placing, placing.end, end, first), sa.and_(end.is_(None), _from(placing, placing.start, start, first))
    )
    # Of a span written the wrong way round, the first day counts.
    return sa.and_(begins, sa.or_(ends, _from(placing, placing.start, start, first)))


def day_of(source: Source, placing: Placing) -> ColumnElement[Any]:
    """Return the day on which a record begins; of a range of dates as text."""
    start = column_of(source, placing.live, placing.form, placing.start)
    if placing.is_range:
        return sa.func.substr(start, 1, _DAY, type_=sa.Text)
    day = _local_day(source, placing, placing.start, start)
    if not placing.end:
        return day
    end = column_of(source, placing.live, placing.form, placing.end)
    return sa.func.coalesce(day, _local_day(source, placing, placing.end, end), type_=sa.Date)


def _local_day(source: Source, placing: Placing, key: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if placing.kind(key) is not Kind.DATETIME:
        return column
    return forms_of(source.dialect).local_date(column, placing.live.app.context.time_zone)


def _from(placing: Placing, key: str, column: ColumnElement[Any], first: date) -> ColumnElement[bool]:
    if placing.kind(key) is Kind.DATETIME:
        return column >= literal(midnight(first, placing.live.app.context.time_zone))
    return column >= literal(first)


def _until(placing: Placing, key: str, column: ColumnElement[Any], last: date) -> ColumnElement[bool]:
    if placing.kind(key) is Kind.DATETIME:
        return column < literal(midnight(last + timedelta(days=1), placing.live.app.context.time_zone))
    return column <= literal(last)
