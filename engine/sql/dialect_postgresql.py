"""PostgreSQL's words: native dates, moments with time zone, lists are jsonb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.db import UtcDateTime
from engine.sql.dialects import MONTHS
from engine.sql.literals import Sql

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_FIRST, _LAST = sa.text("date '0001-01-01'"), sa.text("date '9999-12-31'")
_BEGIN, _END = sa.text("timestamptz '0001-01-01 00:00:00+00'"), sa.text("timestamptz '9999-12-31 23:59:59.999+00'")


class PostgresForms:
    """Implements `engine.sql.dialects.Forms`."""

    def days(self, start: Sql, end: Sql) -> Sql:
        return end.op("-", precedence=7, return_type=sa.Integer())(start)

    def seconds(self, start: Sql, end: Sql) -> Sql:
        between: Sql = end.op("-", precedence=7, return_type=sa.Interval())(start)
        return sa.cast(sa.extract("epoch", between), sa.Double)

    def local_date(self, moment: Sql, zone: str) -> Sql:
        return sa.cast(_local(moment, zone), sa.Date)

    def local_hour(self, moment: Sql, zone: str) -> Sql:
        return sa.cast(sa.extract("hour", _local(moment, zone)), sa.Integer)

    def date_part(self, day: Sql, part: str) -> Sql:
        return sa.cast(sa.extract("isodow" if part == "weekday" else part, day), sa.Integer)

    def plus_days(self, day: Sql, days: Sql) -> Sql:
        found: Sql = day.op("+", precedence=7, return_type=sa.Date())(_whole(days))
        return sa.case((found.between(_FIRST, _LAST), found))

    def plus_months(self, day: Sql, months: Sql) -> Sql:
        interval = sa.func.make_interval(0, _whole(months), type_=sa.Interval)
        total = self.date_part(day, "year") * 12 + self.date_part(day, "month") - 1 + _whole(months)
        found = sa.cast(day.op("+", precedence=7, return_type=sa.DateTime())(interval), sa.Date)
        return sa.case((total.between(12, 9999 * 12 + 11), found))

    def plus_seconds(self, moment: Sql, seconds: Sql) -> Sql:
        interval = sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=sa.Interval)
        found: Sql = moment.op("+", precedence=7, return_type=UtcDateTime())(interval)
        return sa.case((found.between(_BEGIN, _END), found))

    def period_start(self, day: Sql, unit: str) -> Sql:
        if unit == "day":
            return day
        if unit != "half_year":
            return sa.cast(sa.func.date_trunc(unit, sa.cast(day, sa.DateTime)), sa.Date)
        month = sa.case((self.date_part(day, "month") > 6, 7), else_=1)
        return sa.func.make_date(self.date_part(day, "year"), month, 1, type_=sa.Date)

    def period_end(self, day: Sql, unit: str) -> Sql:
        start = self.period_start(day, unit)
        length = sa.func.make_interval(0, 0, 1) if unit == "week" else sa.func.make_interval(0, MONTHS[unit])
        after = sa.cast(start.op("+", precedence=7, return_type=sa.DateTime())(length), sa.Date)
        last: Sql = after.op("-", precedence=7, return_type=sa.Date())(sa.literal(1, sa.Integer))
        return sa.case((last > _LAST, _LAST), else_=last)

    def date_of_parts(self, year: Sql, month: Sql, day: Sql) -> Sql:
        first = sa.func.make_date(_clamped(year, 9999), _clamped(month, 12), 1, type_=sa.Date)
        found: Sql = first.op("+", precedence=7, return_type=sa.Date())(_clamped(day, 31) - 1)
        there = sa.and_(year >= 1, year < 10000, month >= 1, month < 13, day >= 1, day < 32)
        return sa.case((sa.and_(there, self.date_part(found, "month") == _clamped(month, 12)), found))

    def floor(self, number: Sql) -> Sql:
        return sa.func.floor(number, type_=sa.Double)

    def ordered_text(self, text: Sql) -> Sql:
        return sa.collate(text, "C")

    def position(self, text: Sql, part: Sql) -> Sql:
        return sa.func.strpos(text, part, type_=sa.Integer)

    def list_has(self, items: Sql, item: Sql) -> ColumnElement[bool]:
        return items.op("@>", is_comparison=True)(sa.func.to_jsonb(item, type_=JSONB))

    def list_size(self, items: Sql) -> Sql:
        return sa.func.jsonb_array_length(items, type_=sa.Integer)


def _local(moment: Sql, zone: str) -> sa.Function[Any]:
    return sa.func.timezone(zone, moment, type_=sa.DateTime)


def _whole(number: Sql) -> Sql:
    """Cut a double to an integer; a cast alone would round."""
    if isinstance(number.type, sa.Integer):
        return number
    return sa.cast(sa.func.trunc(number, type_=sa.Double), sa.Integer)


def _clamped(number: Sql, most: int) -> Sql:
    return sa.func.least(sa.func.greatest(_whole_in(number), 1), most, type_=sa.Integer)


def _whole_in(number: Sql) -> Sql:
    if isinstance(number.type, sa.Integer):
        return number
    bounded = sa.func.least(sa.func.greatest(number, sa.literal(-1.0, sa.Double)), sa.literal(1e6, sa.Double))
    return sa.cast(sa.func.trunc(bounded, type_=sa.Double), sa.Integer)
