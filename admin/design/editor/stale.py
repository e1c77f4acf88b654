"""Two edits of one file side by side: what somebody else stored meanwhile, and what is about to be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from admin.difference_values import saying
from admin.difference_words import placing
from engine.design.diff import diff, reordered
from engine.design.examining import examined
from engine.design.files import with_file
from engine.templates.three_way import LOCAL, Difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.source import Source

#: Differences shown.
MOST = 100


class Row(NamedTuple):
    """One place at which the two differ, in words."""

    place: str
    theirs: str
    mine: str


def sides(source: Source, path: str, mine: Mapping[str, object]) -> list[Row]:
    """Return where a file as somebody else left it differs from one's own; empty when both say the same."""
    own = with_file(source, path, mine)
    place, said = placing(source, own), saying(examined(source)[1], source, own)
    rows = [Row(place(one), *said(one)) for one in diff(source, own)]
    orders = [
        Row(place(Difference(one.path, LOCAL, None, None, None)), *map(", ".join, (one.before, one.after)))
        for one in reordered(source, own)
    ]
    return [*rows, *orders][:MOST]
