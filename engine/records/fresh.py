"""What derived fields ought to hold, as SQL: the same values that writing a record stores, for all records at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import iterate

from engine.records.computing import decimals_of, empty_rollups, stored_result
from engine.records.graph import Derived
from engine.releases.live import Live
from engine.sql.aggregates import Aggregate
from engine.sql.compile import Source
from engine.sql.dialects import forms_of
from engine.sql.fallback import values_of
from engine.sql.functions import NoSqlForm
from engine.sql.numbers import arithmetic, as_double, double
from rules.limits import MIN_NUMBER
from rules.rounding import NO_DECIMALS, factor
from rules.types import Kind, Type

#: Aggregates over doubles are rounded in Python, where the last digits do not depend on the order of adding.
_EXACT = frozenset({Kind.DATE, Kind.DATETIME})


def select_fresh(session: Session, live: Live, one: Derived, now: datetime) -> Select[Any] | None:
    """Select id and value of a derived field for its living records; None where SQL alone cannot tell it exactly."""
    try:
        return _rollup(session, live, one, now) if one.measure else _computed(session, live, one, now)
    except NoSqlForm:
        return None


def own_fresh(
    session: Session, live: Live, one: Derived, now: datetime
) -> tuple[ColumnElement[Any], ColumnElement[bool]] | None:
    """Return what a computed field ought to hold that reads its own record alone, and which records live; else None.

    A table is sooner updated by what each row says of itself than by what is selected from it.
    """
    if one.measure is not None:
        return None
    source = _source(session, live, one.form, now)
    try:
        value = computed_in(source, live, one)
    except NoSqlForm:
        return None
    if source.is_joined or any(isinstance(part, sa.SelectBase) for part in iterate(value)):
        return None
    return value, source.living


def fresh_values(session: Session, live: Live, one: Derived, now: datetime) -> Iterator[tuple[int, object, object]]:
    """Yield (id, what is stored, what ought to be) for the living records of a field that SQL alone cannot tell."""
    table = live.tables.current(one.form)
    stored = dict(
        session.execute(sa.select(table.c.id, table.c[one.field.key]).where(table.c.deleted_at.is_(None))).all()
    )
    if one.measure is None:
        assert one.field.expression is not None
        for id_, value in values_of(session, _source(session, live, one.form, now), one.field.expression):
            yield id_, stored[id_], stored_result(live, one, value)
        return
    figures = figures_of(session, live, one, now)
    nothing = empty_rollups(live, one.form)[one.field.key]
    for id_, value in stored.items():
        yield id_, value, figures.get(id_, nothing)


def figures_of(
    session: Session, live: Live, one: Derived, now: datetime, ids: list[int] | None = None
) -> dict[int, object]:
    """Return home id -> figure of a rollup, for homes that have records: of all, or of these."""
    assert one.measure is not None
    source = _source(session, live, one.base, now)
    home, aggregate = source.table.c[one.via], Aggregate(source, one.measure)
    columns = aggregate.columns(None)
    wanted: list[ColumnElement[bool]] = [home.is_not(None) if ids is None else home.in_(ids)]
    if one.measure.where is not None:
        wanted.append(source.condition(one.measure.where))
    found = session.execute(source.select(home, *columns).where(*wanted).group_by(home))
    return {row[0]: stored_result(live, one, aggregate.figure(_value, row[1:])) for row in found}


def _value(value: object, _count: int) -> object:
    return value


def _source(session: Session, live: Live, form: str, now: datetime) -> Source:
    return Source(live.app, live.tables, form, session.get_bind().dialect.name, now)


def _computed(session: Session, live: Live, one: Derived, now: datetime) -> Select[Any]:
    source = _source(session, live, one.form, now)
    return source.select(source.table.c.id, computed_in(source, live, one).label("fresh"), scan=True)


def computed_in(source: Source, live: Live, one: Derived) -> ColumnElement[Any]:
    """Return what a computed field ought to hold in the records of a source; NoSqlForm where SQL cannot tell."""
    assert one.field.expression is not None
    type_ = live.app.shapes[one.form][one.field.key]
    value, found = source.expr(one.field.expression), one.field.expression.type
    return _kept(value, found, type_, decimals_of(one.field), source.dialect)


def _kept(
    value: ColumnElement[Any], found: Type, type_: Type, decimals: int | None, dialect: str
) -> ColumnElement[Any]:
    """Return a value as its column keeps it: the SQL of `engine.records.env.stored`."""
    if found.kind not in (Kind.NUMBER, Kind.MONEY):
        return value
    if type_.kind is Kind.MONEY:
        minor = arithmetic("*", _rounded(as_double(value), type_.scale, dialect), double(10**type_.scale))
        return sa.cast(forms_of(dialect).floor(arithmetic("+", minor, double(0.5))), sa.BigInteger)
    number = as_double(value) if decimals is None else _rounded(as_double(value), decimals, dialect)
    return sa.case((sa.func.abs(number, type_=sa.Double) < double(MIN_NUMBER), double(0)), else_=number)


def _rounded(value: ColumnElement[Any], digits: int, dialect: str) -> ColumnElement[Any]:
    """Return a number rounded half away from zero: the SQL of `rules.rounding.half_away`."""
    scaled = arithmetic("*", sa.func.abs(value, type_=sa.Double), double(factor(digits)))
    whole = forms_of(dialect).floor(arithmetic("+", scaled, double(0.5)))
    found = arithmetic("/", whole, double(10.0**digits)) if digits else whole
    signed = arithmetic("*", sa.func.sign(value, type_=sa.Double), found)
    return sa.case((scaled >= double(NO_DECIMALS), value), else_=signed)


def _rollup(session: Session, live: Live, one: Derived, now: datetime) -> Select[Any] | None:
    """Counts, exact sums of money and dates need no rounding, so that SQL alone tells them."""
    assert one.measure is not None
    source = _source(session, live, one.base, now)
    aggregate, type_ = Aggregate(source, one.measure), live.app.shapes[one.form][one.field.key]
    nothing = empty_rollups(live, one.form)[one.field.key]
    counted, *rest = aggregate.columns(None)
    if aggregate.agg in ("count", "count_distinct") and type_.kind is Kind.NUMBER:
        figure = as_double(rest[0] if rest else counted)
    elif aggregate.agg == "sum" and type_.kind is Kind.MONEY and aggregate.scale == type_.scale:
        figure = sa.cast(rest[0], sa.BigInteger)
    elif aggregate.agg in ("min", "max") and type_.kind in _EXACT and aggregate.kind is type_.kind:
        figure = rest[0]
    else:
        return None
    home = source.table.c[one.via]
    wanted: list[ColumnElement[bool]] = [home.is_not(None)]
    if one.measure.where is not None:
        wanted.append(source.condition(one.measure.where))
    figures = source.select(home.label("home"), figure.label("figure")).where(*wanted).group_by(home).subquery()
    table = live.tables.current(one.form)
    column: ColumnElement[Any] = figures.c.figure
    kept = column if nothing is None else sa.func.coalesce(column, sa.literal(nothing, table.c[one.field.key].type))
    joined = sa.outerjoin(table, figures, table.c.id == figures.c.home)
    return sa.select(table.c.id, kept.label("fresh")).select_from(joined).where(table.c.deleted_at.is_(None))
