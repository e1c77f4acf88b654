from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.config.defs import CycleDef, WindowDef
from engine.okr.cycle import Span, elapsed, period_of, previous, span_of, window_span

SHANGHAI = "Asia/Shanghai"
Q1 = Span(date(2026, 1, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("every", "day", "start", "end"),
    [
        ("month", "2024-02-10", "2024-02-01", "2024-02-29"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-03-31", "2026-01-01", "2026-03-31"),
        ("quarter", "2026-04-01", "2026-04-01", "2026-06-30"),
        ("half_year", "2026-06-30", "2026-01-01", "2026-06-30"),
        ("half_year", "2026-07-01", "2026-07-01", "2026-12-31"),
        ("year", "2026-07-01", "2026-01-01", "2026-12-31"),
    ],
)
def test_period_holds_the_day(every: str, day: str, start: str, end: str) -> None:
    assert period_of(date.fromisoformat(day), every) == Span(date.fromisoformat(start), date.fromisoformat(end))


def test_running_cycle_turns_at_midnight_of_the_app_zone() -> None:
    evening, midnight = datetime(2026, 3, 31, 15, 59, tzinfo=UTC), datetime(2026, 3, 31, 16, 0, tzinfo=UTC)

    assert span_of(CycleDef(every="quarter"), evening, SHANGHAI) == Q1
    assert span_of(CycleDef(every="quarter"), midnight, SHANGHAI) == Span(date(2026, 4, 1), date(2026, 6, 30))


def test_fixed_cycle_does_not_move() -> None:
    cycle = CycleDef(starts_on=date(2017, 1, 1), ends_on=date(2017, 12, 31))

    assert span_of(cycle, datetime(2026, 1, 1, tzinfo=UTC), SHANGHAI) == Span(date(2017, 1, 1), date(2017, 12, 31))


@pytest.mark.parametrize(
    ("span", "before"),
    [
        (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31")),
        (("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-02-29")),
        (("2017-01-01", "2017-12-31"), ("2016-01-01", "2016-12-31")),
        (("2026-01-10", "2026-01-19"), ("2025-12-31", "2026-01-09")),
        (("2026-01-01", "2026-01-14"), ("2025-12-18", "2025-12-31")),
    ],
)
def test_previous_span_ends_the_day_before(span: tuple[str, str], before: tuple[str, str]) -> None:
    given, wanted = (Span(*(date.fromisoformat(d) for d in pair)) for pair in (span, before))

    assert previous(given) == wanted


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (WindowDef(), "2026-01-01", "2026-03-31"),
        (WindowDef("previous_cycle"), "2025-10-01", "2025-12-31"),
        (WindowDef("to_date"), "2026-01-01", "2026-03-02"),
        (WindowDef("last", 7, "day"), "2026-02-24", "2026-03-02"),
        (WindowDef("last", 2, "week"), "2026-02-17", "2026-03-02"),
        (WindowDef("last", 3, "month"), "2025-12-03", "2026-03-02"),
        (WindowDef("last", 1, "year"), "2025-03-03", "2026-03-02"),
        (WindowDef("all"), None, None),
    ],
)
def test_window_is_counted_from_today_in_the_zone(window: WindowDef, start: str | None, end: str | None) -> None:
    now = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)  # already 2 March in Shanghai

    found = window_span(window, Q1, now, SHANGHAI)

    assert (found.start, found.end) == tuple(d and date.fromisoformat(d) for d in (start, end))


def test_to_date_before_the_cycle_holds_no_date() -> None:
    found = window_span(WindowDef("to_date"), Q1, datetime(2025, 12, 1, tzinfo=UTC), SHANGHAI)

    assert found.days == 0


def test_moments_cover_whole_days_of_the_zone_across_daylight_saving() -> None:
    first, after = Span(date(2026, 3, 29), date(2026, 3, 29)).moments("Europe/Berlin")

    assert (first, after) == (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "share"),
    [("2025-12-31", 0.0), ("2026-01-01", 1 / 90), ("2026-02-14", 0.5), ("2026-03-31", 1.0), ("2026-09-09", 1.0)],
)
def test_elapsed_share_counts_today_as_passed(day: str, share: float) -> None:
    assert elapsed(Q1, date.fromisoformat(day)) == pytest.approx(share, abs=1e-9)


def test_elapsed_share_of_an_open_cycle_is_unknown() -> None:
    assert elapsed(Span(), date(2026, 1, 1)) is None
