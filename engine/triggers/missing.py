"""Something is missing: no visit for 90 days, no check-in this week; of a record, or of each of some people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.config.defs import SpanDef
from engine.config.schema_parts import array, enum, obj, ref, text
from engine.okr.cycle import period_of
from engine.people import Person
from engine.sql.fallback import condition_of
from engine.sql.literals import Sql, literal
from engine.sql.source import Source
from engine.triggers._base import TRIGGERS, Path, Trigger, Watch, field_kind, register, span_of, span_schema
from engine.triggers._people import NAMES, build_people, check_people, facts_of_people, named
from rules.checked import Checked
from rules.errors import N_
from rules.scope import Shape
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
    #: Words that name the people who are watched, instead of records.
    people: tuple[str, ...] = ()


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
            "people": array(
                text("role:…, team:…, person:… or okr:…"),
                "Watched instead of records: each of these people, for whom “via” is a person field.",
            ),
        },
        ("form", "via"),
        "Something is missing.",
    )

    lasts = True

    def watches_records(self, spot: Spot) -> bool:
        return not spot["people"].is_given

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        if not desk.named(spot["form"], desk.forms, "form.unknown", N_("There is no form “{name}”.")):
            return
        form, there = rule["form"].text, spot["form"].text
        shape, of_people = desk.shapes.promised.get(there, {}), not self.watches_records(spot)
        leads = [k for k, t in shape.items() if t.kind in _PEOPLE or (t.kind is Kind.REFERENCE and t.form == form)]
        template = N_("“{name}” is no reference of that form which leads here, and no person field.")
        if of_people:
            template = N_("“{name}” is no person field of that form.")
            self._check_people(desk, rule, spot)
        else:
            field_kind(desk, form, spot["since"], _DATES)
        desk.named(spot["via"], leads, "field.unknown", template)
        field_kind(desk, there, spot["date"], _DATES)
        desk.condition(spot["where"], desk.scope(there))
        if spot["for"].is_given == spot["in"].is_given:
            desk.add(spot.fault("alert.missing", N_("Write “for” or “in”: missing for how long, or in which period?")))

    def _check_people(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        check_people(desk, spot["people"])
        if spot["since"].is_given:
            template = N_("Who is watched is known by “people”; “since” names a date of a record.")
            desk.add(spot["since"].fault("alert.people", template))
        if spot["in"].is_given and not rule["schedule"].is_given:
            template = N_("When is it looked for in the {period}? Write “schedule”, such as every Friday at 16:00.")
            desk.add(spot.fault("alert.people", template, period=spot["in"].text))
        for key in TRIGGERS:
            if key not in (self.key, "schedule") and rule[key].is_given:
                template = N_("What is missing of people goes with “schedule” alone, not with “{trigger}”.")
                desk.add(rule[key].fault("alert.people", template, trigger=key))

    def names(self, desk: Desk, rule: Spot, spot: Spot) -> Shape:
        return {} if self.watches_records(spot) else NAMES

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
            build_people(desk, spot["people"]),
        )

    def reads(self, given: Missing) -> frozenset[Path]:
        if given.people:
            return frozenset()
        return frozenset({(given.since,), ("owner",)} if given.by_person else {(given.since,)})

    def condition(self, watch: Watch, given: Missing) -> ColumnElement[bool] | None:
        if given.people:
            return None
        here, there = watch.source, watch.source_of(given.form)
        since = here.table.c[given.since]
        old = sa.or_(since.is_(None), self._until(watch, given, since, here.type_of((given.since,)).kind))
        mine = here.table.c["owner" if given.by_person else "id"]
        via, enough = there.table.c[given.via], self._enough(watch, given, there)
        if given.form == here.form:  # a table beside itself: the inner one must not be taken for the outer one
            return sa.and_(old, mine.not_in(there.select(via).where(via.is_not(None), *enough).correlate(None)))
        return sa.and_(old, ~there.select(via).where(via == mine, *enough).correlate(here.table).exists())

    def subjects(
        self, watch: Watch, given: Missing, ids: Collection[int] | None = None, *, met: bool
    ) -> Mapping[int, Mapping[str, object]] | None:
        if not given.people:
            return None
        wanted = named(watch.live.key, given.people)
        if met:
            wanted = sa.and_(wanted, self._missed(watch, given))
        return facts_of_people(watch.session, wanted, ids)

    def _missed(self, watch: Watch, given: Missing) -> ColumnElement[bool]:
        """Return the condition of the people of whom nothing is there, and who were here when it had to be."""
        there = watch.source_of(given.form)
        via, since = there.table.c[given.via], Person.created_at
        old = sa.or_(since.is_(None), self._until(watch, given, sa.type_coerce(since, since.type), Kind.DATETIME))
        found = there.select(via).where(via == Person.id, *self._enough(watch, given, there))
        return sa.and_(old, ~found.correlate(Person).exists())

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
        if not given.by_person or given.people or not found:
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
