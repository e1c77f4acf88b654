"""How many records come as far as each stage of a pipeline, what they are worth, and how long they stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import ref
from engine.dashboards.answers import FunnelAnswer, Step
from engine.dashboards.parts import MEASURED, FigureDef, build_figure, check_figure, measure_at
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
class FunnelDef:
    """A pipeline, and the measure of its form that says which records come in and what is added up of them."""

    pipeline: str
    figure: FigureDef


@register
class Funnel(TileType):
    """How far records come in a pipeline."""

    key = "funnel"
    members: ClassVar[Schema] = {"pipeline": ref("name", "Pipeline whose stages are shown."), **MEASURED}
    width = 4
    required = ("pipeline", "measure")

    def check(self, desk: Desk, tile: Spot) -> None:
        known = desk.by_key("pipelines")
        fit = desk.named(tile["pipeline"], known, "pipeline.unknown", N_("There is no pipeline “{name}”."))
        check_figure(desk, tile)
        of = measure_at(desk, tile["measure"])["of"].text
        if fit and of in desk.forms and known[tile["pipeline"].text]["form"].text != of:
            template = N_("The measure looks at “{of}”, and the pipeline is one of another form.")
            desk.add(tile["measure"].fault("tile.funnel", template, of=of))

    def build(self, desk: Desk, tile: Spot) -> FunnelDef:
        return FunnelDef(tile["pipeline"].text, build_figure(desk, tile))

    def answer(self, ask: Asking, tile: TileDef) -> FunnelAnswer:
        given: FunnelDef = tile.given  # type: ignore[assignment]  # what build returned
        pipeline = ask.live.app.pipelines[given.pipeline]
        found = ask.reach(given.figure, pipeline)
        steps: list[Step] = []
        for key, reached in found.reached.items():
            before = steps[-1].reached.count if steps else 0
            conversion = reached.count / before if before else None
            steps.append(Step(key, reached, ask.here(found.now, key), conversion, found.days.get(key)))
        lost = [
            Step(one.key, ask.here(found.now, one.key), ask.here(found.now, one.key), None, found.days.get(one.key))
            for one in pipeline.stages
            if one.kind == "lost"
        ]
        first, last = (steps[0].reached.count, steps[-1].reached.count) if steps else (0, 0)
        return FunnelAnswer(tuple(steps), tuple(lost), last / first if first else None)

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: FunnelDef = tile.given  # type: ignore[assignment]  # what build returned
        return ask.behind_stage(given.figure, ask.live.app.pipelines[given.pipeline], part)
