"""Working days: statutory holidays, make-up days, the years covered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rules.calendar import OutsideCalendar, calendar_of, is_calendar

CN = calendar_of("CN")


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_make_up_days_are_working_days(day: str) -> None:
    assert date.fromisoformat(day).weekday() >= 5
    assert CN.is_workday(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day",
    ["2026-01-01", "2026-01-02", "2026-02-16", "2026-02-23", "2026-04-06", "2026-05-05", "2026-06-19", "2026-10-07"],
)
def test_statutory_holidays_are_days_off(day: str) -> None:
    assert not CN.is_workday(date.fromisoformat(day))


def test_china_is_covered_as_far_as_arrangements_are_announced() -> None:
    assert (CN.first, CN.last) == (2001, 2026)
    with pytest.raises(OutsideCalendar):
        CN.is_workday(date(2027, 1, 1))


def test_shift_undoes_between() -> None:
    start = date(2025, 9, 1)
    for days in range(-300, 300, 7):
        end = CN.shift(start, days)
        assert CN.between(start, end) == days


def test_between_counts_the_working_days_one_by_one() -> None:
    start, end = date(2026, 1, 30), date(2026, 3, 10)
    days = [start + timedelta(n) for n in range(1, (end - start).days + 1)]

    assert CN.between(start, end) == sum(CN.is_workday(d) for d in days)
    assert CN.between(end, start) == -CN.between(start, end)


def test_calendar_of_part_of_a_country_has_its_own_holidays() -> None:
    epiphany = date(2026, 1, 6)

    assert not calendar_of("DE-BY").is_workday(epiphany)
    assert calendar_of("DE").is_workday(epiphany)


def test_no_calendar_knows_weekends_only() -> None:
    assert calendar_of("").is_workday(date(2026, 1, 1))
    assert not calendar_of("").is_workday(date(2026, 1, 3))


def test_unknown_calendar_is_told() -> None:
    assert not is_calendar("XX")
    assert not is_calendar("DE-XX")
    assert is_calendar("CN")


def test_working_days_are_handed_out_in_order() -> None:
    days = CN.working_days

    assert days[0].year == 2001
    assert days[-1] == date(2026, 12, 31)
    assert list(days) == sorted(set(days))
