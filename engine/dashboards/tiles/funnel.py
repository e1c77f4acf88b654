"""How many records come as far as each stage of a pipeline, what they are worth, and how long they stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import ref
from engine.dashboards.parts import MEASURED, FigureDef, build_figure, check_figure, measure_at
from engine.dashboards.tiles._base import TileType, register
from rules.errors import N_

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot


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
