"""SQLite's words: dates and moments are ISO texts, lists are JSON texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.db import UtcDateTime
from engine.sql.dialects import MONTHS, join, steady_since
from engine.sql.literals import Sql, literal
from engine.sql.numbers import negative

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_PARTS = {"year": "%Y", "month": "%m", "day": "%d", "weekday": "%w"}


class SqliteForms:
    """Implements `engine.sql.dialects.Forms`."""

    def days(self, start: Sql, end: Sql) -> Sql:
        difference: Sql = _julian(end).op("-", precedence=7, return_type=sa.Double())(_julian(start))
        return sa.cast(difference, sa.Integer)

    def seconds(self, start: Sql, end: Sql) -> Sql:
        # A day count of that size is exact to a tenth of a millisecond, and moments are kept in whole ones.
        difference: Sql = _julian(end).op("-", precedence=7, return_type=sa.Double())(_julian(start))
        milliseconds = sa.func.round(difference * sa.literal_column("86400000.0", sa.Double), type_=sa.Double)
        return milliseconds / sa.literal_column("1000.0", sa.Double)

    def local_date(self, moment: Sql, zone: str) -> Sql:
        return _local(moment, zone, "date", sa.Date())

    def local_hour(self, moment: Sql, zone: str) -> Sql:
        return _whole(sa.func.strftime("%H", _local(moment, zone, "datetime", UtcDateTime()), type_=sa.Text))

    def date_part(self, day: Sql, part: str) -> Sql:
        if part == "week":
            thursday = sa.func.date(day, "-3 days", "weekday 4", type_=sa.Date)
            of_year = _whole(sa.func.strftime("%j", thursday, type_=sa.Text))
            return (of_year - 1).op("/", precedence=8, return_type=sa.Integer())(7) + 1
        number = _whole(sa.func.strftime(_PARTS[part], day, type_=sa.Text))
        return sa.case((number == 0, 7), else_=number) if part == "weekday" else number

    def plus_days(self, day: Sql, days: Sql) -> Sql:
        return _within(sa.func.date(day, join(sa.cast(days, sa.Integer), " days"), type_=sa.Date), day, days)

    def plus_months(self, day: Sql, months: Sql) -> Sql:
        shifted = join(sa.cast(months, sa.Integer), " months")
        first = sa.func.date(day, "start of month", shifted, type_=sa.Date)
        last = sa.func.date(day, "start of month", shifted, "+1 month", "-1 day", type_=sa.Date)
        wanted = self.date_part(day, "day")
        found = sa.func.date(first, join(sa.func.min(wanted, self.date_part(last, "day")) - 1, " days"), type_=sa.Date)
        total = self.date_part(day, "year") * 12 + self.date_part(day, "month") - 1 + sa.cast(months, sa.Integer)
        # The month after the last one is outside the calendar: only its own length is known.
        december = sa.func.date(day, shifted, type_=sa.Date)
        return sa.case((total == 9999 * 12 + 11, december), (total.between(12, 9999 * 12 + 10), found))

    def plus_seconds(self, moment: Sql, seconds: Sql) -> Sql:
        shifted = sa.func.strftime(
            "%Y-%m-%d %H:%M:%f", moment, join(sa.cast(seconds, sa.Integer), " seconds"), type_=UtcDateTime()
        )
        return _within(shifted, moment, seconds)

    def period_start(self, day: Sql, unit: str) -> Sql:
        if unit == "day":
            return day
        if unit == "week":
            return sa.func.date(day, "-6 days", "weekday 1", type_=sa.Date)
        if unit in {"month", "year"}:
            return sa.func.date(day, f"start of {unit}", type_=sa.Date)
        past: Sql = (self.date_part(day, "month") - 1).op("%", precedence=8, return_type=sa.Integer())(MONTHS[unit])
        return sa.func.date(day, "start of month", join("-", past, " months"), type_=sa.Date)

    def period_end(self, day: Sql, unit: str) -> Sql:
        if unit == "week":
            found = sa.func.date(day, "weekday 0", type_=sa.Date)
        else:
            start = self.period_start(day, unit)
            found = sa.func.date(start, f"+{MONTHS[unit]} months", "-1 day", type_=sa.Date)
        last = sa.case((day.is_not(None), sa.literal("9999-12-31", sa.Text)))
        return sa.func.coalesce(found, last, type_=sa.Date)

    def date_of_parts(self, year: Sql, month: Sql, day: Sql) -> Sql:
        numbers = (sa.cast(part, sa.Integer) for part in (year, month, day))
        written = sa.func.printf("%04d-%02d-%02d", *numbers, type_=sa.Text)
        there = sa.and_(year >= 1, year < 10000, month >= 1, month < 13, day >= 1, day < 32)
        return sa.case(
            (
                sa.and_(there, sa.func.date(written, "+0 days", type_=sa.Text) == written),
                sa.type_coerce(written, sa.Date),
            )
        )

    def floor(self, number: Sql) -> Sql:
        # SQLAlchemy puts Python's own floor, slow and afraid of NULL, over that of SQLite; it leaves ceil alone.
        return negative(sa.func.ceil(negative(number), type_=sa.Double))

    def ordered_text(self, text: Sql) -> Sql:
        return text

    def position(self, text: Sql, part: Sql) -> Sql:
        return sa.func.instr(text, part, type_=sa.Integer)

    def list_has(self, items: Sql, item: Sql) -> ColumnElement[bool]:
        each = sa.func.json_each(items).table_valued("value")
        return sa.exists().select_from(each).where(each.c.value == item)

    def list_size(self, items: Sql) -> Sql:
        return sa.func.json_array_length(items, type_=sa.Integer)


def _julian(day: Sql) -> Sql:
    return sa.func.julianday(day, type_=sa.Double)


def _whole(text: Sql) -> Sql:
    return sa.cast(text, sa.Integer)


def _within(found: Sql, start: Sql, shift: Sql) -> Sql:
    """Keep a shifted date inside the calendar: years 1 to 9999, and on the right side of where it came from."""
    forward = sa.and_(shift >= 0, found >= start)
    backward = sa.and_(shift < 0, found <= start, found >= sa.literal("0001-01-01", sa.Text))
    return sa.case((sa.or_(forward, backward), found))


def _local(moment: Sql, zone: str, function: str, type_: sa.types.TypeEngine[Any]) -> Sql:
    """Return local time: by a fixed offset where the zone keeps one, by our own function before and elsewhere."""
    ours: Sql = getattr(sa.func, f"sw_local_{function}")(moment, zone, type_=type_)
    steady = steady_since(zone)
    if steady is None:
        return ours
    since, offset = steady
    shifted: Sql = getattr(sa.func, function)(moment, f"{int(offset.total_seconds()):+d} seconds", type_=type_)
    return shifted if since is None else sa.case((moment >= literal(since), shifted), else_=ours)
