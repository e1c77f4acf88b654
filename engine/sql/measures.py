"""Measures: figures over the records of a form, several of them in one scan, and exactly the records behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.okr.cycle import Span, window_span
from engine.sql import by_record
from engine.sql.aggregates import Aggregate
from engine.sql.dialects import forms_of
from engine.sql.fallback import among, condition_of
from engine.sql.figures import Figure, Group, Value, grouped
from engine.sql.functions import NoSqlForm
from engine.sql.literals import Sql, literal
from engine.sql.source import Source, Tables
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.defs import AppDef, MeasureDef
    from engine.people import User
    from rules.checked import Checked

#: Returns which rows of a source a person may see; None: all of them.
Rights = Callable[[Source], ColumnElement[bool] | None]


class Release(Protocol):
    """What is needed of a live release."""

    @property
    def app(self) -> AppDef: ...
    @property
    def tables(self) -> Tables: ...


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
        seen = _seen(source, live, user, rights)
        plans = {name: _plan(session, source, measure, cycle) for name, measure in scan.items()}
        together = {name: plan for name, plan in plans.items() if plan is not None}
        if together:
            found |= _run(session, source, together, seen)
        for name in plans.keys() - together.keys():
            found[name] = by_record.figure(session, source, scan[name], cycle, seen)
    return {name: found[name] for name in named}


def where_of(
    session: Session, source: Source, measure: MeasureDef, cycle: Span, group: Value | EllipsisType = ...
) -> ColumnElement[bool]:
    """Return the condition of exactly the records behind a measure, or behind one group of it.

    Apply it with `source.select(...)` of the same source, which brings the joins; row rights come on top.
    """
    plan = _plan(session, source, measure, cycle)
    if plan is None:
        return among(source, by_record.ids(session, source, measure, cycle, group))
    tests = list(plan.tests)
    if not isinstance(group, EllipsisType) and plan.group is not None:
        tests.append(plan.group.is_(None) if group is None else plan.group == literal(group, plan.group_kind))
    return sa.and_(sa.true(), *tests)


def _scans(named: Mapping[str, MeasureDef]) -> Iterable[dict[str, MeasureDef]]:
    """Return the measures that one SELECT computes together: those over one form with the same groups."""
    together: dict[object, dict[str, MeasureDef]] = {}
    for name, measure in named.items():
        by = measure.by or (measure.during if measure.by_period else None)
        alike = measure.of, by and by.text, by and by.tree, measure.by_period
        together.setdefault(alike, {})[name] = measure
    return together.values()


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


def _plan(session: Session, source: Source, measure: MeasureDef, cycle: Span) -> Plan | None:
    """Return how the database computes a measure, or None when it cannot."""
    try:
        return Plan(session, source, measure, cycle)
    except NoSqlForm:
        return None


class Plan:
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
            return period_of(self.source, by, measure.by_period), Kind.DATE
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


def period_of(source: Source, by: Checked, unit: str) -> Sql:
    """Return the first day of the period in which a date, or the local date of a moment, lies."""
    forms, day = forms_of(source.dialect), source.expr(by)
    if by.type.kind is Kind.DATETIME:
        day = forms.local_date(day, source.app.context.time_zone)
    return forms.period_start(day, unit)


def _run(
    session: Session, source: Source, plans: Mapping[str, Plan], seen: ColumnElement[bool] | None
) -> dict[str, Figure]:
    """Compute the measures of one scan."""
    first, only = next(iter(plans.values())), len(plans) == 1
    columns: list[Sql] = [] if first.group is None else [first.group]
    for plan in plans.values():
        columns += plan.aggregate.columns(None if only else plan.tests)
    query = source.select(*(column.label(f"c{place}") for place, column in enumerate(columns)))
    query = query.where(*([] if seen is None else [seen]), *(first.tests if only else _shared(plans.values())))
    if first.group is None:
        row = session.execute(query).one()
        return {name: plan.aggregate.figure(Figure, part) for name, plan, part in _parts(plans, row)}
    groups: dict[str, list[Group]] = {name: [] for name in plans}
    for row in session.execute(query.group_by(sa.text("1"))):
        for name, plan, part in _parts(plans, row[1:]):
            figure = plan.aggregate.figure(Figure, part)
            groups[name] += [Group(row[0], figure.value, figure.count)] if figure.count else []
    return {name: grouped(found) for name, found in groups.items()}


def _shared(plans: Iterable[Plan]) -> list[ColumnElement[bool]]:
    """Return a condition that lets an index narrow the one scan: every record must count for some measure."""
    tests = [plan.tests for plan in plans]
    if any(not test for test in tests):
        return []
    first = tests[0]
    return [test for test in first if all(any(test.compare(other) for other in rest) for rest in tests[1:])]


def _parts(plans: Mapping[str, Plan], row: Sequence[Any]) -> Iterable[tuple[str, Plan, Sequence[Any]]]:
    """Yield each measure with its own columns of a row."""
    place = 0
    for name, plan in plans.items():
        width = plan.aggregate.width
        yield name, plan, row[place : place + width]
        place += width


__all__ = ["Figure", "Group", "compute", "where_of"]
