"""The types of tiles in words: what the palette of dashboards says of each, and its picture."""

from __future__ import annotations

from typing import NamedTuple

from rules.errors import N_


class TileWords(NamedTuple):
    """A type of tile as a person reads it; how it is called is among the values of `type`."""

    description: str
    #: An icon of web/vendor_src/icons.txt.
    icon: str


#: In the order of the palette.
TILE_WORDS = {
    "number": TileWords(N_("One number, large, and how it stood before."), "hash"),
    "progress": TileWords(N_("A number on its way to a target, or a key result."), "progress-check"),
    "bar": TileWords(N_("One bar for each stage, person, value or month."), "chart-bar"),
    "line": TileWords(N_("How a number went on in time."), "chart-line"),
    "funnel": TileWords(N_("How far records come in a pipeline."), "filter"),
    "ranking": TileWords(N_("People or values by their figures, with places."), "trophy"),
    "pivot": TileWords(N_("A number by two things at once."), "table"),
    "list": TileWords(N_("The first few records of a form."), "list-details"),
    "key_results": TileWords(N_("Key results with progress and lights."), "target-arrow"),
    "lights": TileWords(N_("The lights of key results, month by month."), "circle-dot"),
}
