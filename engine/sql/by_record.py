"""Measures that the database cannot compute with the same meaning: added up record by record, from one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.okr.cycle import Span, window_span
from engine.sql.aggregates import settled
from engine.sql.fallback import rows_of
from engine.sql.figures import Figure, Group, Value, grouped
from engine.sql.source import Source
from rules.compiled import compiled
from rules.functions.dates import date_of, start_of
from rules.types import Kind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.config.defs import MeasureDef
    from rules.checked import Checked


class _Part(NamedTuple):
    """What one record brings to a measure."""

    id: int
    value: Any
    group: Any


def figure(
    session: Session, source: Source, measure: MeasureDef, cycle: Span, seen: ColumnElement[bool] | None
) -> Figure:
    """Return the figure of one measure."""
    parts = list(_parts(session, source, measure, cycle, seen))
    if measure.by is None and not measure.by_period:
        return Figure(value_of(measure.agg, [part.value for part in parts]), len(parts))
    by_key: dict[Any, list[_Part]] = {}
    for part in parts:
        by_key.setdefault(part.group, []).append(part)
    return grouped(
        Group(key, value_of(measure.agg, [part.value for part in found]), len(found)) for key, found in by_key.items()
    )


def ids(
    session: Session, source: Source, measure: MeasureDef, cycle: Span, group: Value | EllipsisType = ...
) -> list[int]:
    """Return the records behind a measure, or behind one group of it."""
    parts = _parts(session, source, measure, cycle, None)
    return [part.id for part in parts if isinstance(group, EllipsisType) or part.group == group]


def _parts(
    session: Session, source: Source, measure: MeasureDef, cycle: Span, seen: ColumnElement[bool] | None
) -> Iterator[_Part]:
    by = measure.by or (measure.during if measure.by_period else None)
    for id_, value, values in counted(session, source, measure, cycle, seen, by.reads if by else frozenset()):
        yield _Part(id_, value, None if by is None else _group(by, values, measure.by_period))


def counted(
    session: Session,
    source: Source,
    measure: MeasureDef,
    cycle: Span,
    seen: ColumnElement[bool] | None,
    reads: frozenset[tuple[str, ...]] = frozenset(),
) -> Iterator[tuple[int, Any, Mapping[str, object]]]:
    """Yield (id, value, what was read) of each record that counts; `reads` is what the caller wants to read besides."""
    used = [one for one in (measure.where, measure.value, measure.during) if one is not None]
    reads |= frozenset(path for one in used for path in one.reads)
    span = window_span(measure.window, cycle, source.now, source.app.context.time_zone)
    for id_, values in rows_of(session, source, reads, seen):
        if measure.where is not None and compiled(measure.where)(values) is not True:
            continue
        if measure.during is not None and not _inside(measure.during, values, span):
            continue
        value = None if measure.value is None else compiled(measure.value)(values)
        if measure.value is None or value is not None:
            yield id_, value, values


def _inside(during: Checked, values: Any, span: Span) -> bool:
    if span.start is None and span.end is None:
        return True
    day = _day(during, compiled(during)(values))
    return day is not None and span.holds(day)


def _day(checked: Checked, value: Any) -> Any:
    return date_of(checked.context, value) if checked.type.kind is Kind.DATETIME and value is not None else value


def _group(by: Checked, values: Any, period: str) -> Any:
    value = compiled(by)(values)
    if not period:
        return value
    day = _day(by, value)
    return day if day is None or period == "day" else start_of(day, period)


def value_of(agg: str, values: Sequence[Any]) -> Any:
    """Return what values come to."""
    if agg == "count":
        return len(values)
    if agg == "count_distinct":
        return len(set(values))
    if not values:
        return 0 if agg == "sum" else None
    if agg in {"min", "max"}:
        return min(values) if agg == "min" else max(values)
    total = sum(Fraction(repr(value)) for value in values) / (len(values) if agg == "avg" else 1)
    return settled(float(total))
