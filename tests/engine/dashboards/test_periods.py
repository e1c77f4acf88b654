from __future__ import annotations

from datetime import date

import pytest

from engine.config.schema_dashboards import SPANS
from engine.dashboards.periods import before, span_of, steps
from engine.okr.cycle import Span

#: A Monday.
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-03-02", "2026-03-02"),
        ("this_week", "2026-03-02", "2026-03-08"),
        ("last_week", "2026-02-23", "2026-03-01"),
        ("this_month", "2026-03-01", "2026-03-31"),
        ("last_month", "2026-02-01", "2026-02-28"),
        ("this_quarter", "2026-01-01", "2026-03-31"),
        ("last_quarter", "2025-10-01", "2025-12-31"),
        ("this_half_year", "2026-01-01", "2026-06-30"),
        ("this_year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("last_7_days", "2026-02-24", "2026-03-02"),
        ("last_30_days", "2026-02-01", "2026-03-02"),
        ("last_90_days", "2025-12-03", "2026-03-02"),
        ("last_12_months", "2025-03-03", "2026-03-02"),
    ],
)
def test_named_period_has_its_dates(name: str, start: str, end: str) -> None:
    found = span_of(name, TODAY)

    assert (str(found.start), str(found.end)) == (start, end)


def test_every_period_that_can_be_chosen_has_dates_or_is_open() -> None:
    assert [name for name in SPANS if span_of(name, TODAY) == Span()] == ["all"]


@pytest.mark.parametrize(
    ("name", "how", "start", "end"),
    [
        ("this_quarter", "previous", "2025-10-01", "2025-11-30"),
        ("this_quarter", "year_before", "2025-01-01", "2025-03-02"),
        ("last_quarter", "previous", "2025-07-01", "2025-09-30"),
        ("last_quarter", "year_before", "2024-10-01", "2024-12-31"),
        ("last_7_days", "previous", "2026-02-17", "2026-02-23"),
        ("today", "previous", "2026-03-01", "2026-03-01"),
    ],
)
def test_period_that_still_runs_is_held_against_the_same_stretch(name: str, how: str, start: str, end: str) -> None:
    found = before(span_of(name, TODAY), TODAY, how)

    assert found is not None
    assert (str(found.start), str(found.end)) == (start, end)


def test_open_period_is_held_against_nothing() -> None:
    assert before(Span(), TODAY, "previous") is None


@pytest.mark.parametrize(
    ("span", "every", "first", "last", "count"),
    [
        (span_of("this_quarter", TODAY), "month", "2026-01-01", "2026-03-01", 3),
        (span_of("this_quarter", TODAY), "week", "2025-12-29", "2026-03-30", 14),
        (span_of("this_year", TODAY), "day", "2026-01-02", "2026-03-02", 60),
        (span_of("last_year", TODAY), "day", "2025-11-02", "2025-12-31", 60),
        (Span(), "month", "2025-04-01", "2026-03-01", 12),
        (Span(date(1990, 1, 1), None), "quarter", "2011-04-01", "2026-01-01", 60),
    ],
)
def test_steps_of_a_line(span: Span, every: str, first: str, last: str, count: int) -> None:
    found = steps(span, every, 12, 60, TODAY)

    assert (str(found[0]), str(found[-1]), len(found)) == (first, last, count)
