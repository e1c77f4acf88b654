"""Who or what comes first: a table with places, and how much of a target each has reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.defs import MeasureDef
from engine.config.measures import build_measure, by_of
from engine.config.schema_parts import enum
from engine.dashboards.answers import Place, RankingAnswer, share, size
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
    check_one,
    measure_at,
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
    from engine.sql.figures import Value

FIRST = ("most", "least")
MOST = 10


@dataclass(frozen=True, slots=True)
class RankingDef:
    """A measure, what is ranked, and what each should reach: one number for all, or a measure split by the same."""

    figure: FigureDef
    by: GroupDef
    first: str = "most"
    limit: int = MOST
    target: float | None = None
    target_measure: MeasureDef | None = None


@register
class Ranking(TileType):
    """People, teams or values by their figures, with places."""

    key = "ranking"
    members: ClassVar[Schema] = {
        **MEASURED,
        "by": BY,
        "first": enum(FIRST, "Whether the most (without it) or the least comes first."),
        "limit": LIMIT,
        "target": {"type": "number", "description": "What each of them should reach."},
        "target_measure": {
            "$ref": "#/$defs/target_measure",
            "description": "What each of them should reach: a measure that is split by the same.",
        },
    }

    def check(self, desk: Desk, tile: Spot) -> None:
        check_figure(desk, tile)
        check_given_group(desk, tile)
        target = tile["target_measure"]
        if tile["target"].is_given and target.is_given:
            template = N_("Give “target” or “target_measure”, not both.")
            desk.add(target.fault("tile.both", template))
        check_one(desk, target)
        if target.is_given and measure_at(desk, target)["of"].is_given:
            self._check_by(desk, tile, target)

    def _check_by(self, desk: Desk, tile: Spot, target: Spot) -> None:
        """Both sides are split by the same kind of thing, so that they can be laid side by side."""
        theirs = by_of(desk, measure_at(desk, target)) if measure_at(desk, target)["of"].text in desk.forms else None
        mine = build_group(desk, tile, "by")
        if not measure_at(desk, target)["by"].is_given:
            template = N_("The target must be split too: write “by” into its measure.")
            desk.add(target.fault("tile.target", template))
        elif (
            mine
            and theirs
            and (mine.expression.type.kind, mine.expression.type.form) != (theirs.type.kind, theirs.type.form)
        ):
            template = N_("The target is split by something else than the figures.")
            desk.add(target.fault("tile.target", template))

    def build(self, desk: Desk, tile: Spot) -> RankingDef:
        figure = build_figure(desk, tile)
        by = build_group(desk, tile, "by") or figure.by
        assert by is not None, "a config with errors is not built"
        target = tile["target_measure"]
        return RankingDef(
            figure,
            by,
            tile["first"].text or "most",
            int(tile["limit"].number or MOST),
            tile["target"].number,
            build_measure(desk, target.text or "target", measure_at(desk, target)) if target.is_given else None,
        )

    def answer(self, ask: Asking, tile: TileDef) -> RankingAnswer:
        given: RankingDef = tile.given  # type: ignore[assignment]  # what build returned
        cells = ask.cells(given.figure, [given.by])
        found = {key[0]: figure for key, figure in cells.figures.items() if key[0] is not None}
        targets, more = self._targets(ask, given)
        found |= {key: ask.nothing(given.figure.measure) for key in targets if key not in found and key is not None}
        order = sorted(found, key=lambda key: (size(found[key]), -found[key].count), reverse=given.first == "most")
        values = [size(found[key]) for key in order]
        places = []
        for number, key in enumerate(order[: given.limit]):
            target = targets.get(key, given.target)
            rank = values.index(values[number]) + 1
            places.append(Place(rank, key, found[key], target, share(found[key].value, target)))
        others = max(0, len(order) - given.limit)
        return RankingAnswer(tuple(places), bool(targets) or given.target is not None, others, cells.more or more)

    def _targets(self, ask: Asking, given: RankingDef) -> tuple[dict[Value, float], bool]:
        measure = given.target_measure
        if measure is None or measure.by is None:
            return {}, False
        cells = ask.cells(FigureDef({}), [GroupDef(measure.by, measure.by_period)], measure=measure)
        return {key[0]: size(figure) for key, figure in cells.figures.items()}, cells.more

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: RankingDef = tile.given  # type: ignore[assignment]  # what build returned
        return ask.behind(given.figure, ask.equals(part, by=given.by))
