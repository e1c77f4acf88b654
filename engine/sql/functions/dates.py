"""SQL forms of the functions over dates and moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.sql.functions._base import form
from engine.sql.literals import Sql
from engine.sql.numbers import arithmetic, double
from rules.tree import Call

if TYPE_CHECKING:
    from engine.sql.compile import Compiler

#: As in rules.functions.dates: farther than this the result is empty.
_MOST_DAYS, _MOST_MONTHS = 1_000_000, 30_000


def _date(c: Compiler, call: Call, place: int = 0) -> Sql:
    return c.value(call.args[place])


def _bounded(c: Compiler, call: Call, most: int) -> Sql:
    """Return a count as a double, empty when it is farther than anything is planned."""
    count = c.number(call.args[1])
    if c.constants.covers(call.args[1]):
        value = c.constants.value(call.args[1])
        return count if value is not None and abs(value) <= most else double_or_empty()  # type: ignore[arg-type]
    return sa.case((sa.func.abs(count, type_=sa.Double) <= double(most), count))


def double_or_empty() -> Sql:
    """Return an empty number."""
    return sa.cast(sa.null(), sa.Double)


def _truncated(value: Sql) -> Sql:
    return sa.func.trunc(value, type_=sa.Double)


@form("days_between")
def days_between(c: Compiler, call: Call) -> Sql:
    return c.sql.days(_date(c, call), _date(c, call, 1))


@form("hours_between")
def hours_between(c: Compiler, call: Call) -> Sql:
    return arithmetic("/", c.sql.seconds(_date(c, call), _date(c, call, 1)), double(3600))


@form("minutes_between")
def minutes_between(c: Compiler, call: Call) -> Sql:
    return arithmetic("/", c.sql.seconds(_date(c, call), _date(c, call, 1)), double(60))


@form("months_between")
def months_between(c: Compiler, call: Call) -> Sql:
    start, end = _date(c, call), _date(c, call, 1)
    part = c.sql.date_part
    months = (part(end, "year") - part(start, "year")) * 12 + part(end, "month") - part(start, "month")
    return _complete(start, end, months, part(start, "day"), part(end, "day"))


@form("years_between")
def years_between(c: Compiler, call: Call) -> Sql:
    start, end = _date(c, call), _date(c, call, 1)
    part = c.sql.date_part
    of_year = [part(day, "month") * 100 + part(day, "day") for day in (start, end)]
    return _complete(start, end, part(end, "year") - part(start, "year"), *of_year)


def _complete(start: Sql, end: Sql, count: Sql, start_place: Sql, end_place: Sql) -> Sql:
    """Return the count of complete periods: one fewer, towards zero, when the last one is not full."""
    forward = sa.case((sa.and_(end >= start, end_place < start_place), count - 1), else_=count)
    return sa.case((sa.and_(end < start, start_place < end_place), count + 1), else_=forward)


@form("add_days")
def add_days(c: Compiler, call: Call) -> Sql:
    return c.sql.plus_days(_date(c, call), _truncated(_bounded(c, call, _MOST_DAYS)))


@form("add_months")
def add_months(c: Compiler, call: Call) -> Sql:
    return c.sql.plus_months(_date(c, call), _truncated(_bounded(c, call, _MOST_MONTHS)))


@form("add_hours")
def add_hours(c: Compiler, call: Call) -> Sql:
    hours = _bounded(c, call, _MOST_DAYS * 24)
    return c.sql.plus_seconds(_date(c, call), _truncated(arithmetic("*", hours, double(3600))))


@form("start_of")
def start_of(c: Compiler, call: Call) -> Sql:
    return c.sql.period_start(_date(c, call), str(c.constants.value(call.args[1])))


@form("end_of")
def end_of(c: Compiler, call: Call) -> Sql:
    return c.sql.period_end(_date(c, call), str(c.constants.value(call.args[1])))


@form("year", "month", "day", "week", "weekday")
def part_of(c: Compiler, call: Call) -> Sql:
    return c.sql.date_part(_date(c, call), call.function)


@form("quarter")
def quarter(c: Compiler, call: Call) -> Sql:
    return _period(c, call, 3)


@form("half_year")
def half_year(c: Compiler, call: Call) -> Sql:
    return _period(c, call, 6)


def _period(c: Compiler, call: Call, months: int) -> Sql:
    month = c.sql.date_part(_date(c, call), "month")
    return (month + (months - 1)).op("/", precedence=8, return_type=sa.Integer())(months)


@form("hour")
def hour(c: Compiler, call: Call) -> Sql:
    return c.sql.local_hour(_date(c, call), c.zone)


@form("date_of")
def date_of(c: Compiler, call: Call) -> Sql:
    return c.sql.local_date(_date(c, call), c.zone)


@form("make_date")
def make_date(c: Compiler, call: Call) -> Sql:
    return c.sql.date_of_parts(*(c.number(arg) for arg in call.args))
