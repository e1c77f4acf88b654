from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.alerts.schedule import next_due


@pytest.mark.parametrize(
    ("now", "every", "zone", "due"),
    [
        ("2026-03-02T08:59:00", 60, "Asia/Shanghai", "2026-03-02T09:00:00"),
        ("2026-03-02T09:00:00", 60, "Asia/Shanghai", "2026-03-02T10:00:00"),
        ("2026-03-02T09:07:30", 5, "Asia/Shanghai", "2026-03-02T09:10:00"),
        ("2026-03-02T09:00:00", 1440, "Asia/Shanghai", "2026-03-02T16:00:00"),
        ("2026-03-02T09:00:00", 7 * 1440, "Asia/Shanghai", "2026-03-08T16:00:00"),
        ("2026-03-02T09:15:00", 60, "Asia/Kolkata", "2026-03-02T09:30:00"),
        # The clock of Berlin jumps from 02:00 to 03:00, and in autumn from 03:00 back to 02:00.
        ("2026-03-28T23:30:00", 1440, "Europe/Berlin", "2026-03-29T22:00:00"),
        ("2026-03-29T00:30:00", 60, "Europe/Berlin", "2026-03-29T01:00:00"),
        ("2026-10-25T00:30:00", 60, "Europe/Berlin", "2026-10-25T01:00:00"),
        ("2026-03-02T09:00:00", 0, "UTC", "2026-03-02T09:01:00"),
    ],
)
def test_rule_is_due_on_the_grid_of_the_wall_clock(now: str, every: int, zone: str, due: str) -> None:
    found = next_due(datetime.fromisoformat(now).replace(tzinfo=UTC), every, zone)

    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_hours_pass_evenly_through_a_year_of_daylight_saving() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    gaps = set()
    while moment.year == 2026:
        after = next_due(moment, 60, "Europe/Berlin")
        gaps.add((after - moment).total_seconds() / 3600)
        moment = after

    assert gaps == {1.0}
