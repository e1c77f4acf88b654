"""One number, and how it stood in the period before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import enum
from engine.dashboards.parts import FIGURE, FigureDef, build_figure, check_figure
from engine.dashboards.tiles._base import TileType, register

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot

COMPARED = ("previous", "year_before")
BETTER = ("more", "less")


@dataclass(frozen=True, slots=True)
class NumberDef:
    """A figure; `compare` is what it is held against, `better` whether more or less of it is good."""

    figure: FigureDef
    compare: str = ""
    better: str = ""


@register
class Number(TileType):
    """One number, large, and how it stood before."""

    key = "number"
    members: ClassVar[Schema] = {
        **FIGURE,
        "compare": enum(COMPARED, "The period before, or the same one a year ago; none without it."),
        "better": enum(BETTER, "Whether more or less of it is good news; neither without it."),
    }
    width = 1

    def check(self, desk: Desk, tile: Spot) -> None:
        check_figure(desk, tile, formula=True)

    def build(self, desk: Desk, tile: Spot) -> NumberDef:
        return NumberDef(build_figure(desk, tile), tile["compare"].text, tile["better"].text)
