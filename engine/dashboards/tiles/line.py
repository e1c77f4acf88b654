"""How a measure went on, day by day or month by month, beside what was meant to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import flag, number
from engine.dashboards.answers import Line as OneLine
from engine.dashboards.answers import LineAnswer, distinct, in_own_order, size
from engine.dashboards.parts import (
    BY,
    MEASURED,
    STEPS,
    FigureDef,
    GroupDef,
    build_figure,
    build_group,
    check_figure,
    check_group,
    measure_at,
)
from engine.dashboards.tiles._base import TileType, register
from rules.errors import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking
    from engine.records.query import Drill
    from engine.sql.figures import Figure, Value

#: Lines beside each other at most; moments of history, each of which is asked for by itself.
MOST_LINES, MOST_MOMENTS = 8, 24
#: Points of a line at most, and how many there are when neither the tile nor a filter says.
MOST_POINTS, POINTS = 60, {"day": 30, "week": 12, "month": 12, "quarter": 8}


@dataclass(frozen=True, slots=True)
class LineDef:
    """A measure in steps of a period: by the date that counts, or as it stood at the end of each (`history`)."""

    figure: FigureDef
    every: str
    last: int
    history: bool = False
    split: GroupDef | None = None
    cumulative: bool = False
    #: Of each step; of a line that adds up it is what all steps come to.
    target: float | None = None


@register
class Line(TileType):
    """How a measure went on in time, beside a target."""

    key = "line"
    members: ClassVar[Schema] = {
        **MEASURED,
        "every": {**STEPS, "description": "One point for each day, week, month or quarter."},
        "last": {
            "type": "integer",
            "minimum": 2,
            "maximum": MOST_POINTS,
            "description": "So many of them, where no period is chosen.",
        },
        "history": flag("As it stood at the end of each of them, read from history; not by the date that counts."),
        "split": {**BY, "description": "One line for each value of this."},
        "cumulative": flag("Each point adds to those before."),
        "target": number("What is meant to be reached in each; of a line that adds up, in all of them together."),
    }
    required = ("every",)

    def check(self, desk: Desk, tile: Spot) -> None:
        check_figure(desk, tile)
        check_group(desk, tile, "split")
        measure = measure_at(desk, tile["measure"])
        if measure["of"].is_given and not measure["during"].is_given and not tile["history"].is_true:
            template = N_("A line needs a measure with “during”, the date that counts, or “history”.")
            desk.add(tile.fault("tile.line", template))
        if tile["history"].is_true and tile["cumulative"].is_true:
            template = N_("What is read from history stands for itself: it does not add up.")
            desk.add(tile["cumulative"].fault("tile.cumulative", template))

    def build(self, desk: Desk, tile: Spot) -> LineDef:
        every = tile["every"].text
        return LineDef(
            build_figure(desk, tile),
            every,
            int(tile["last"].number or POINTS[every]),
            tile["history"].is_true,
            build_group(desk, tile, "split"),
            tile["cumulative"].is_true,
            tile["target"].number,
        )

    def answer(self, ask: Asking, tile: TileDef) -> LineAnswer:
        given: LineDef = tile.given  # type: ignore[assignment]  # what build returned
        steps = ask.steps(given.figure.measure, given.every, given.last, MOST_MOMENTS if given.history else MOST_POINTS)
        if given.history:
            steps = [step for step in steps if step <= ask.today]
        found = self._then(ask, given, steps) if given.history else self._by_date(ask, given, steps)
        sums = {key: sum(size(one) for one in points if one) for key, points in found.items()}
        keys = in_own_order(list(found), given.split.expression.type, sums.__getitem__) if given.split else list(found)
        lines = [OneLine(key, tuple(found[key])) for key in keys[:MOST_LINES]]
        return LineAnswer(
            tuple(steps), tuple(lines), _target(given, steps), given.split is not None, len(keys) > MOST_LINES
        )

    def _by_date(self, ask: Asking, given: LineDef, steps: list[date]) -> dict[Value, list[Figure | None]]:
        during = given.figure.measure.during
        assert during is not None, "a config with errors is not built"
        groups = [GroupDef(during, given.every), *([given.split] if given.split else [])]
        cells = ask.cells(given.figure, groups, ask.reach_of(given.figure.measure, steps, given.every))
        keys = distinct(cells, 1) if given.split else [None]
        found: dict[Value, list[Figure | None]] = {}
        for key in keys:
            points = [cells.figures.get((step, key) if given.split else (step,)) for step in steps]
            known = _until_now(points, steps, ask.today)
            filled = [ask.nothing(given.figure.measure) if one is None else one for one in known]
            found[key] = [*(_running(filled) if given.cumulative else filled), *([None] * (len(steps) - len(known)))]
        return found

    def _then(self, ask: Asking, given: LineDef, steps: list[date]) -> dict[Value, list[Figure | None]]:
        groups = [given.split] if given.split else []
        moments = [ask.step_end(step, given.every) for step in steps]
        each = [ask.cells(given.figure, groups, at=at).figures if at else None for at in moments]
        keys = list(dict.fromkeys(key for one in each if one is not None for key in one)) or [()]
        nothing = ask.nothing(given.figure.measure)
        return {
            key[0] if key else None: [None if one is None else one.get(key, nothing) for one in each] for key in keys
        }

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: LineDef = tile.given  # type: ignore[assignment]  # what build returned
        equals = ask.equals(part, split=given.split)
        day = ask.day(part.get("at", ""))
        if given.history:
            return ask.behind_past(given.figure, ask.step_end(day, given.every) or ask.now, equals)
        steps = ask.steps(given.figure.measure, given.every, given.last, MOST_POINTS)
        first = steps[0] if given.cumulative and steps else day
        return ask.behind(given.figure, equals, ask.reach_of(given.figure.measure, [first, day], given.every))


def _until_now(points: list[Figure | None], steps: list[date], today: date) -> list[Figure | None]:
    """Cut off the steps that are still to come, unless something stands there."""
    last = max((number for number, one in enumerate(points) if one is not None or steps[number] <= today), default=-1)
    return points[: last + 1]


def _running(points: Sequence[Figure | None]) -> list[Figure | None]:
    total, count, found = 0.0, 0, []
    for one in points:
        total, count = total + size(one), count + (one.count if one else 0)
        found.append(type(one)(round(total, 9), count) if one else None)
    return found


def _target(given: LineDef, steps: list[date]) -> tuple[float, ...]:
    if given.target is None:
        return ()
    if given.cumulative:
        return tuple(given.target * (number + 1) / len(steps) for number in range(len(steps)))
    return (given.target,) * len(steps)
