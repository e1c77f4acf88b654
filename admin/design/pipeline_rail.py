"""The arrows of a pipeline on a narrow screen: stages below each other, moves as rails beside them. Geometry only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from admin.design.pipeline_map import EDGE, TALL, Arc, Picture, lanes_of, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin.design.pipeline_map import Move

#: Pixels: from one stage to the next, a stage's width, from rail to rail, a line of text, the whole picture.
STEP, BOX, RAIL, LINE, WIDE = 56, 144, 13, 16, 342
#: Pixels from the middle of a box to where moves leave it and come in.
ASIDE = 7
#: Pixels in which a rail turns.
BEND = 6


@dataclass(frozen=True)
class _Stretch:
    """The rows that a move goes along."""

    move: Move
    first: float
    last: float


def rails(stages: int, moves: Sequence[Move]) -> Picture:
    """Return where everything stands, for the same stages and moves as in the wide picture."""
    laid = lanes_of([_stretch(one) for one in moves])
    edge = BOX + RAIL * (2 + max((lane for _, lane in laid), default=0))
    wanted = sorted(laid, key=lambda one: ((one[0].first + one[0].last) / 2, one[1]))
    arcs, free = [], float(EDGE)
    for stretch, lane in wanted:
        middle = _middle((stretch.first + stretch.last) / 2)
        text = max(middle, free + LINE / 2)
        free = text + LINE / 2
        arcs.append(_arc(stretch, BOX + RAIL * (lane + 1), edge, text))
    height = max(stages * STEP, free) + EDGE
    boxes = tuple((0.0, _middle(place) - TALL / 2) for place in range(stages))
    return Picture(WIDE, int(height), BOX, boxes, tuple(arcs))


def _stretch(move: Move) -> _Stretch:
    ends = (*move.sources, move.target)
    around = 0.4 if min(ends) == max(ends) else 0
    return _Stretch(move, min(ends) - around, max(ends) + around)


def _arc(stretch: _Stretch, rail: float, edge: float, text: float) -> Arc:
    """Return the ways of a move along its rail, with a line from there to its name."""
    move = stretch.move
    into = _middle(move.target)
    paths = [_way(source, move.target, rail) for source in move.sources] or [f"M {rail} {into} H {BOX + 2}"]
    low, high = _middle(stretch.first), _middle(stretch.last)
    at = min(max(text, low), high)
    leader = f"M {rail:g} {at:g} L {edge - 4:g} {text:g}"
    return Arc(move, tuple(paths), shortened(move.label, WIDE - edge), edge, text + 4, "start", leader)


def _way(source: int, target: int, rail: float) -> str:
    """Return a way out of a stage, along the rail, and into another; to the same stage it turns."""
    side = 1 if target > source else -1
    out = _middle(source) + side * ASIDE
    into = _middle(target) - side * ASIDE
    turn = BEND if into > out else -BEND
    bends = f"H {rail - BEND:g} Q {rail:g} {out:g} {rail:g} {out + turn:g} V {into - turn:g} Q {rail:g} {into:g} {rail - BEND:g} {into:g}"
    return f"M {BOX} {out:g} {bends} H {BOX + 2}"


def _middle(place: float) -> float:
    return place * STEP + STEP / 2
