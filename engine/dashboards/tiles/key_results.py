"""The key results of an OKR page, or of one of its objectives, with their progress and their lights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import ref
from engine.dashboards.answers import KeyResultsAnswer
from engine.dashboards.parts import check_key_result
from engine.dashboards.tiles._base import TileType, register

if TYPE_CHECKING:
    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking


@dataclass(frozen=True, slots=True)
class KeyResultsDef:
    """An OKR page, and the objective that is shown of it; all of them without one."""

    okr: str
    objective: str = ""


@register
class KeyResults(TileType):
    """Key results with their progress and lights."""

    key = "key_results"
    members: ClassVar[Schema] = {
        "okr": ref("name", "OKR page whose key results are shown."),
        "objective": ref("name", "Only those of this objective."),
    }
    width = 4
    required = ("okr",)

    def check(self, desk: Desk, tile: Spot) -> None:
        check_key_result(desk, tile)

    def build(self, desk: Desk, tile: Spot) -> KeyResultsDef:
        return KeyResultsDef(tile["okr"].text, tile["objective"].text)

    def answer(self, ask: Asking, tile: TileDef) -> KeyResultsAnswer:
        given: KeyResultsDef = tile.given  # type: ignore[assignment]  # what build returned
        return KeyResultsAnswer(ask.okr(given.okr), given.objective)
