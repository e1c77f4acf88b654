"""How a measure went on, day by day or month by month, beside what was meant to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import flag, number
from engine.dashboards.parts import (
    BY,
    MEASURED,
    STEPS,
    FigureDef,
    GroupDef,
    build_figure,
    build_group,
    check_figure,
    check_group,
    measure_at,
)
from engine.dashboards.tiles._base import TileType, register
from rules.errors import N_

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot

#: Points of a line at most, and how many there are when neither the tile nor a filter says.
MOST_POINTS, POINTS = 60, {"day": 30, "week": 12, "month": 12, "quarter": 8}


@dataclass(frozen=True, slots=True)
class LineDef:
    """A measure in steps of a period: by the date that counts, or as it stood at the end of each (`history`)."""

    figure: FigureDef
    every: str
    last: int
    history: bool = False
    split: GroupDef | None = None
    cumulative: bool = False
    #: Of each step; of a line that adds up it is what all steps come to.
    target: float | None = None


@register
class Line(TileType):
    """How a measure went on in time, beside a target."""

    key = "line"
    members: ClassVar[Schema] = {
        **MEASURED,
        "every": {**STEPS, "description": "One point for each day, week, month or quarter."},
        "last": {
            "type": "integer",
            "minimum": 2,
            "maximum": MOST_POINTS,
            "description": "So many of them, where no period is chosen.",
        },
        "history": flag("As it stood at the end of each of them, read from history; not by the date that counts."),
        "split": {**BY, "description": "One line for each value of this."},
        "cumulative": flag("Each point adds to those before."),
        "target": number("What is meant to be reached in each; of a line that adds up, in all of them together."),
    }
    required = ("every",)

    def check(self, desk: Desk, tile: Spot) -> None:
        check_figure(desk, tile)
        check_group(desk, tile, "split")
        measure = measure_at(desk, tile["measure"])
        if measure["of"].is_given and not measure["during"].is_given and not tile["history"].is_true:
            template = N_("A line needs a measure with “during”, the date that counts, or “history”.")
            desk.add(tile.fault("tile.line", template))
        if tile["history"].is_true and tile["cumulative"].is_true:
            template = N_("What is read from history stands for itself: it does not add up.")
            desk.add(tile["cumulative"].fault("tile.cumulative", template))

    def build(self, desk: Desk, tile: Spot) -> LineDef:
        every = tile["every"].text
        return LineDef(
            build_figure(desk, tile),
            every,
            int(tile["last"].number or POINTS[every]),
            tile["history"].is_true,
            build_group(desk, tile, "split"),
            tile["cumulative"].is_true,
            tile["target"].number,
        )
