"""A number on its way to a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.dashboards.answers import ProgressAnswer, share
from engine.dashboards.parts import (
    FIGURE,
    KEY_RESULT,
    TARGET,
    FigureDef,
    TargetDef,
    build_figure,
    build_target,
    check_figure,
    check_key_result,
    check_target,
)
from engine.dashboards.tiles._base import TileType, register
from rules.errors import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking
    from engine.records.query import Drill


@dataclass(frozen=True, slots=True)
class ProgressDef:
    """A figure and its target, or a key result, which has both."""

    figure: FigureDef | None = None
    target: TargetDef | None = None
    okr: str = ""
    key_result: str = ""


@register
class Progress(TileType):
    """A number on its way to a target, or a key result."""

    key = "progress"
    members: ClassVar[Schema] = {**FIGURE, "target": TARGET, **KEY_RESULT}
    width = 1

    def check(self, desk: Desk, tile: Spot) -> None:
        if tile["okr"].is_given or tile["key_result"].is_given:
            check_key_result(desk, tile)
            if not tile["key_result"].is_given:
                desk.add(tile.fault("tile.key_result", N_("Which key result of this page? Write “key_result”.")))
            for name in ("measure", "formula", "target"):
                if tile[name].is_given:
                    template = N_("A key result has its own figure and target: leave “{name}” out.")
                    desk.add(tile[name].fault("tile.both", template, name=name))
            return
        check_figure(desk, tile, formula=True)
        check_target(desk, tile)
        if not tile["target"].is_given:
            desk.add(tile.fault("tile.target", N_("Progress towards what? Write “target”.")))

    def build(self, desk: Desk, tile: Spot) -> ProgressDef:
        if tile["key_result"].is_given:
            return ProgressDef(okr=tile["okr"].text, key_result=tile["key_result"].text)
        return ProgressDef(build_figure(desk, tile), build_target(desk, tile))

    def answer(self, ask: Asking, tile: TileDef) -> ProgressAnswer:
        given: ProgressDef = tile.given  # type: ignore[assignment]  # what build returned
        if given.figure is None or given.target is None:
            return ProgressAnswer(okr=given.okr, result=ask.result(given.okr, given.key_result))
        found = ask.figures(given.figure)
        value, target = ask.value(given.figure, found), ask.target(given.target)
        return ProgressAnswer(value, target, share(value, target), found)

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: ProgressDef = tile.given  # type: ignore[assignment]  # what build returned
        return ask.behind(ask.shown(given.figure), measure=part.get("measure", ""))
