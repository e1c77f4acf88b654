"""Something is missing: no visit for 90 days, no check-in this week."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.config.defs import SpanDef
from engine.config.schema_parts import enum, obj, ref
from engine.okr.cycle import period_of
from engine.sql.fallback import condition_of
from engine.sql.literals import Sql, literal
from engine.sql.source import Source
from engine.triggers._base import Path, Trigger, Watch, field_kind, register, span_of, span_schema
from rules.checked import Checked
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot

PERIODS = ("week", "month", "quarter", "half_year", "year")
_DATES = (Kind.DATE, Kind.DATETIME)
#: Of people: whoever made or owns the related record stands for the record's owner.
_PEOPLE = (Kind.PERSON,)


@dataclass(frozen=True, slots=True)
class Missing:
    """No record of `form` whose `via` leads here, with `date` within `span` or the running `period`."""

    form: str
    via: str
    date: str
    where: Checked | None
    since: str
    span: SpanDef | None
    period: str
    by_person: bool


@register
class Absent(Trigger):
    """No related record for so long, or in the running week, month …; it ends as soon as there is one."""

    key = "missing"
    schema = obj(
        {
            "form": ref("name", "Form of what is missing."),
            "via": ref("name", "Reference there that leads to the watched record, or a person field: the owner's."),
            "date": ref("name", "Date or datetime there that counts; created_at without it."),
            "where": ref("expression", "Which of them count."),
            "for": span_schema("Missing for so long."),
            "in": enum(PERIODS, "Missing in the running week, month …."),
            "since": ref("name", "Date here from which it counts at the earliest; created_at without it."),
        },
        ("form", "via"),
        "Something is missing.",
    )

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        if not desk.named(spot["form"], desk.forms, "form.unknown", N_("There is no form “{name}”.")):
            return
        form, there = rule["form"].text, spot["form"].text
        shape = desk.shapes.promised.get(there, {})
        leads = [k for k, t in shape.items() if t.kind in _PEOPLE or (t.kind is Kind.REFERENCE and t.form == form)]
        template = N_("“{name}” is no reference of that form which leads here, and no person field.")
        desk.named(spot["via"], leads, "field.unknown", template)
        field_kind(desk, there, spot["date"], _DATES)
        field_kind(desk, form, spot["since"], _DATES)
        desk.condition(spot["where"], desk.scope(there))
        if spot["for"].is_given == spot["in"].is_given:
            desk.add(spot.fault("alert.missing", N_("Write “for” or “in”: missing for how long, or in which period?")))

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        shape = desk.shapes.promised[spot["form"].text]
        return Missing(
            spot["form"].text,
            spot["via"].text,
            spot["date"].text or "created_at",
            desk.condition(spot["where"], desk.scope(spot["form"].text)),
            spot["since"].text or "created_at",
            span_of(spot["for"]),
            spot["in"].text,
            shape[spot["via"].text].kind in _PEOPLE,
        )

    def reads(self, given: Missing) -> frozenset[Path]:
        return frozenset({(given.since,), ("owner",)} if given.by_person else {(given.since,)})

    def condition(self, watch: Watch, given: Missing) -> ColumnElement[bool]:
        here, there = watch.source, watch.source_of(given.form)
        since = here.table.c[given.since]
        old = sa.or_(since.is_(None), self._until(watch, given, since, here.type_of((given.since,)).kind))
        mine = here.table.c["owner" if given.by_person else "id"]
        via, enough = there.table.c[given.via], self._enough(watch, given, there)
        if given.form == here.form:  # a table beside itself: the inner one must not be taken for the outer one
            return sa.and_(old, mine.not_in(there.select(via).where(via.is_not(None), *enough).correlate(None)))
        return sa.and_(old, ~there.select(via).where(via == mine, *enough).correlate(here.table).exists())

    def _enough(self, watch: Watch, given: Missing, there: Source) -> list[ColumnElement[bool]]:
        """Return the conditions of the related records that count."""
        kind = there.type_of((given.date,)).kind
        tests = [~self._until(watch, given, there.table.c[given.date], kind)]
        return tests if given.where is None else [*tests, condition_of(watch.session, there, given.where)]

    def _until(self, watch: Watch, given: Missing, column: Sql, kind: Kind) -> ColumnElement[bool]:
        """Return the condition that a date lies too far back."""
        if given.span is not None:
            latest: datetime | date = (
                watch.clock.latest_day(watch.now, given.span, time())
                if kind is Kind.DATE
                else watch.clock.latest(watch.now, given.span)
            )
            return column <= literal(latest, kind)
        first = _first(watch.clock.today(watch.now), given.period)
        return column < literal(first if kind is Kind.DATE else watch.clock.at(first, time()), kind)

    def concerned(self, watch: Watch, given: Missing, form: str, ids: Collection[int]) -> Collection[int]:
        if form != given.form:
            return ()
        there = watch.live.tables.current(form)
        found = set(watch.session.scalars(sa.select(there.c[given.via]).where(there.c.id.in_(ids)))) - {None}
        if not given.by_person or not found:
            return found
        here = watch.source
        return set(watch.session.scalars(here.select(here.table.c.id).where(here.table.c.owner.in_(found))))


def _first(today: date, period: str) -> date:
    """Return the first day of the running period."""
    if period == "week":
        return date.fromordinal(today.toordinal() - today.weekday())
    first = period_of(today, period).start
    assert first is not None, "a period of the calendar has a first day"
    return first
