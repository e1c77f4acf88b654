"""The records behind a figure: which measure a link names, and how many of its records a person may open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.config.defs import KeyResultDef, MeasureDef, OkrDef
from engine.errors import NotFound
from engine.okr.cycle import Span, span_of
from engine.okr.objectives import measures_of
from engine.sql.measures import Figure, compute, where_of
from engine.sql.source import Source

if TYPE_CHECKING:
    from engine.people import User
    from engine.releases.live import Live


@dataclass(frozen=True, slots=True)
class Behind:
    """A measure to open: `total` records are behind its figure, `visible` of them may be listed for this person."""

    measure: MeasureDef
    cycle: Span
    total: int
    visible: int


@dataclass(frozen=True, slots=True)
class MeasureValue:
    """A figure and where it is declared: on the app, on an OKR page, or on one of its key results."""

    okr: str
    key_result: str
    measure: MeasureDef
    figure: Figure


def behind(
    session: Session,
    live: Live,
    okr: OkrDef,
    key_result: str,
    measure: str,
    user: User,
    now: datetime,
    at: datetime | None = None,
) -> Behind:
    """Return what is behind a number of a key result (or of the page itself, without a key result)."""
    found = measure_named(live, okr, key_result, measure)
    moment = at or now
    cycle = span_of(okr.cycle, moment, live.app.context.time_zone)
    total = compute(session, live, {measure: found}, cycle, moment, at=at)[measure].count
    visible = compute(session, live, {measure: found}, cycle, moment, user, at)[measure].count
    return Behind(found, cycle, total, visible)


def first_behind(
    session: Session, live: Live, okr: OkrDef, key_result: str, measure: str, now: datetime, limit: int
) -> tuple[MeasureDef, int, list[int]]:
    """Return (measure, number of records, ids of the first of them), whoever may see them: the caller leaves out what not."""
    found = measure_named(live, okr, key_result, measure)
    cycle = span_of(okr.cycle, now, live.app.context.time_zone)
    total = compute(session, live, {measure: found}, cycle, now)[measure].count
    source = Source(live.app, live.tables, found.of, session.get_bind().dialect.name, now)
    test = where_of(session, source, found, cycle)  # before the select: it asks for joins
    id_ = source.table.c.id
    return found, total, list(session.scalars(source.select(id_).where(test).order_by(id_).limit(limit)))


def measure_named(live: Live, okr: OkrDef, key_result: str, measure: str) -> MeasureDef:
    """Return a measure by name, as a key result reads it; NotFound when there is none."""
    known = {**live.app.measures, **okr.measures}
    if key_result:
        known = dict(measures_of(live, okr, key_result_named(okr, key_result)))
    if measure not in known:
        raise NotFound("measure", measure)
    return known[measure]


def key_result_named(okr: OkrDef, key: str) -> KeyResultDef:
    """Return a key result of an OKR page; NotFound when there is none."""
    for objective in okr.objectives:
        for one in objective.key_results:
            if one.key == key:
                return one
    raise NotFound("key result", key)


def all_measures(session: Session, live: Live, now: datetime, at: datetime | None = None) -> list[MeasureValue]:
    """Return the figures of every measure that an app declares, over all records; those of the app have no cycle."""
    moment, found = at or now, []
    for okr, cycle, named in _declared(live, moment):
        figures = compute(session, live, {f"{kr}.{key}": one for (kr, key), one in named.items()}, cycle, moment, at=at)
        found += [MeasureValue(okr, kr, one, figures[f"{kr}.{key}"]) for (kr, key), one in named.items()]
    return found


def _declared(live: Live, now: datetime) -> Iterator[tuple[str, Span, dict[tuple[str, str], MeasureDef]]]:
    """Yield (OKR key, cycle, measures by key result and key), the app's own first."""
    yield "", Span(), {("", key): one for key, one in live.app.measures.items()}
    for okr in live.app.okrs.values():
        named = {("", key): one for key, one in okr.measures.items()}
        for objective in okr.objectives:
            for kr in objective.key_results:
                named |= {(kr.key, key): one for key, one in kr.measures.items()}
        yield okr.key, span_of(okr.cycle, now, live.app.context.time_zone), named
