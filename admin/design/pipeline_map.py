"""The arrows of a pipeline as a picture: stages in a row, moves forward in arcs above it, moves backward below. Geometry only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

#: Pixels: a stage's width with the gap behind it (as the columns below), its box, a lane of arcs, around everything.
STEP, BOX, TALL, LANE, EDGE = 218, 176, 30, 30, 10
#: Pixels between the middle of a box and where arcs leave it and come in.
ASIDE = 34
#: Pixels in which an arc turns from upright to level.
BEND = 40
#: Pixels of a narrow and of a wide (Chinese) letter of a label.
_NARROW, _WIDE = 6.6, 12.5


@dataclass(frozen=True)
class Move:
    """A transition: the places of the stages it starts from (none: any stage) and of the one it leads to."""

    at: str
    label: str
    sources: tuple[int, ...]
    target: int


@dataclass(frozen=True)
class Arc:
    """One way of a move: paths of SVG, and the label with its place, to which a line may lead."""

    move: Move
    paths: tuple[str, ...]
    label: str
    x: float
    y: float
    anchor: str = "middle"
    leader: str = ""


@dataclass(frozen=True)
class Picture:
    """What is drawn; `boxes` are the left and upper edges of the stages, `box` is their width."""

    width: int
    height: int
    box: int
    boxes: tuple[tuple[float, float], ...]
    arcs: tuple[Arc, ...]


class Stretch(Protocol):
    """Steps that a move goes along."""

    @property
    def first(self) -> float:
        """Return where it begins."""

    @property
    def last(self) -> float:
        """Return where it ends."""


Span = TypeVar("Span", bound=Stretch)


@dataclass(frozen=True)
class _Span:
    """The stretch of a move on one side of the row, in steps: arcs whose stretches overlap get different lanes."""

    move: Move
    sources: tuple[int, ...]
    first: float
    last: float


def picture(stages: int, moves: Sequence[Move]) -> Picture:
    """Return where everything stands."""
    above = lanes_of([span for one in moves if (span := _span(one, forward=True))])
    below = lanes_of([span for one in moves if (span := _span(one, forward=False))])
    top = EDGE + LANE * _count(above) + (LANE // 2 if above else 0)
    foot = top + TALL
    arcs = [_arc(span, top, -LANE * (lane + 1)) for span, lane in above]
    arcs += [_arc(span, foot, LANE * (lane + 1)) for span, lane in below]
    height = foot + LANE * _count(below) + (LANE // 2 if below else 0) + EDGE
    boxes = tuple((place * STEP + (STEP - EDGE - BOX) / 2, top) for place in range(stages))
    return Picture(stages * STEP - EDGE, height, BOX, boxes, tuple(arcs))


def _span(move: Move, *, forward: bool) -> _Span | None:
    """Return the part of a move on one side; from any stage it comes from below, to the same stage it turns above."""
    if not move.sources:
        return None if forward else _Span(move, (), move.target - 0.5, move.target + 0.5)
    mine = tuple(one for one in move.sources if (one <= move.target) is forward)
    if not mine:
        return None
    ends = (*mine, move.target)
    around = 0.5 if mine == (move.target,) else 0
    return _Span(move, mine, min(ends) - around, max(ends) + around)


def lanes_of(spans: Sequence[Span]) -> list[tuple[Span, int]]:
    """Give every stretch the lane nearest to the row in which it overlaps none, the short ones first."""
    taken: list[list[Span]] = []
    found = []
    for span in sorted(spans, key=lambda one: (one.last - one.first, one.first)):
        lane = next((n for n, held in enumerate(taken) if not any(_overlap(span, one) for one in held)), len(taken))
        taken += [[]] if lane == len(taken) else []
        taken[lane].append(span)
        found.append((span, lane))
    return found


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one.first < other.last and other.first < one.last


def _count(lanes: Sequence[tuple[Stretch, int]]) -> int:
    return max((lane + 1 for _, lane in lanes), default=0)


def _arc(span: _Span, start: int, high: int) -> Arc:
    """Return the arcs of a stretch, which begin at the height `start` and reach `high` beyond it."""
    target = _middle(span.move.target)
    side = -1 if high < 0 else 1
    wide = (span.last - span.first) * STEP - 24
    if not span.sources:
        tip = start + high
        return Arc(span.move, (f"M {target} {tip} V {start + 2}",), shortened(span.move.label, wide), target, tip + 12)
    paths = []
    for source in span.sources:
        same = source == span.move.target
        out = _middle(source) + (14 if same else -side * ASIDE)
        into = target - (14 if same else -side * ASIDE)
        paths.append(_bow(out, into, start, start + high, start + 2 * side))
    middle = (_middle(span.first) + _middle(span.last)) / 2
    return Arc(span.move, tuple(paths), shortened(span.move.label, wide), middle, start + high + (4 if high < 0 else 5))


def _bow(out: float, into: float, start: float, peak: float, end: float) -> str:
    """Return a path that rises at once, runs level, and falls at its end, so that it crosses no label on its way."""
    bend = min(BEND, abs(into - out) / 2) * (1 if into > out else -1)
    rise = f"M {out:g} {start:g} C {out:g} {peak:g} {out:g} {peak:g} {out + bend:g} {peak:g}"
    return f"{rise} H {into - bend:g} C {into:g} {peak:g} {into:g} {peak:g} {into:g} {end:g}"


def _middle(place: float) -> float:
    return place * STEP + (STEP - EDGE) / 2


def shortened(text: str, wide: float) -> str:
    """Return a label cut to so many pixels."""
    room = wide
    for place, letter in enumerate(text):
        room -= _WIDE if ord(letter) > 0x2E80 else _NARROW
        if room < 0:
            return text[: max(1, place - 1)] + "…"
    return text
