from __future__ import annotations

import pytest

from engine.okr.score import Score, score, weighted_mean


@pytest.mark.parametrize(
    ("kind", "baseline", "target", "current", "value", "raw"),
    [
        ("increase", 15, 22, 18.5, 0.5, 0.5),
        ("increase", 15, 22, 15, 0.0, 0.0),
        ("increase", 15, 22, 12, 0.0, -0.428571429),
        ("increase", 15, 22, 25.5, 1.0, 1.5),
        ("decrease", 48, 8, 28, 0.5, 0.5),
        ("decrease", 48, 8, 8, 1.0, 1.0),
        ("decrease", 48, 8, 0, 1.0, 1.2),
        ("decrease", 48, 8, 60, 0.0, -0.3),
        ("reach", None, 5, 1, 0.2, 0.2),
        ("reach", 0, 90, 80, 0.888888889, 0.888888889),
        ("milestone", None, 3, 2, 0.666666667, 0.666666667),
        ("reach", 0, 0.3, 0.1 + 0.2, 1.0, 1.0),
        ("reach", 5, 5, 5, 1.0, 1.0),
        ("reach", 5, 5, 4, 0.0, 0.0),
        ("decrease", 5, 5, 4, 1.0, 1.0),
        ("control_above", None, 95, 95, 1.0, 1.0),
        ("control_above", None, 95, 94.9, 0.0, 0.0),
        ("control_below", None, 5, 5.1, 0.0, 0.0),
        ("control_below", None, 5, 0, 1.0, 1.0),
        ("binary", None, None, 1, 1.0, 1.0),
        ("binary", None, None, 0, 0.0, 0.0),
    ],
)
def test_score_is_the_share_of_the_way(
    kind: str, baseline: float | None, target: float | None, current: float, value: float, raw: float
) -> None:
    assert score(kind, baseline, target, current) == Score(value, raw)


@pytest.mark.parametrize(
    ("kind", "baseline", "target", "current", "code"),
    [
        ("reach", 0, 5, None, "no_current"),
        ("reach", 0, None, 3, "no_target"),
        ("increase", None, 22, 18, "no_baseline"),
        ("decrease", None, 8, 28, "no_baseline"),
        ("reach", 0, 1e-320, 1e300, "no_number"),
    ],
)
def test_score_without_a_part_names_the_part(
    kind: str, baseline: float | None, target: float | None, current: float | None, code: str
) -> None:
    found = score(kind, baseline, target, current)

    assert (found.value, found.raw, found.why and found.why.code) == (None, None, code)


@pytest.mark.parametrize(
    ("parts", "mean"),
    [
        ([(0.5, 1), (1.0, 1)], 0.75),
        ([(0.5, 3), (1.0, 1)], 0.625),
        ([(0.5, 1), (None, 1)], 0.5),
        ([(0.5, 1), (1.0, 0)], 0.5),
        ([(None, 1)], None),
        ([], None),
    ],
)
def test_weighted_mean_leaves_out_what_has_no_value(
    parts: list[tuple[float | None, float]], mean: float | None
) -> None:
    assert weighted_mean(parts) == mean
