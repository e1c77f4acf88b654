"""Time as people of an app count it: days and times of day in its zone, working days and hours by its calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from engine.config.defs import HoursDef, SpanDef
from rules.calendar import OutsideCalendar, WorkCalendar, calendar_of

DAY = timedelta(days=1)
#: Units that pass evenly, whatever is done to the clocks.
EVEN = {"minutes": 60, "hours": 3600}
DAYS = {"days": 1, "weeks": 7}
_SATURDAY = 5


@dataclass(frozen=True)
class Clock:
    """The clock of an app. A time that daylight saving leaves out is the moment after the gap, a doubled one the first."""

    hours: HoursDef

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.hours.zone)

    @cached_property
    def _calendar(self) -> WorkCalendar:
        return calendar_of(self.hours.calendar)

    # -- moments and days ----------------------------------------------------------------------------------------

    def local(self, moment: datetime) -> datetime:
        """Return the time on the wall, without a zone."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def today(self, now: datetime) -> date:
        """Return the date on the wall."""
        return self.local(now).date()

    def moment(self, wall: datetime) -> datetime:
        """Return the moment of a time on the wall."""
        found = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if self.local(found) == wall:
            return found
        return self._after_gap(wall)

    def _after_gap(self, wall: datetime) -> datetime:
        """Return the moment at which the clocks jump over a time."""
        low = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        high = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low) // timedelta(seconds=1) // 2)
            low, high = (low, middle) if self.local(middle) > wall else (middle, high)
        return high

    def at(self, day: date, of_day: time) -> datetime:
        """Return the moment of a time of a day."""
        return self.moment(datetime.combine(day, of_day))

    # -- working days and hours ----------------------------------------------------------------------------------

    def is_workday(self, day: date) -> bool:
        """Tell whether people work; in years that the calendar does not cover (yet), from Monday to Friday."""
        try:
            return self._calendar.is_workday(day)
        except OutsideCalendar:
            return day.weekday() < _SATURDAY

    def shifted(self, day: date, count: int) -> date:
        """Return the day so many working days after (or before) a day; 0 is the day itself."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def workday_from(self, day: date, step: int = 1) -> date:
        """Return the first working day from a day on, or back from it."""
        while not self.is_workday(day):
            day += step * DAY
        return day

    def is_open(self, now: datetime) -> bool:
        """Tell whether it is a working hour."""
        wall = self.local(now)
        return self.is_workday(wall.date()) and self.hours.opens <= wall.time() < self.hours.closes

    def opening(self, now: datetime) -> datetime:
        """Return `now` in a working hour, else the moment the next one begins."""
        if self.is_open(now):
            return now
        wall = self.local(now)
        day = wall.date() if wall.time() < self.hours.opens else wall.date() + DAY
        return self.at(self.workday_from(day), self.hours.opens)

    # -- spans ---------------------------------------------------------------------------------------------------

    def later(self, start: datetime, span: SpanDef) -> datetime:
        """Return the moment a span after (for a negative one, before) a moment."""
        if span.unit in EVEN:
            return start + timedelta(seconds=round(span.count * EVEN[span.unit]))
        if span.unit == "working_hours":
            return self._working(start, round(span.count * 60))
        wall = self.local(start)
        if span.unit == "working_days":
            wall = self._on_workday(wall, forward=span.count >= 0)
            return self.moment(datetime.combine(self.shifted(wall.date(), int(span.count)), wall.time()))
        return self.moment(wall + timedelta(days=int(span.count) * DAYS[span.unit]))

    def day_later(self, day: date, span: SpanDef, of_day: time) -> datetime:
        """Return the moment a span after a day, at a time of day; hours count from that time of the day itself."""
        if span.unit in EVEN or span.unit == "working_hours":
            return self.later(self.at(day, of_day), span)
        if span.unit == "working_days":
            return self.at(self.shifted(day, int(span.count)), of_day)
        return self.at(day + timedelta(days=int(span.count) * DAYS[span.unit]), of_day)

    def _on_workday(self, wall: datetime, *, forward: bool) -> datetime:
        """Return a time of a working day; what happens at a weekend counts from its end (or back from its beginning)."""
        if self.is_workday(wall.date()):
            return wall
        if forward:
            return datetime.combine(self.workday_from(wall.date()), time())
        last = self.workday_from(wall.date(), -1)
        return datetime.combine(last, time(23, 59, 59))

    def _working(self, start: datetime, minutes: int) -> datetime:
        """Go forward (or back) by working minutes."""
        if minutes < 0:
            return self._working_back(start, -minutes)
        left, at = timedelta(minutes=minutes), self.opening(start)
        while (closes := self.at(self.today(at), self.hours.closes)) - at < left:
            left -= closes - at
            at = self.opening(closes)
        return at + left

    def _working_back(self, start: datetime, minutes: int) -> datetime:
        left, at = timedelta(minutes=minutes), self._closing(start)
        while at - (opens := self.at(self.today(at), self.hours.opens)) < left:
            left -= at - opens
            at = self._closing(opens)
        return at - left

    def _closing(self, now: datetime) -> datetime:
        """Return `now` in a working hour (its end included), else the moment the last one ended."""
        wall = self.local(now)
        if self.is_workday(wall.date()) and self.hours.opens < wall.time() <= self.hours.closes:
            return now
        day = wall.date() if wall.time() > self.hours.closes else wall.date() - DAY
        return self.at(self.workday_from(day, -1), self.hours.closes)

    # -- the other way round: what a database compares a column with ----------------------------------------------

    def latest(self, now: datetime, span: SpanDef, of_day: time | None = None) -> datetime:
        """Return the latest moment for which `span` later is not after `now`."""
        reach, base = _reach(span), now.replace(microsecond=0)

        def is_due(seconds: int) -> bool:
            return self.due(base + timedelta(seconds=seconds), span, of_day) <= now

        return base + timedelta(seconds=_last(is_due, -reach, reach))

    def due(self, start: datetime, span: SpanDef, of_day: time | None = None) -> datetime:
        """Return the moment a span later, at a time of that day where one is given."""
        found = self.later(start, span)
        return found if of_day is None else self.at(self.today(found), of_day)

    def latest_day(self, now: datetime, span: SpanDef, of_day: time) -> date:
        """Return the latest day for which `span` later, at a time of day, is not after `now`."""
        reach, base = _reach(span) // 86400 + 2, self.today(now)

        def is_due(days: int) -> bool:
            return self.day_later(base + timedelta(days=days), span, of_day) <= now

        return base + timedelta(days=_last(is_due, -reach, reach))


def negative(span: SpanDef) -> SpanDef:
    """Return the same span backwards."""
    return replace(span, count=-span.count)


def _reach(span: SpanDef) -> int:
    """Return seconds that surely hold a span, weekends and long holidays included."""
    seconds = {**EVEN, "days": 86400, "weeks": 604800, "working_hours": 6 * 3600, "working_days": 2 * 86400}
    return int(abs(span.count) * seconds[span.unit] * 2) + 40 * 86400


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the last number for which something holds that holds up to some number."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
