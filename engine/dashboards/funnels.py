"""How far records came in a pipeline, read from history: what reached each stage, and how long it stayed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.okr.cycle import Span
from engine.sql.aggregates import Aggregate
from engine.sql.dialects import forms_of
from engine.sql.figures import Figure
from engine.sql.literals import literal
from engine.sql.measures import where_of
from engine.sql.numbers import as_double
from engine.sql.source import Source

if TYPE_CHECKING:
    from engine.config.defs import MeasureDef, PipelineDef


@dataclass(frozen=True)
class Reach:
    """Stage -> the records that stand there now, that came at least as far (lost ones as far as they had come), and how many days they stay."""

    now: Mapping[str, Figure] = field(default_factory=dict)
    reached: Mapping[str, Figure] = field(default_factory=dict)
    days: Mapping[str, float] = field(default_factory=dict)


def path_of(pipeline: PipelineDef) -> list[str]:
    """Return the stages that lead onwards, in order; lost records leave the path."""
    return [stage.key for stage in pipeline.stages if stage.kind != "lost"]


def reach(
    session: Session,
    source: Source,
    measure: MeasureDef,
    span: Span,
    pipeline: PipelineDef,
    seen: Callable[[Source], ColumnElement[bool]],
) -> Reach:
    """Return how far the records of a measure came: three statements, however many records there are.

    A record counts with or without a value; what it adds is what it is worth today.
    """
    allowed = seen(source)
    aggregate = Aggregate(source, measure)
    counted = where_of(session, source, _without_value(measure), span)
    worth = sa.literal(1) if aggregate.value is None else _number(aggregate)
    mine = source.select(source.table.c.id, source.table.c.stage, worth.label("worth")).where(allowed, counted)
    own = mine.cte("mine")
    now = session.execute(sa.select(own.c.stage, sa.func.count(), sa.func.sum(own.c.worth)).group_by(own.c.stage))
    history = source.tables.history(source.form)
    place = sa.case({key: number for number, key in enumerate(path_of(pipeline))}, value=history.c.stage, else_=-1)
    far = (
        sa.select(own.c.worth, sa.func.max(place).label("place"))
        .select_from(sa.join(own, history, history.c.id == own.c.id))
        .group_by(own.c.id, own.c.worth)
        .subquery("far")
    )
    came = session.execute(sa.select(far.c.place, sa.func.count(), sa.func.sum(far.c.worth)).group_by(far.c.place))
    return Reach(
        {stage: _figure(aggregate, count, value) for stage, count, value in now},
        _at_least(aggregate, pipeline, [tuple(row) for row in came]),
        {row[0]: row[1] for row in session.execute(_days(source, own, history))},
    )


def _without_value(measure: MeasureDef) -> MeasureDef:
    from dataclasses import replace

    return replace(measure, agg="count", value=None)


def _number(aggregate: Aggregate) -> ColumnElement[Any]:
    assert aggregate.value is not None
    return aggregate.value if aggregate.scale is not None else as_double(aggregate.value)


def _figure(aggregate: Aggregate, count: int, value: Any) -> Figure:
    """Return a figure of so many records; what nobody filled in adds nothing."""
    if aggregate.agg == "count":
        return Figure(count, count)
    return Figure(aggregate.figure(Figure, (count, value or 0)).value, count)


def _at_least(aggregate: Aggregate, pipeline: PipelineDef, rows: list[tuple[Any, ...]]) -> dict[str, Figure]:
    found = {}
    for number, key in enumerate(path_of(pipeline)):
        beyond = [row for row in rows if row[0] >= number]
        found[key] = _figure(aggregate, sum(row[1] for row in beyond), sum(row[2] or 0 for row in beyond))
    return found


def _days(source: Source, own: sa.CTE, history: sa.Table) -> sa.Select[Any]:
    """Select stage -> days that a record spends there on average, up to now for those that still do.

    A stay begins when the record entered, which may lie before the line of history that tells of it: records that were
    brought in bring their dates along.
    """
    until = sa.func.coalesce(history.c.valid_to, literal(source.now), type_=history.c.valid_to.type)
    stays = (
        sa.select(history.c.id, history.c.stage, history.c.stage_entered_at, sa.func.max(until).label("until"))
        .select_from(sa.join(own, history, history.c.id == own.c.id))
        .where(history.c.stage.is_not(None))
        .group_by(history.c.id, history.c.stage, history.c.stage_entered_at)
        .subquery("stays")
    )
    spent = sa.func.sum(forms_of(source.dialect).seconds(stays.c.stage_entered_at, stays.c.until))
    records = sa.func.count(sa.distinct(stays.c.id))
    average = sa.cast(spent, sa.Double) / sa.literal(86_400.0, sa.Double) / sa.cast(records, sa.Double)
    return sa.select(stays.c.stage, average).group_by(stays.c.stage)


def as_far_as(source: Source, pipeline: PipelineDef, stage: str) -> ColumnElement[bool]:
    """Return the condition of the records that ever stood in a stage of the path, or in one behind it."""
    path = path_of(pipeline)
    history = source.tables.history(source.form)
    behind = path[path.index(stage) :] if stage in path else [stage]
    ids = sa.select(history.c.id).where(history.c.stage.in_(behind))
    return source.table.c.id.in_(ids.correlate(None))
