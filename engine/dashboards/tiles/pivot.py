"""A measure by two things at once: one down, one across, with what each comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.dashboards.answers import PivotAnswer, in_own_order, size
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
    from collections.abc import Mapping

    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking
    from engine.records.query import Drill


#: Rows and columns that are drawn at most.
MOST_ROWS, MOST_COLUMNS = 40, 14


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

    def answer(self, ask: Asking, tile: TileDef) -> PivotAnswer:
        given: PivotDef = tile.given  # type: ignore[assignment]  # what build returned
        cells = ask.cells(given.figure, [given.rows, given.columns])
        rows = {key[0]: one for key, one in ask.cells(given.figure, [given.rows]).figures.items()}
        columns = {key[0]: one for key, one in ask.cells(given.figure, [given.columns]).figures.items()}
        total = ask.cells(given.figure).figures[()]
        down = in_own_order(list(rows), given.rows.expression.type, lambda key: size(rows[key]))
        across = in_own_order(list(columns), given.columns.expression.type, lambda key: size(columns[key]))
        others = max(0, len(down) - MOST_ROWS) + max(0, len(across) - MOST_COLUMNS)
        down, across = down[:MOST_ROWS], across[:MOST_COLUMNS]
        return PivotAnswer(tuple(down), tuple(across), cells.figures, rows, columns, total, others, cells.more)

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: PivotDef = tile.given  # type: ignore[assignment]  # what build returned
        return ask.behind(given.figure, ask.equals(part, rows=given.rows, columns=given.columns))
