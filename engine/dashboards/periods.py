"""Periods that somebody chooses, the stretch each is held against, and the steps of a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from engine.okr.cycle import Span, add_months, period_of, previous
from rules.functions.dates import start_of

#: What is chosen when nobody chooses and the dashboard does not say.
DEFAULT = "this_quarter"
#: Chosen by two dates.
CUSTOM = "dates"
_DAYS = {"last_7_days": 7, "last_30_days": 30, "last_90_days": 90}
_MONTHS = {"week": 0, "month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A period by name, and its dates."""

    name: str
    span: Span


def span_of(name: str, today: date) -> Span:
    """Return the dates of a named period; open for `all`."""
    if name == "all":
        return Span()
    if name == "today":
        return Span(today, today)
    if name in _DAYS:
        return Span(today - timedelta(days=_DAYS[name] - 1), today)
    if name == "last_12_months":
        return Span(add_months(today, -12) + timedelta(days=1), today)
    which, _, unit = name.partition("_")
    this = _around(today, unit)
    return previous(this) if which == "last" else this


def _around(day: date, unit: str) -> Span:
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(monday, monday + timedelta(days=6))
    return period_of(day, unit)


def before(span: Span, today: date, how: str) -> Span | None:
    """Return what a period is held against: the one before, or a year ago; of one that still runs only as far as it ran."""
    if span.start is None or span.end is None:
        return None
    whole = previous(span) if how == "previous" else Span(add_months(span.start, -12), add_months(span.end, -12))
    if not span.start <= today < span.end or whole.start is None or whole.end is None:
        return whole
    return Span(whole.start, min(whole.end, whole.start + (today - span.start)))


def steps(span: Span, every: str, last: int, most: int, today: date) -> list[date]:
    """Return the first days of the steps of a line: those of a period, or the last so many up to today.

    Of a period with more steps than can be shown, those up to today are.
    """
    now, end = _first(today, every), _first(span.end or today, every)
    if span.start is None:
        return _back(end, date.min, every, last)
    first = _first(span.start, every)
    found = _back(end, first, every, most)
    return found if found[0] <= first else _back(max(first, min(end, now)), first, every, most)


def _first(day: date, every: str) -> date:
    found = day if every == "day" else start_of(day, every)
    assert found is not None, "the calendar has no end here"
    return found


def _back(end: date, first: date, every: str, most: int) -> list[date]:
    """Return steps in order, the last one first given, not before a day and no more than so many."""
    found = [end]
    while len(found) < most and found[-1] > first:
        found.append(_before(found[-1], every))
    return found[::-1]


def _before(day: date, every: str) -> date:
    months = _MONTHS.get(every, 0)
    return add_months(day, -months) if months else day - timedelta(days=7 if every == "week" else 1)


def end_of(day: date, every: str) -> date:
    """Return the last day of a step that begins on a day."""
    months = _MONTHS.get(every, 0)
    return (add_months(day, months) if months else day + timedelta(days=7 if every == "week" else 1)) - timedelta(
        days=1
    )
