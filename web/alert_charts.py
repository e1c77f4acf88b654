"""Bars of a small chart, as numbers that a template draws: no script, no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Size of the drawing, in its own units.
WIDTH, HEIGHT = 720.0, 96.0


@dataclass(frozen=True)
class Bar:
    """One bar: where it stands and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int


def bars(days: Sequence[tuple[str, int]], most: int) -> list[Bar]:
    """Return one bar for each day, scaled to the highest of all charts beside each other."""
    step = WIDTH / max(1, len(days))
    scale = (HEIGHT - 2) / max(1, most)
    return [
        Bar(round(place * step, 2), round(HEIGHT - count * scale, 2), round(max(0.5, step * 0.8), 2),
            round(count * scale, 2), day, count)
        for place, (day, count) in enumerate(days)
    ]  # fmt: skip
