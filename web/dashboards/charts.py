"""Lines of a chart as numbers that a template draws: no script, no inline style; the numbers stand in a table beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Size of the drawing, in its own units, and the room kept free above and below.
WIDTH, HEIGHT, MARGIN = 640.0, 180.0, 8.0
#: Colours that follow each other; beyond them they begin anew.
COLOURS = 8


@dataclass(frozen=True)
class Dot:
    """One point of a line, and what it says."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Stroke:
    """One line: pieces of points that follow each other, its dots, and the class of its colour."""

    pieces: Sequence[str]
    dots: Sequence[Dot]
    colour: str


@dataclass(frozen=True)
class Chart:
    """A chart: its lines, where zero lies, and the highest value its height stands for."""

    strokes: Sequence[Stroke]
    target: str
    zero: float
    top: float
    bottom: float


def chart(lines: Sequence[Sequence[float | None]], texts: Sequence[Sequence[str]], target: Sequence[float]) -> Chart:
    """Return the strokes of several lines over the same steps, scaled to hold them all, and zero."""
    known = [value for line in lines for value in line if value is not None] + list(target)
    top, bottom = nice(max([0.0, *known])), -nice(-min([0.0, *known]))
    height = (top - bottom) or 1.0

    def place(number: int, value: float) -> tuple[float, float]:
        steps = max(1, max((len(line) for line in lines), default=len(target)) - 1)
        x = MARGIN + number * (WIDTH - 2 * MARGIN) / steps
        y = MARGIN + (top - value) / height * (HEIGHT - 2 * MARGIN)
        return round(x, 1), round(y, 1)

    strokes = []
    for number, (line, said) in enumerate(zip(lines, texts, strict=True)):
        dots = [Dot(*place(n, value), said[n]) for n, value in enumerate(line) if value is not None]
        pieces = _pieces([None if value is None else place(n, value) for n, value in enumerate(line)])
        strokes.append(Stroke(pieces, dots, colour(number)))
    drawn = " ".join(f"{x},{y}" for x, y in (place(n, value) for n, value in enumerate(target)))
    return Chart(strokes, drawn, place(0, 0.0)[1], top, bottom)


def _pieces(points: Sequence[tuple[float, float] | None]) -> list[str]:
    """Cut a line where it has gaps."""
    found: list[list[str]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(f"{point[0]},{point[1]}")
    return [" ".join(piece) for piece in found if len(piece) > 1]


def nice(value: float) -> float:
    """Return the round number at or above a value that is not negative: 1, 2, 2.5, 5 or 10 times a power of ten."""
    if value <= 0:
        return 0.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(step * size for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * size >= value * 0.999999)


def colour(number: int) -> str:
    """Return the class of a colour."""
    return f"c{number % COLOURS + 1}"


def widths(values: Sequence[float], top: float) -> list[tuple[float, float]]:
    """Return (from, width) of the parts of a bar that follow each other, in hundredths of the longest; below zero is nothing."""
    found, at = [], 0.0
    for value in values:
        width = round(max(0.0, value) / top * 100, 2) if top > 0 else 0.0
        found.append((round(at, 2), width))
        at += width
    return found
