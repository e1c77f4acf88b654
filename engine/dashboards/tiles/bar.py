"""One bar for each value of a field, each stage, each person or each month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import enum
from engine.dashboards.answers import Bar as OneBar
from engine.dashboards.answers import BarAnswer, distinct, in_own_order, size
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
    from collections.abc import Mapping

    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking
    from engine.records.query import Drill

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

    def answer(self, ask: Asking, tile: TileDef) -> BarAnswer:
        given: BarDef = tile.given  # type: ignore[assignment]  # what build returned
        cells = ask.cells(given.figure, [given.by])
        whole = {key[0]: figure for key, figure in cells.figures.items()}
        keys = in_own_order(list(whole), given.by.expression.type, lambda key: size(whole[key]))
        if given.order != "own":
            keys.sort(key=lambda key: size(whole[key]), reverse=given.order == "most")
        shown, others = keys[: given.limit], max(0, len(keys) - given.limit)
        if given.split is None:
            return BarAnswer(tuple(OneBar(key, whole[key]) for key in shown), (), others, cells.more)
        parts = ask.cells(given.figure, [given.by, given.split])
        sizes = {
            key: sum(size(one) for pair, one in parts.figures.items() if pair[1] == key) for key in distinct(parts, 1)
        }
        splits = tuple(in_own_order(list(sizes), given.split.expression.type, sizes.__getitem__))
        bars = [OneBar(key, whole[key], tuple(parts.figures.get((key, one)) for one in splits)) for key in shown]
        return BarAnswer(tuple(bars), splits, others, cells.more or parts.more)

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: BarDef = tile.given  # type: ignore[assignment]  # what build returned
        return ask.behind(given.figure, ask.equals(part, by=given.by, split=given.split))
