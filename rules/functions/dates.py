"""Functions over dates and times. Where a date is asked for, a datetime counts as its date in the app's time zone."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

from rules.calendar import OutsideCalendar, calendar_of
from rules.functions._base import Maker, function, macro, zone_of
from rules.nodes import SURE_NUMBER
from rules.scope import RuleContext
from rules.tree import Node
from rules.types import NUMBER, Type

#: Months in each period that is made of months.
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
#: Farther than this nothing is planned; beyond it the result is empty.
_MOST_DAYS = 1_000_000
_MOST_MONTHS = 30_000


@function(
    "days_between(start: date, end: date) -> number",
    whole=True,
    inline=lambda _new, start, end: f"({end} - {start}).days",
)
def days_between(start: date, end: date) -> float:
    """Whole days from one date to another; negative when the other comes first.

    >>> days_between("2026-01-01", "2026-01-31")
    30
    """
    return (end - start).days


@macro("days_since(start: date) -> number")
def days_since(make: Maker, start: Node) -> Node:
    """Whole days from a date to today.

    >>> days_since("2026-03-01")
    1
    """
    return make.call("days_between", _like(start), start, make.today())


@macro("days_until(end: date) -> number")
def days_until(make: Maker, end: Node) -> Node:
    """Whole days from today to a date.

    >>> days_until("2026-03-12")
    10
    """
    return make.call("days_between", _like(end), make.today(), end)


def _like(node: Node) -> Type:
    return NUMBER if node.type.nullable else SURE_NUMBER


@macro("is_past(day: date) -> condition")
def is_past(make: Maker, day: Node) -> Node:
    """Whether a date lies before today; no when it is empty.

    >>> is_past("2026-03-01")
    yes
    """
    return make.compare(day, "<", make.today())


@macro("is_future(day: date) -> condition")
def is_future(make: Maker, day: Node) -> Node:
    """Whether a date lies after today; no when it is empty.

    >>> is_future("2026-03-01")
    no
    """
    return make.compare(day, ">", make.today())


@function("hours_between(start: datetime, end: datetime) -> number")
def hours_between(start: datetime, end: datetime) -> float:
    """Hours from one moment to another, with fractions.

    >>> hours_between(called_at, now)
    36.5
    """
    return _seconds(start, end) / 3600


@function("minutes_between(start: datetime, end: datetime) -> number")
def minutes_between(start: datetime, end: datetime) -> float:
    """Minutes from one moment to another, with fractions.

    >>> minutes_between(called_at, now)
    2190
    """
    return _seconds(start, end) / 60


def _seconds(start: datetime, end: datetime) -> float:
    passed = end - start
    return ((passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000) / 1000


@function("months_between(start: date, end: date) -> number", whole=True)
def months_between(start: date, end: date) -> float:
    """Complete months from one date to another; negative when the other comes first.

    >>> months_between("2026-01-31", "2026-03-30")
    1
    """
    if end < start:
        return 0.0 - months_between(end, start)
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


@function("years_between(start: date, end: date) -> number", whole=True)
def years_between(start: date, end: date) -> float:
    """Complete years from one date to another, as one counts an age.

    >>> years_between("2000-03-03", today)
    25
    """
    if end < start:
        return 0.0 - years_between(end, start)
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


@function("workdays_between(start: date, end: date) -> number", whole=True, partial=True, needs_context=True)
def workdays_between(context: RuleContext, start: date, end: date) -> float | None:
    """Working days after one date up to and including another, by the app's calendar; empty outside its years.

    >>> workdays_between("2026-02-13", "2026-02-24")
    2
    """
    try:
        return calendar_of(context.calendar).between(start, end)
    except OutsideCalendar:
        return None


@function("add_workdays(day: date, count: number) -> date", partial=True, needs_context=True)
def add_workdays(context: RuleContext, day: date, count: float) -> date | None:
    """The date so many working days later (earlier when negative), by the app's calendar.

    >>> add_workdays("2026-02-13", 2)
    "2026-02-24"
    """
    try:
        return calendar_of(context.calendar).shift(day, int(count))
    except OutsideCalendar:
        return None


@function("is_workday(day: date) -> condition", needs_context=True)
def is_workday(context: RuleContext, day: date) -> bool:
    """Whether people work on a date, by the app's calendar with its make-up working days; no outside its years.

    >>> is_workday("2026-02-14")
    yes
    """
    try:
        return calendar_of(context.calendar).is_workday(day)
    except OutsideCalendar:
        return False


@function("add_days(day: date, count: number) -> date", partial=True)
def add_days(day: date, count: float) -> date | None:
    """The date so many days later; earlier when negative.

    >>> add_days("2026-02-27", 3)
    "2026-03-02"
    """
    try:
        return day + timedelta(days=int(count)) if abs(count) <= _MOST_DAYS else None
    except OverflowError:
        return None


@function("add_months(day: date, count: number) -> date", partial=True)
def add_months(day: date, count: float) -> date | None:
    """The same day so many months later; the last day of a month that is too short.

    >>> add_months("2026-01-31", 1)
    "2026-02-28"
    """
    if abs(count) > _MOST_MONTHS:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + int(count), 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@function("add_hours(moment: datetime, count: number) -> datetime", partial=True)
def add_hours(moment: datetime, count: float) -> datetime | None:
    """The moment so many hours later, moved by whole seconds; earlier when negative.

    >>> add_hours(now, -1.5)
    "2026-03-01T23:30:00Z"
    """
    try:
        return moment + timedelta(seconds=int(count * 3600)) if abs(count) <= _MOST_DAYS * 24 else None
    except OverflowError:
        return None


@function("start_of(day: date, period: unit) -> date")
def start_of(day: date, period: str) -> date:
    """The first day of the week (Monday), month, quarter, half-year or year a date lies in.

    >>> start_of("2026-05-20", "quarter")
    "2026-04-01"
    """
    if period == "week":
        return date.fromordinal(max(1, day.toordinal() - day.weekday()))
    length = MONTHS[period]
    return date(day.year, (day.month - 1) // length * length + 1, 1)


@function("end_of(day: date, period: unit) -> date")
def end_of(day: date, period: str) -> date:
    """The last day of the week (Sunday), month, quarter, half-year or year a date lies in.

    >>> end_of("2026-05-20", "half_year")
    "2026-06-30"
    """
    if period == "week":
        return date.fromordinal(min(date.max.toordinal(), day.toordinal() + 6 - day.weekday()))
    length = MONTHS[period]
    month = (day.month - 1) // length * length + length
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


@function("year(day: date) -> number", whole=True, inline=lambda _new, day: f"{day}.year")
def year(day: date) -> float:
    """The year of a date.

    >>> year("2026-05-20")
    2026
    """
    return day.year


@function("half_year(day: date) -> number", whole=True)
def half_year(day: date) -> float:
    """The half of the year a date lies in, 1 or 2.

    >>> half_year("2026-05-20")
    1
    """
    return (day.month + 5) // 6


@function("quarter(day: date) -> number", whole=True)
def quarter(day: date) -> float:
    """The quarter a date lies in, 1 to 4.

    >>> quarter("2026-05-20")
    2
    """
    return (day.month + 2) // 3


@function("month(day: date) -> number", whole=True, inline=lambda _new, day: f"{day}.month")
def month(day: date) -> float:
    """The month of a date, 1 to 12.

    >>> month("2026-05-20")
    5
    """
    return day.month


@function("week(day: date) -> number", whole=True)
def week(day: date) -> float:
    """The week of the year by ISO 8601: weeks begin on Monday, week 1 holds the first Thursday.

    >>> week("2027-01-01")
    53
    """
    return day.isocalendar().week


@function("weekday(day: date) -> number", whole=True)
def weekday(day: date) -> float:
    """The day of the week, 1 (Monday) to 7 (Sunday).

    >>> weekday("2026-03-02")
    1
    """
    return day.isoweekday()


@function("day(day: date) -> number", whole=True, inline=lambda _new, day: f"{day}.day")
def day_of_month(day: date) -> float:
    """The day of the month of a date.

    >>> day("2026-05-20")
    20
    """
    return day.day


@function("hour(moment: datetime) -> number", whole=True, needs_context=True)
def hour(context: RuleContext, moment: datetime) -> float:
    """The hour of a moment in the app's time zone, 0 to 23.

    >>> hour(now)
    9
    """
    return moment.astimezone(zone_of(context.time_zone)).hour


@function("date_of(moment: datetime) -> date", needs_context=True)
def date_of(context: RuleContext, moment: datetime) -> date:
    """The date of a moment in the app's time zone.

    >>> date_of(called_at)
    "2026-02-28"
    """
    try:
        return moment.astimezone(zone_of(context.time_zone)).date()
    except OverflowError:
        return moment.astimezone(UTC).date()


@function("make_date(year: number, month: number, day: number) -> date", partial=True)
def make_date(year: float, month: float, day: float) -> date | None:
    """The date of a year, month and day; empty when there is no such day.

    >>> make_date(2026, 2, 28)
    "2026-02-28"
    """
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None
