"""Measures: figures over the records of a form, several of them in one scan, and exactly the records behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Row
from sqlalchemy.orm import Session

from engine.okr.cycle import Span, window_span
from engine.sql.aggregates import Aggregate
from engine.sql.dialects import forms_of
from engine.sql.fallback import condition_of
from engine.sql.literals import Sql, literal
from engine.sql.source import Source, Tables
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.defs import AppDef, MeasureDef
    from engine.people import User
    from rules.checked import Checked

#: Returns which rows of a source a person may see; None: all of them.
Rights = Callable[[Source], ColumnElement[bool] | None]
Value = float | int | str | date | datetime | None


class Release(Protocol):
    """What is needed of a live release."""

    @property
    def app(self) -> AppDef: ...
    @property
    def tables(self) -> Tables: ...


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a measure with `by`: the key is a stored value, or the first date of a period."""

    key: Value
    value: Value
    count: int


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a measure, how many records it comes from, and its groups when it has `by`."""

    value: Value
    count: int
    groups: tuple[Group, ...] | None = None


def compute(
    session: Session,
    live: Release,
    measures: Sequence[MeasureDef] | Mapping[str, MeasureDef],
    cycle: Span,
    now: datetime,
    user: User | None = None,
    at: datetime | None = None,
    *,
    rights: Rights | None = None,
) -> dict[str, Figure]:
    """Return the figures by name; with a user, only of records which that person may read.

    Measures over the same form without `by` share one scan.
    """
    named = dict(measures) if isinstance(measures, Mapping) else {measure.key: measure for measure in measures}
    found: dict[str, Figure] = {}
    for scan in _scans(named):
        source = _source(session, live, next(iter(scan.values())).of, now, user, at)
        plans = {name: _Plan(session, source, measure, cycle) for name, measure in scan.items()}
        found |= _run(session, source, plans, _seen(source, live, user, rights))
    return {name: found[name] for name in named}


def where_of(
    session: Session, source: Source, measure: MeasureDef, cycle: Span, group: Value | EllipsisType = ...
) -> ColumnElement[bool]:
    """Return the condition of exactly the records behind a measure, or behind one group of it.

    Apply it with `source.select(...)` of the same source, which brings the joins; row rights come on top.
    """
    plan = _Plan(session, source, measure, cycle)
    tests = list(plan.tests)
    if not isinstance(group, EllipsisType) and plan.group is not None:
        tests.append(plan.group.is_(None) if group is None else plan.group == literal(group, plan.group_kind))
    return sa.and_(sa.true(), *tests)


def _scans(named: Mapping[str, MeasureDef]) -> Iterable[dict[str, MeasureDef]]:
    """Yield the measures that one SELECT computes together."""
    together: dict[str, dict[str, MeasureDef]] = {}
    for name, measure in named.items():
        if measure.by is None and not measure.by_period:
            together.setdefault(measure.of, {})[name] = measure
        else:
            yield {name: measure}
    yield from together.values()


def _source(
    session: Session, live: Release, form: str, now: datetime, user: User | None, at: datetime | None
) -> Source:
    return Source(live.app, live.tables, form, session.get_bind().dialect.name, now, user, at=at)


def _seen(source: Source, live: Release, user: User | None, rights: Rights | None) -> ColumnElement[bool] | None:
    if rights is not None:
        return rights(source)
    if user is None:
        return None
    from engine.rights import row_filter

    return row_filter(source, live, source.form, user, "read")  # type: ignore[arg-type]


class _Plan:
    """One measure over one source: its conditions, its aggregate, its group."""

    def __init__(self, session: Session, source: Source, measure: MeasureDef, cycle: Span) -> None:
        self.source, self.measure = source, measure
        self.aggregate = Aggregate(source, measure)
        self.tests: list[ColumnElement[bool]] = []
        if measure.during is not None:
            span = window_span(measure.window, cycle, source.now, source.app.context.time_zone)
            self.tests += _inside(source, measure.during, span)
        if measure.where is not None:
            self.tests.append(condition_of(session, source, measure.where))
        if self.aggregate.value is not None:
            self.tests.append(self.aggregate.value.is_not(None))
        self.group, self.group_kind = self._grouping()

    def _grouping(self) -> tuple[Sql | None, Kind | None]:
        measure = self.measure
        if measure.by_period:
            by = measure.by or measure.during
            if by is None:
                return None, None
            return _period(self.source, by, measure.by_period), Kind.DATE
        if measure.by is None:
            return None, None
        return self.source.expr(measure.by), measure.by.type.kind


def _inside(source: Source, during: Checked, span: Span) -> list[ColumnElement[bool]]:
    """Return the conditions that a date, or the local date of a moment, lies in a span."""
    if span.start is None and span.end is None:
        return []
    value = source.expr(during)
    if during.type.kind is Kind.DATETIME:
        first, after = span.moments(source.app.context.time_zone)
        return [*([value >= literal(first)] if first else []), *([value < literal(after)] if after else [])]
    start, end = span.start, span.end
    return [*([value >= literal(start)] if start else []), *([value <= literal(end)] if end else [])]


def _period(source: Source, by: Checked, unit: str) -> Sql:
    forms, day = forms_of(source.dialect), source.expr(by)
    if by.type.kind is Kind.DATETIME:
        day = forms.local_date(day, source.app.context.time_zone)
    return forms.period_start(day, unit)


def _run(
    session: Session, source: Source, plans: Mapping[str, _Plan], seen: ColumnElement[bool] | None
) -> dict[str, Figure]:
    """Compute the measures of one scan."""
    only = next(iter(plans.values())) if len(plans) == 1 else None
    columns: list[Sql] = [] if only is None or only.group is None else [only.group]
    for plan in plans.values():
        columns += plan.aggregate.columns(None if only else plan.tests)
    query = source.select(*(column.label(f"c{place}") for place, column in enumerate(columns)))
    if seen is not None:
        query = query.where(seen)
    if only is None:
        query = query.where(*_shared(plans.values()))
        return _read(session.execute(query).one(), plans)
    query = query.where(*only.tests)
    name = next(iter(plans))
    if only.group is None:
        return {name: only.aggregate.figure(Figure, session.execute(query).one())}
    return {name: _grouped(only, session.execute(query.group_by(sa.text("1"))).all())}


def _shared(plans: Iterable[_Plan]) -> list[ColumnElement[bool]]:
    """Return a condition that lets an index narrow the one scan: every record must count for some measure."""
    tests = [plan.tests for plan in plans]
    if any(not test for test in tests):
        return []
    first = tests[0]
    return [test for test in first if all(any(test.compare(other) for other in rest) for rest in tests[1:])]


def _read(row: Row[Any], plans: Mapping[str, _Plan]) -> dict[str, Figure]:
    found, place = {}, 0
    for name, plan in plans.items():
        width = plan.aggregate.width
        found[name] = plan.aggregate.figure(Figure, tuple(row)[place : place + width])
        place += width
    return found


def _grouped(plan: _Plan, rows: Sequence[Row[Any]]) -> Figure:
    """Return the figure of a grouped measure: its groups in order (empty last), and their count altogether."""
    groups = []
    for row in rows:
        figure = plan.aggregate.figure(Figure, tuple(row)[1:])
        groups.append(Group(row[0], figure.value, figure.count))
    groups.sort(key=lambda group: (group.key is None, group.key if group.key is not None else ""))
    return Figure(None, sum(group.count for group in groups), tuple(groups))
