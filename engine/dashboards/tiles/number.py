"""One number, and how it stood in the period before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import enum
from engine.dashboards.answers import NumberAnswer
from engine.dashboards.parts import FIGURE, FigureDef, build_figure, check_figure
from engine.dashboards.tiles._base import TileType, register

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking
    from engine.records.query import Drill

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

    def answer(self, ask: Asking, tile: TileDef) -> NumberAnswer:
        given: NumberDef = tile.given  # type: ignore[assignment]  # what build returned
        found = ask.figures(given.figure)
        value = ask.value(given.figure, found)
        if not given.compare:
            return NumberAnswer(value, found)
        spans = {name: ask.before(one, given.compare) for name, one in given.figure.measures.items()}
        span = next((one for one in spans.values() if one is not None), None)
        if span is None:
            return NumberAnswer(value, found)
        then = ask.figures(given.figure, lambda one: ask.before(one, given.compare) or ask.span(one))
        before = ask.value(given.figure, then)
        change = _change(value, before)
        good = None if not change or not given.better else (change > 0) == (given.better == "more")
        return NumberAnswer(value, found, before, span, change, good)

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: NumberDef = tile.given  # type: ignore[assignment]  # what build returned
        name = part.get("measure", "")
        measure = given.figure.measures.get(name) or next(iter(given.figure.measures.values()))
        span = ask.before(measure, given.compare) if part.get("before") else None
        return ask.behind(given.figure, (), span, name)


def _change(value: object, before: object) -> float | None:
    """Return the change as a share of what was before."""
    if not isinstance(value, int | float) or not isinstance(before, int | float) or not before:
        return None
    return (value - before) / abs(before)
