"""The geometry of a pipeline's arrows: nothing lies upon something else, and every move is drawn in both pictures."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from admin.design.pipeline_map import Move, lanes_of, picture
from admin.design.pipeline_rail import BOX, LINE, WIDE, _stretch, rails

STAGES = 6
MOVES = st.lists(
    st.builds(
        lambda number, sources, target: Move(
            f"/transitions/{number}", f"Move {number}", tuple(sorted(sources)), target
        ),
        st.integers(0, 99),
        st.sets(st.integers(0, STAGES - 1), max_size=STAGES),
        st.integers(0, STAGES - 1),
    ),
    max_size=12,
)


@given(MOVES)
def test_names_beside_rails_do_not_overlap_and_stay_inside(moves: list[Move]) -> None:
    drawn = rails(STAGES, moves)
    heights = sorted(arc.y for arc in drawn.arcs)

    assert all(below - above >= LINE for above, below in pairwise(heights))
    assert all(0 < arc.y < drawn.height and BOX < arc.x < WIDE for arc in drawn.arcs)


@given(MOVES)
def test_moves_that_overlap_have_rails_of_their_own(moves: list[Move]) -> None:
    laid = lanes_of([_stretch(one) for one in moves])
    for number, (one, lane) in enumerate(laid):
        for other, beside in laid[:number]:
            assert lane != beside or one.last <= other.first or other.last <= one.first


@given(MOVES)
def test_every_move_is_drawn_and_ends_at_its_target(moves: list[Move]) -> None:
    wide, narrow = picture(STAGES, moves), rails(STAGES, moves)

    assert {arc.move for arc in wide.arcs} == {arc.move for arc in narrow.arcs} == set(moves)
    assert len(narrow.boxes) == len(wide.boxes) == STAGES
    for arc in narrow.arcs:
        top = narrow.boxes[arc.move.target][1]
        ends = [float(re.findall(r"[\d.]+", path)[-2]) for path in arc.paths]
        assert all(top <= end <= top + 30 for end in ends)
        assert len(arc.paths) == max(1, len(arc.move.sources))
