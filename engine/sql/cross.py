"""One measure split by several things at once: each combination with its figure, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.okr.cycle import Span
from engine.sql import by_record
from engine.sql.aggregates import Aggregate
from engine.sql.fallback import among, values_of
from engine.sql.figures import Figure, Value
from engine.sql.functions import NoSqlForm
from engine.sql.literals import Sql, literal
from engine.sql.measures import Plan, period_of
from engine.sql.source import Source
from rules.compiled import compiled
from rules.functions.dates import date_of, start_of
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.defs import MeasureDef
    from rules.checked import Checked

#: What a measure is split by: an expression, and the period of a date ("" for its value as it is).
Split = tuple["Checked", str]
Key = tuple[Value, ...]
#: Combinations that are looked at; those with the most records are.
MOST = 2_000


@dataclass(frozen=True)
class Cells:
    """Figures by the values that their records share; `more` when there are combinations that were not looked at."""

    figures: Mapping[Key, Figure] = field(default_factory=dict)
    more: bool = False


def cross(
    session: Session,
    source: Source,
    measure: MeasureDef,
    splits: Sequence[Split],
    span: Span,
    seen: Callable[[Source], ColumnElement[bool]],
) -> Cells:
    """Return the figures of a measure, which is not split by itself, over the records that are `seen`.

    Without splits there is one figure, under an empty key.
    """
    allowed = seen(source)  # first: it brings the joins that the select needs
    try:
        plan = Plan(session, source, measure, span)
        keys = [split_of(source, one) for one in splits]
    except NoSqlForm:
        return _by_record(session, source, measure, splits, span, allowed)
    columns = plan.aggregate.columns(None)
    named = [column.label(f"c{place}") for place, column in enumerate([*keys, *columns])]
    query = source.select(*named).where(allowed, *plan.tests)
    if not keys:
        return Cells({(): plan.aggregate.figure(Figure, session.execute(query).one())})
    order = (sa.desc(sa.text(f"c{len(keys)}")), *(sa.text(f"c{place}") for place in range(len(keys))))
    grouped = query.group_by(*(sa.text(str(place + 1)) for place in range(len(keys)))).order_by(*order)
    rows = session.execute(grouped.limit(MOST + 1)).all()
    found = {tuple(row[: len(keys)]): _figure(plan.aggregate, row[len(keys) :]) for row in rows[:MOST]}
    return Cells({key: figure for key, figure in found.items() if figure.count}, len(rows) > MOST)


def _figure(aggregate: Aggregate, row: Sequence[Any]) -> Figure:
    return aggregate.figure(Figure, row)


def split_of(source: Source, split: Split) -> Sql:
    """Return what a split makes of a record; NoSqlForm where the database cannot tell."""
    checked, period = split
    return period_of(source, checked, period) if period else source.expr(checked)


def equal(session: Session, source: Source, split: Split, value: Value) -> ColumnElement[bool]:
    """Return the condition of the records that a split puts under a value."""
    checked, period = split
    try:
        column = split_of(source, split)
    except NoSqlForm:
        found = values_of(session, source, checked)
        return among(source, [id_ for id_, one in found if put(checked, period, one) == value])
    return column.is_(None) if value is None else column == literal(value, Kind.DATE if period else checked.type.kind)


def put(checked: Checked, period: str, value: Any) -> Any:
    """Return the value under which a record stands that has this one: of a date the first day of its period."""
    if not period or value is None:
        return value
    day = date_of(checked.context, value) if checked.type.kind is Kind.DATETIME else value
    return day if day is None or period == "day" else start_of(day, period)


def _by_record(
    session: Session,
    source: Source,
    measure: MeasureDef,
    splits: Sequence[Split],
    span: Span,
    seen: ColumnElement[bool],
) -> Cells:
    parts: dict[Key, list[Any]] = {} if splits else {(): []}
    reads = frozenset(path for checked, _ in splits for path in checked.reads)
    for _, value, values in by_record.counted(session, source, measure, span, seen, reads):
        key = tuple(put(checked, period, compiled(checked)(values)) for checked, period in splits)
        parts.setdefault(key, []).append(value)
    figures = {key: Figure(by_record.value_of(measure.agg, found), len(found)) for key, found in parts.items()}
    first = sorted(figures.items(), key=lambda one: -one[1].count)
    return Cells(dict(first[:MOST]), len(first) > MOST)
