from __future__ import annotations

import pytest

from engine.config.defs import HealthDef
from engine.okr.health import health


@pytest.mark.parametrize(
    ("progress", "expected", "color", "sentence"),
    [
        (0.45, 0.5, "green", "On track: 45 % done, 50 % expected by now."),
        (0.44, 0.5, "yellow", "At risk: 44 % done, 50 % expected by now."),
        (0.35, 0.5, "yellow", "At risk: 35 % done, 50 % expected by now."),
        (0.34, 0.5, "red", "Behind: 34 % done, 50 % expected by now."),
        (0.0, 0.01, "red", "Behind: 0 % done, 1 % expected by now."),
        (0.0, 0.0, "green", "The cycle has not begun."),
        (1.0, 1.0, "green", "The target is reached."),
        (1.4, None, "green", "The target is reached."),
        (0.4, None, "", "The cycle has no dates, so no progress is expected by now."),
        (None, 0.5, "", "No value yet, so there is nothing to judge."),
    ],
)
def test_health_says_color_and_reason(
    progress: float | None, expected: float | None, color: str, sentence: str
) -> None:
    found = health(progress, expected, HealthDef())

    assert (found.color, found.reason.text) == (color, sentence)


def test_health_bands_come_from_the_config() -> None:
    assert health(0.45, 0.5, HealthDef(on_track=1.0, at_risk=0.95)).color == "red"
