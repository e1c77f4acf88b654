"""A time relative to a date of the record: three working days before it is due, eight hours after it came in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.clock import negative
from engine.config.defs import SpanDef
from engine.config.schema_parts import obj, ref
from engine.sql.fallback import among, values_of
from engine.sql.functions import NoSqlForm
from engine.sql.literals import Sql, literal
from engine.triggers._base import Path, Trigger, Watch, register, span_of, span_schema, time_of, time_schema
from rules.checked import Checked
from rules.compiled import compiled
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot

MIDNIGHT = time()
NOW = SpanDef(0, "minutes")


@dataclass(frozen=True, slots=True)
class At:
    """`of` is a date or a datetime; `span` is negative for “before”; `keep` ends it again."""

    of: Checked
    span: SpanDef
    of_day: time | None
    keep: SpanDef | None

    @property
    def is_day(self) -> bool:
        return self.of.type.kind is Kind.DATE


def bound_of(watch: Watch, given: At, now: datetime) -> datetime | date:
    """Return the latest value whose moment is not after `now`."""
    if given.is_day:
        return watch.clock.latest_day(now, given.span, given.of_day or MIDNIGHT)
    return watch.clock.latest(now, given.span, given.of_day)


def moment_of(watch: Watch, given: At, value: object) -> datetime | None:
    """Return the moment that belongs to a value."""
    if isinstance(value, datetime):
        return watch.clock.due(value, given.span, given.of_day)
    if isinstance(value, date):
        return watch.clock.day_later(value, given.span, given.of_day or MIDNIGHT)
    return None


@register
class Relative(Trigger):
    """Before or after a date or datetime of the record, at a time of day where one is given."""

    key = "at"
    schema = obj(
        {
            "field": ref("expression", "Date or datetime of the record, or behind a reference."),
            "after": span_schema("So long after it."),
            "before": span_schema("So long before it."),
            "time": time_schema("At this time of that day, in the app's time zone; a date alone means midnight."),
            "keep": span_schema("How long it stays open; until the condition ends it without this."),
        },
        ("field",),
        "A time relative to a date of the record.",
    )

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        found = desk.expression(spot["field"], desk.scope(rule["form"].text))
        if found and found.type.kind not in (Kind.DATE, Kind.DATETIME):
            desk.add(spot["field"].fault("alert.date", N_("A time relative to something needs a date or a datetime.")))
        if spot["after"].is_given and spot["before"].is_given:
            desk.add(spot.fault("alert.at", N_("Write “after” or “before”, not both.")))

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        of = desk.expression(spot["field"], desk.scope(rule["form"].text))
        assert of is not None, "a config with errors is not built"
        before = span_of(spot["before"])
        span = negative(before) if before else span_of(spot["after"]) or NOW
        return At(of, span, time_of(spot["time"]), span_of(spot["keep"]))

    def reads(self, given: At) -> frozenset[Path]:
        return given.of.reads

    def condition(self, watch: Watch, given: At) -> ColumnElement[bool]:
        try:
            return self._test(watch, given, watch.source.expr(given.of))
        except NoSqlForm:
            bound, after = bound_of(watch, given, watch.now), self._after(watch, given)
            values = values_of(watch.session, watch.source, given.of)
            met = [id_ for id_, one in values if _is_met(one, bound, after)]
            return among(watch.source, met)

    def _test(self, watch: Watch, given: At, column: Sql) -> ColumnElement[bool]:
        kind = given.of.type.kind
        found = column <= literal(bound_of(watch, given, watch.now), kind)
        after = self._after(watch, given)
        return found if after is None else sa.and_(found, column > literal(after, kind))

    def _after(self, watch: Watch, given: At) -> datetime | date | None:
        """Return the value up to which it is over again, unless nobody looked since."""
        if given.keep is None:
            return None
        gone = watch.clock.latest(watch.now, given.keep)
        return bound_of(watch, given, gone if watch.since is None else min(gone, watch.since))

    def begins_at(self, watch: Watch, given: At, facts: Mapping[str, object]) -> datetime | None:
        return moment_of(watch, given, compiled(given.of)(facts))

    def next_at(self, watch: Watch, given: At, ids: Collection[int] | None = None) -> datetime | None:
        if len(next(iter(given.of.reads), ())) != 1 or given.of.tree.__class__.__name__ != "Name":
            return None
        column = watch.source.expr(given.of)
        later = column > literal(bound_of(watch, given, watch.now), given.of.type.kind)
        query = watch.source.select(sa.func.min(column)).where(later)
        query = query if ids is None else query.where(watch.source.table.c.id.in_(ids))
        return moment_of(watch, given, watch.session.scalar(query))


def _is_met(value: object, bound: datetime | date, after: datetime | date | None) -> bool:
    if not isinstance(value, date):
        return False
    return value <= bound and (after is None or value > after)
