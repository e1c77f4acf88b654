"""Working days of a country: weekends, statutory holidays and make-up working days, from the holidays library."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

#: Countries that announce holidays and make-up days year by year: what is not announced yet is not covered.
_ANNOUNCED_YEARLY = frozenset({"CN", "HU", "RU"})
#: Years asked of the library at most.
_YEARS = range(1990, 2051)
_SATURDAY = 5


class OutsideCalendar(LookupError):  # noqa: N818 - reads as what it says
    """A day of a year the calendar knows nothing of."""


@dataclass(frozen=True)
class WorkCalendar:
    """Which days people work. `first` and `last` are the years covered."""

    code: str
    first: int
    last: int
    weekend: frozenset[int]
    days_off: frozenset[date]
    made_up: frozenset[date]

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on a day."""
        self._within(day)
        return self._works(day)

    def between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; negative when end comes first."""
        self._within(start)
        self._within(end)
        return bisect_right(self._working, end.toordinal()) - bisect_right(self._working, start.toordinal())

    def shift(self, start: date, days: int) -> date:
        """Return the day that lies so many working days after (or before) `start`."""
        self._within(start)
        if not days:
            return start
        if days > 0:
            index = bisect_right(self._working, start.toordinal()) + days - 1
        else:
            index = bisect_left(self._working, start.toordinal()) + days
        if not 0 <= index < len(self._working):
            raise OutsideCalendar(self.code)
        return date.fromordinal(self._working[index])

    @cached_property
    def working_days(self) -> tuple[date, ...]:
        """Return every working day of the years covered, in order."""
        return tuple(date.fromordinal(n) for n in self._working)

    @cached_property
    def _working(self) -> list[int]:
        start, end = date(self.first, 1, 1), date(self.last, 12, 31)
        days = (start + timedelta(days=n) for n in range((end - start).days + 1))
        return [d.toordinal() for d in days if self._works(d)]

    def _works(self, day: date) -> bool:
        if day in self.made_up:
            return True
        return day.weekday() not in self.weekend and day not in self.days_off

    def _within(self, day: date) -> None:
        if not self.first <= day.year <= self.last:
            raise OutsideCalendar(self.code)


@lru_cache(maxsize=32)
def calendar_of(code: str) -> WorkCalendar:
    """Return the calendar of a country ("CN") or part of it ("DE-BY"); "" knows weekends only.

    Raises LookupError for a code the library does not know.
    """
    if not code:
        return WorkCalendar("", 1990, 2050, frozenset({_SATURDAY, 6}), frozenset(), frozenset())
    country, _, part = code.partition("-")
    try:
        import holidays  # a third of a second, and many processes never ask for a working day

        found = holidays.country_holidays(country, subdiv=part or None, years=_YEARS)
    except NotImplementedError as problem:
        raise LookupError(code) from problem
    made_up = frozenset(found.weekend_workdays)
    first, last = max(_YEARS[0], found.start_year), min(_YEARS[-1], found.end_year)
    if country in _ANNOUNCED_YEARLY:
        arranged = [d.year for d in made_up]
        first, last = max(first, min(arranged)), max(arranged)
    return WorkCalendar(code, first, last, frozenset(found.weekend), frozenset(found), made_up)


def is_calendar(code: str) -> bool:
    """Tell whether there is a calendar of this code."""
    try:
        calendar_of(code)
    except LookupError:
        return False
    return True
