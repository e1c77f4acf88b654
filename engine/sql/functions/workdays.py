"""SQL forms of the functions over working days: SQLite asks rules/, PostgreSQL looks them up in an array of the calendar."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import Grouping

from engine.sql.functions._base import form
from engine.sql.literals import Sql
from rules.calendar import calendar_of
from rules.tree import Call

if TYPE_CHECKING:
    from engine.sql.compile import Compiler


@form("workdays_between", "add_workdays", "is_workday", dialects=("sqlite",))
def by_our_own_function(c: Compiler, call: Call) -> Sql:
    values = (c.value(arg) for arg in call.args)
    type_ = {"workdays_between": sa.Integer, "add_workdays": sa.Date, "is_workday": sa.Boolean}[call.function]
    return getattr(sa.func, f"sw_{call.function}")(c.context.calendar, *values, type_=type_)  # type: ignore[no-any-return]


class _Counts:
    """The working days of a calendar as PostgreSQL arrays; what lies outside its years is NULL there."""

    def __init__(self, code: str) -> None:
        calendar = calendar_of(code)
        self.first = date(calendar.first, 1, 1)
        days = (date(calendar.last, 12, 31) - self.first).days + 1
        self.working = list(calendar.working_days)
        ordinals = {day.toordinal() - self.first.toordinal() for day in self.working}
        #: How many working days lie before each day, and (last) before the day after the calendar.
        self.before = [0]
        for place in range(days):
            self.before.append(self.before[-1] + (place in ordinals))

    def count(self, day: Sql, *, included: bool) -> Sql:
        """Return how many working days of the calendar lie before a date, or up to and including it."""
        place: Sql = day.op("-", precedence=7, return_type=sa.Integer())(sa.literal(self.first, sa.Date))
        counts = Grouping(sa.literal(self.before, ARRAY(sa.Integer)))
        inside = sa.case((sa.and_(place >= 0, place < len(self.before) - 1), place + 1 + int(included)))
        return sa.type_coerce(counts[inside], sa.Integer)

    def at(self, place: Sql) -> Sql:
        """Return the working day at a place that counts from 0."""
        days = Grouping(sa.literal(self.working, ARRAY(sa.Date)))
        return sa.type_coerce(days[place + 1], sa.Date)


@lru_cache(8)
def _counts(code: str) -> _Counts:
    return _Counts(code)


@form("workdays_between", dialects=("postgresql",))
def workdays_between(c: Compiler, call: Call) -> Sql:
    counts = _counts(c.context.calendar)
    start, end = (counts.count(c.value(arg), included=True) for arg in call.args)
    return end - start


@form("is_workday", dialects=("postgresql",))
def is_workday(c: Compiler, call: Call) -> Sql:
    counts, day = _counts(c.context.calendar), c.value(call.args[0])
    return counts.count(day, included=True) > counts.count(day, included=False)


@form("add_workdays", dialects=("postgresql",))
def add_workdays(c: Compiler, call: Call) -> Sql:
    counts, day = _counts(c.context.calendar), c.value(call.args[0])
    value = c.number(call.args[1])
    whole = sa.cast(sa.func.trunc(value, type_=sa.Double), sa.Integer)
    days = sa.case((value.between(-100_000, 100_000), whole), else_=sa.case((value.is_not(None), 100_000)))
    after = counts.at(counts.count(day, included=True) + days - 1)
    before = counts.at(counts.count(day, included=False) + days)
    here = sa.case((counts.count(day, included=False).is_not(None), day))
    return sa.case((days > 0, after), (days < 0, before), (days == 0, here))
