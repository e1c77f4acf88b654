"""Cycles and windows as spans of dates in the app's time zone; nothing here touches the database."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.config.defs import CycleDef, WindowDef

#: Months in each repeating cycle; every one of them starts on the first of a month.
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """Dates from `start` to `end`, both included; None is open on that side. `end < start` holds no date."""

    start: date | None = None
    end: date | None = None

    @property
    def days(self) -> int | None:
        """Return how many dates it holds, or None when it is open."""
        if self.start is None or self.end is None:
            return None
        return max(0, (self.end - self.start).days + 1)

    def holds(self, day: date) -> bool:
        """Tell whether a date lies inside."""
        return (self.start is None or day >= self.start) and (self.end is None or day <= self.end)

    def moments(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """Return the first UTC moment inside and the first one after it, for datetimes read in `zone`."""
        after = None if self.end is None else midnight(self.end + timedelta(days=1), zone)
        return (None if self.start is None else midnight(self.start, zone)), after


def midnight(day: date, zone: str) -> datetime:
    """Return the UTC moment at which a date begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def today_in(now: datetime, zone: str) -> date:
    """Return the date of a moment in a time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last day when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_of(day: date, every: str) -> Span:
    """Return the calendar month, quarter, half year or year that a date lies in."""
    months = MONTHS[every]
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Span(start, add_months(start, months) - timedelta(days=1))


def span_of(cycle: CycleDef, now: datetime, zone: str) -> Span:
    """Return the dates of a cycle: the fixed ones, or the running period around `now`."""
    if cycle.every:
        return period_of(today_in(now, zone), cycle.every)
    return Span(cycle.starts_on, cycle.ends_on)


def previous(span: Span) -> Span:
    """Return the span before: whole months go back by months, any other span by its own length."""
    if span.start is None or span.end is None:
        return Span(date.max, date.min)
    day_before, months = span.start - timedelta(days=1), _whole_months(span)
    if months:
        return Span(add_months(span.start, -months), day_before)
    return Span(span.start - (span.end - span.start) - timedelta(days=1), day_before)


def _whole_months(span: Span) -> int:
    """Return how many calendar months a span fills exactly, or 0."""
    if span.start is None or span.end is None or span.start.day != 1:
        return 0
    after = span.end + timedelta(days=1)
    return (after.year - span.start.year) * 12 + after.month - span.start.month if after.day == 1 else 0


def window_span(window: WindowDef, cycle: Span, now: datetime, zone: str) -> Span:
    """Return the dates a measure looks at, given the cycle's."""
    today = today_in(now, zone)
    if window.kind == "cycle":
        return cycle
    if window.kind == "previous_cycle":
        return previous(cycle)
    if window.kind == "to_date":
        return Span(cycle.start, today if cycle.end is None else min(today, cycle.end))
    return _last(window, today) if window.kind == "last" else Span()


def _last(window: WindowDef, today: date) -> Span:
    """Return the last N units, today included: `last 7 days` on a Sunday begins on Monday."""
    if window.unit in MONTHS:
        start = add_months(today, -MONTHS[window.unit] * window.count) + timedelta(days=1)
    else:
        start = today - timedelta(days=window.count * {"day": 1, "week": 7}[window.unit] - 1)
    return Span(start, today)


def elapsed(span: Span, today: date) -> float | None:
    """Return which share of a cycle has passed (0 to 1), today counted as passed; None for an open cycle."""
    if span.start is None or not span.days:
        return None
    passed = (today - span.start).days + 1
    return round(min(1.0, max(0.0, passed / span.days)), 9)
