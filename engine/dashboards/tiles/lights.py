"""The lights of key results, one row each, as they stood at the end of the last weeks, months or quarters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import ref
from engine.dashboards.answers import LightsAnswer
from engine.dashboards.parts import STEPS, check_key_result
from engine.dashboards.tiles._base import TileType, register

if TYPE_CHECKING:
    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking

MOST_COLUMNS, COLUMNS = 12, 6


@dataclass(frozen=True, slots=True)
class LightsDef:
    """An OKR page, or an objective of it, and the moments it is looked at: the end of the `last` so many periods."""

    okr: str
    objective: str = ""
    every: str = "month"
    last: int = COLUMNS


@register
class Lights(TileType):
    """Lights of key results in time."""

    key = "lights"
    members: ClassVar[Schema] = {
        "okr": ref("name", "OKR page whose key results are shown."),
        "objective": ref("name", "Only those of this objective."),
        "every": {**STEPS, "description": "One column for each day, week, month (without it) or quarter."},
        "last": {
            "type": "integer",
            "minimum": 2,
            "maximum": MOST_COLUMNS,
            "description": "So many of them, up to now.",
        },
    }
    width = 4
    required = ("okr",)

    def check(self, desk: Desk, tile: Spot) -> None:
        check_key_result(desk, tile)

    def build(self, desk: Desk, tile: Spot) -> LightsDef:
        last = int(tile["last"].number or COLUMNS)
        return LightsDef(tile["okr"].text, tile["objective"].text, tile["every"].text or "month", last)

    def answer(self, ask: Asking, tile: TileDef) -> LightsAnswer:
        given: LightsDef = tile.given  # type: ignore[assignment]  # what build returned
        moments = [at for step in ask.last_steps(given.every, given.last) if (at := ask.step_end(step, given.every))]
        pages = [ask.okr(given.okr, None if at == ask.now else at) for at in moments]
        return LightsAnswer(tuple(moments), tuple(pages), given.objective)
