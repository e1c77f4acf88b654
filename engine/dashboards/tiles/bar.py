"""One bar for each value of a field, each stage, each person or each month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import enum
from engine.dashboards.parts import (
    BY,
    LIMIT,
    MEASURED,
    FigureDef,
    GroupDef,
    build_figure,
    build_group,
    check_figure,
    check_given_group,
    check_group,
)
from engine.dashboards.tiles._base import TileType, register

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot

ORDERS = ("most", "least", "own")
MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class BarDef:
    """A measure, what makes the bars, and what each bar is divided by; `order` is most or least first, or the values' own."""

    figure: FigureDef
    by: GroupDef
    split: GroupDef | None = None
    order: str = "own"
    limit: int = MOST_BARS


@register
class Bar(TileType):
    """One bar for each value of a field, each stage, person or month."""

    key = "bar"
    members: ClassVar[Schema] = {
        **MEASURED,
        "by": BY,
        "split": {**BY, "description": "What each bar is divided by."},
        "order": enum(ORDERS, "The most first, the least first, or the values in their own order (without it)."),
        "limit": LIMIT,
    }

    def check(self, desk: Desk, tile: Spot) -> None:
        check_figure(desk, tile)
        check_given_group(desk, tile)
        check_group(desk, tile, "split")

    def build(self, desk: Desk, tile: Spot) -> BarDef:
        figure = build_figure(desk, tile)
        by = build_group(desk, tile, "by") or figure.by
        assert by is not None, "a config with errors is not built"
        limit = int(tile["limit"].number or MOST_BARS)
        return BarDef(figure, by, build_group(desk, tile, "split"), tile["order"].text or "own", limit)
