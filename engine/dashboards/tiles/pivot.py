"""A measure by two things at once: one down, one across, with what each comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.dashboards.parts import (
    BY,
    MEASURED,
    FigureDef,
    GroupDef,
    build_figure,
    build_group,
    check_figure,
    check_group,
)
from engine.dashboards.tiles._base import TileType, register

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot


@dataclass(frozen=True, slots=True)
class PivotDef:
    """A measure, what makes the rows and what the columns."""

    figure: FigureDef
    rows: GroupDef
    columns: GroupDef


@register
class Pivot(TileType):
    """A measure by two things at once."""

    key = "pivot"
    members: ClassVar[Schema] = {
        **MEASURED,
        "rows": {**BY, "description": "One row for each value of this."},
        "columns": {**BY, "description": "One column for each value of this."},
    }
    required = ("rows", "columns")

    def check(self, desk: Desk, tile: Spot) -> None:
        check_figure(desk, tile)
        check_group(desk, tile, "rows")
        check_group(desk, tile, "columns")

    def build(self, desk: Desk, tile: Spot) -> PivotDef:
        rows, columns = build_group(desk, tile, "rows"), build_group(desk, tile, "columns")
        assert rows is not None, "a config with errors is not built"
        assert columns is not None, "a config with errors is not built"
        return PivotDef(build_figure(desk, tile), rows, columns)
