"""Spans, working time and what a column is compared with: where clocks jump, months end, and Saturdays are worked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from engine.clock import Clock, negative
from engine.config.defs import HoursDef, SpanDef

BERLIN, NEW_YORK, SHANGHAI = (
    Clock(HoursDef("Europe/Berlin", "DE")),
    Clock(HoursDef("America/New_York", "US")),
    Clock(HoursDef("Asia/Shanghai", "CN")),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "start", "span", "wanted"),
    [
        # The night of 28 to 29 March 2026: 02:00 to 03:00 is left out in Berlin.
        (BERLIN, "2026-03-28T09:00", SpanDef(1, "days"), "2026-03-29T08:00"),
        (BERLIN, "2026-03-28T09:00", SpanDef(24, "hours"), "2026-03-29T09:00"),
        (BERLIN, "2026-03-28T01:30", SpanDef(1, "days"), "2026-03-29T01:00"),
        # The night of 24 to 25 October 2026: 02:00 to 03:00 comes twice; the first one counts.
        (BERLIN, "2026-10-24T00:30", SpanDef(1, "days"), "2026-10-25T00:30"),
        (BERLIN, "2026-10-24T09:00", SpanDef(1, "days"), "2026-10-25T10:00"),
        # New York: 8 March and 1 November 2026.
        (NEW_YORK, "2026-03-07T07:30", SpanDef(1, "days"), "2026-03-08T07:00"),
        (NEW_YORK, "2026-10-31T05:30", SpanDef(1, "days"), "2026-11-01T05:30"),
        (NEW_YORK, "2026-10-31T13:00", SpanDef(1, "weeks"), "2026-11-07T14:00"),
        # Months end, February has 29 days in 2028.
        (SHANGHAI, "2026-01-31T01:00", SpanDef(28, "days"), "2026-02-28T01:00"),
        (SHANGHAI, "2028-02-28T01:00", SpanDef(1, "days"), "2028-02-29T01:00"),
        (SHANGHAI, "2028-02-28T01:00", SpanDef(2, "days"), "2028-03-01T01:00"),
        # Friday 13 February 2026: Saturday 14 is worked, 15 to 23 are holidays.
        (SHANGHAI, "2026-02-13T01:00", SpanDef(1, "working_days"), "2026-02-14T01:00"),
        (SHANGHAI, "2026-02-13T01:00", SpanDef(2, "working_days"), "2026-02-24T01:00"),
        # Saturday 28 February 2026 is worked, too; Sunday is not.
        (SHANGHAI, "2026-02-27T10:00", SpanDef(1, "working_days"), "2026-02-28T10:00"),
        (SHANGHAI, "2026-03-01T03:00", SpanDef(1, "working_days"), "2026-03-02T16:00"),
        # Working hours: 17:00 on Friday and four hours is Saturday noon when Saturday is worked, else Monday.
        (SHANGHAI, "2026-02-27T09:00", SpanDef(4, "working_hours"), "2026-02-28T04:00"),
        (SHANGHAI, "2026-03-06T09:00", SpanDef(4, "working_hours"), "2026-03-09T04:00"),
        (SHANGHAI, "2026-03-07T04:00", SpanDef(9, "working_hours"), "2026-03-09T10:00"),
        (SHANGHAI, "2026-03-02T01:00", SpanDef(8, "working_hours"), "2026-03-02T09:00"),
        # Before.
        (SHANGHAI, "2026-02-24T01:00", SpanDef(-1, "working_days"), "2026-02-14T01:00"),
        (SHANGHAI, "2026-03-09T02:00", SpanDef(-2, "working_hours"), "2026-03-06T09:00"),
        (BERLIN, "2026-03-30T08:00", SpanDef(-1, "days"), "2026-03-29T08:00"),
        # A year that the calendar does not know yet: Monday to Friday.
        (SHANGHAI, "2031-01-03T01:00", SpanDef(1, "working_days"), "2031-01-06T01:00"),
    ],
)
def test_span_ends_where_people_expect_it(clock: Clock, start: str, span: SpanDef, wanted: str) -> None:
    assert clock.later(utc(start), span) == utc(wanted)


@pytest.mark.parametrize("clock", [BERLIN, NEW_YORK, SHANGHAI], ids=["berlin", "new_york", "shanghai"])
@pytest.mark.parametrize(
    "span",
    [
        SpanDef(1, "days"),
        SpanDef(2, "weeks"),
        SpanDef(3, "working_days"),
        SpanDef(8, "working_hours"),
        SpanDef(90, "minutes"),
    ],
    ids=lambda one: one.unit,
)
@pytest.mark.parametrize("sign", [1, -1], ids=["after", "before"])
def test_bound_of_a_column_is_exact_at_every_hour_around_a_jump(clock: Clock, span: SpanDef, sign: int) -> None:
    span = span if sign > 0 else negative(span)
    for first in ("2026-03-06T20:00", "2026-03-28T20:00", "2026-10-24T20:00", "2026-10-31T20:00"):
        for quarter in range(60):
            now = utc(first) + timedelta(minutes=30 * quarter)

            bound = clock.latest(now, span)

            assert clock.later(bound, span) <= now < clock.later(bound + timedelta(seconds=1), span)


@pytest.mark.parametrize(
    ("now", "span", "of_day", "wanted"),
    [
        ("2026-03-02T00:59", SpanDef(0, "days"), time(9), date(2026, 3, 1)),
        ("2026-03-02T01:00", SpanDef(0, "days"), time(9), date(2026, 3, 2)),
        ("2026-03-02T01:00", SpanDef(-3, "days"), time(9), date(2026, 3, 5)),
        ("2026-02-14T01:00", SpanDef(-1, "working_days"), time(9), date(2026, 2, 24)),
        ("2026-02-28T16:00", SpanDef(90, "days"), time(), date(2025, 12, 1)),
    ],
)
def test_bound_of_a_date_moves_at_its_time_of_day(now: str, span: SpanDef, of_day: time, wanted: date) -> None:
    assert SHANGHAI.latest_day(utc(now), span, of_day) == wanted


@pytest.mark.parametrize(
    ("clock", "now", "wanted"),
    [
        (SHANGHAI, "2026-03-02T01:00", "2026-03-02T01:00"),  # 09:00 on a Monday
        (SHANGHAI, "2026-03-02T10:00", "2026-03-03T01:00"),  # 18:00
        (SHANGHAI, "2026-03-06T13:00", "2026-03-09T01:00"),  # Friday evening
        (SHANGHAI, "2026-02-27T13:00", "2026-02-28T01:00"),  # before a Saturday that is worked
        (BERLIN, "2026-03-28T12:00", "2026-03-30T07:00"),  # over the jump
    ],
)
def test_working_hours_open(clock: Clock, now: str, wanted: str) -> None:
    assert clock.opening(utc(now)) == utc(wanted)
