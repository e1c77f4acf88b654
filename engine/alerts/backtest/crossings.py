"""When a condition began and stopped to hold, for all records of a form over a stretch of time: one query each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from engine.alerts.backtest.moments import MomentSource, listed
from engine.alerts.dependents import stored
from engine.alerts.holding import reads_of
from engine.alerts.schedule import next_due
from engine.config.defs import AlertRuleDef
from engine.db import UtcDateTime
from engine.sql.fallback import values_of
from engine.sql.functions import NoSqlForm
from engine.sql.source import Source
from engine.tables import HISTORY_ID
from rules.checked import Checked
from rules.types import Kind

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Most (record, moment) pairs looked at in one query, and most moments.
PAIRS, MOMENTS = 400_000, 500


@dataclass(frozen=True, slots=True)
class Crossing:
    """From `at` on the condition holds or not, and is over (what ends an episode) or not."""

    record_id: int
    at: datetime
    holds: bool
    over: bool


def grid(live: Live, rule: AlertRuleDef, start: datetime, end: datetime) -> list[datetime]:
    """Return the moments at which a rule would have been evaluated over all records, from `start` to `end`.

    Where the answer cannot change between two days, or not without a change of the record itself, fewer are enough.
    """
    zone = live.app.context.time_zone
    if rule.on_change and not _reads_beyond(rule):
        found = _midnights(start, end, zone) if _reads(rule) & {"today", "days_in_stage"} else []
        if "now" not in _reads(rule):
            return [start, *(one for one in found if start < one < end), end]
    found, at = [start], start
    while (at := next_due(at, rule.every_minutes, zone)) < end:
        found.append(at)
    return [*found, end]


def is_look(rule: AlertRuleDef, at: datetime, zone: str) -> bool:
    """Tell whether a rule is evaluated over all records at this very moment."""
    return next_due(at - timedelta(microseconds=1), rule.every_minutes, zone) == at


def _conditions(rule: AlertRuleDef) -> list[Checked]:
    until: Checked | None = getattr(rule, "until", None)
    return [rule.when, until] if until is not None else [rule.when]


def _reads(rule: AlertRuleDef) -> set[str]:
    return {path[-1] for condition in _conditions(rule) for path in condition.reads}


def _reads_beyond(rule: AlertRuleDef) -> bool:
    """Tell whether a condition reads other records, whose changes are seen on the grid alone."""
    return any(len(path) > 1 and path[0] != "me" for condition in _conditions(rule) for path in condition.reads)


def _midnights(start: datetime, end: datetime, zone: str) -> list[datetime]:
    local, found = ZoneInfo(zone), list[datetime]()
    day = start.astimezone(local).date()
    while True:
        day += timedelta(days=1)
        at = datetime(day.year, day.month, day.day, tzinfo=local).astimezone(start.tzinfo)
        if at >= end:
            return found
        found.append(at)


def portions(session: Session, live: Live, form: str, moments: Sequence[datetime]) -> list[Sequence[datetime]]:
    """Cut moments into portions for one query each; a portion begins where the one before ends."""
    lines = session.scalar(sa.select(sa.func.count()).select_from(live.tables.current(form))) or 1
    size = max(1, min(MOMENTS, PAIRS // max(1, lines)))
    return [moments[first : first + size + 1] for first in range(0, max(1, len(moments) - 1), size)]


def crossings(session: Session, live: Live, rule: AlertRuleDef, moments: Sequence[datetime]) -> Iterator[Crossing]:
    """Yield what changed between the first and the last of these moments, in the order of time.

    What already holds at the first moment begins there. A function that the database does not know is evaluated record
    by record, at each moment.
    """
    try:
        query = _query(live, rule, session.get_bind().dialect.name, moments)
    except NoSqlForm:
        yield from _one_by_one(session, live, rule, moments)
        return
    for id_, at, holds, over in session.execute(query):
        yield Crossing(id_, at, bool(holds), bool(over))


def _query(live: Live, rule: AlertRuleDef, dialect: str, moments: Sequence[datetime]) -> Select[Any]:
    zone = live.app.context.time_zone
    looks = [_looks(rule, MomentSource(live, rule.form, dialect, listed(moments, zone)))]
    if rule.on_change:
        source = MomentSource(live, rule.form, dialect)
        inside = (source.table.c.valid_from > moments[0]) & (source.table.c.valid_from <= moments[-1])
        looks.append(_looks(rule, source).where(inside, source.table.c[HISTORY_ID].in_(concerning(live, rule))))
    seen = sa.union_all(*looks).subquery("seen")
    order: dict[str, Any] = {"partition_by": seen.c.id, "order_by": seen.c.at}
    before = sa.func.lag(seen.c.holds).over(**order), sa.func.lag(seen.c.over).over(**order)
    lined = sa.select(seen, before[0].label("held"), before[1].label("was_over")).subquery("lined")
    first = lined.c.held.is_(None) & (lined.c.holds == 1)
    changed = first | (lined.c.holds != lined.c.held) | (lined.c.over != lined.c.was_over)
    columns = (lined.c.id, lined.c.at, lined.c.holds, lined.c.over)
    return sa.select(*columns).where(changed).order_by(lined.c.at, lined.c.id)


def concerning(live: Live, rule: AlertRuleDef) -> Select[Any]:
    """Return the lines of history that a rule is looked at for: a read field changed, or the record came or went."""
    history = live.tables.history(rule.form)
    order: dict[str, Any] = {"partition_by": history.c.id, "order_by": history.c[HISTORY_ID]}
    read = {stored(path[0]) for path in reads_of(rule)} & set(history.c.keys()) | {"deleted_at"}
    pairs = [(history.c[key], sa.func.lag(history.c[key]).over(**order).label(f"was_{key}")) for key in sorted(read)]
    number = sa.func.row_number().over(**order).label("number")
    lines = sa.select(history.c[HISTORY_ID], number, *(one for pair in pairs for one in pair)).subquery("lines")
    changed = [lines.c[key].is_distinct_from(lines.c[f"was_{key}"]) for key in sorted(read)]
    return sa.select(lines.c[HISTORY_ID]).where(sa.or_(lines.c.number == 1, *changed))


def _looks(rule: AlertRuleDef, source: MomentSource) -> Select[Any]:
    """Return (id, at, holds, over) for each record and moment; a deleted record holds nothing."""
    alive = source.table.c.deleted_at.is_(None)
    holds = sa.and_(alive, source.condition(rule.when))
    until: Checked | None = getattr(rule, "until", None)
    over = sa.or_(~alive, source.condition(until)) if until is not None else None
    flag = _flag(holds if over is None else sa.and_(holds, ~sa.func.coalesce(over, sa.false())))
    ended = sa.literal_column("1", sa.Integer) - flag if over is None else _flag(over)
    at = sa.type_coerce(source.column(("now",)), UtcDateTime()).label("at")
    return source.select(source.table.c.id, at, flag.label("holds"), ended.label("over"), deleted=True)


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.case((condition, sa.literal_column("1", sa.Integer)), else_=sa.literal_column("0", sa.Integer))


def _one_by_one(session: Session, live: Live, rule: AlertRuleDef, moments: Sequence[datetime]) -> Iterator[Crossing]:
    before: dict[int, tuple[bool, bool]] = {}
    for at in moments:
        seen = dict(_seen(session, live, rule, at))
        gone = dict.fromkeys(before.keys() - seen.keys(), (False, True))
        for id_, (holds, over) in sorted((seen | gone).items()):
            if before.get(id_, (False, True)) != (holds, over):
                yield Crossing(id_, at, holds, over)
        before = seen


def _seen(session: Session, live: Live, rule: AlertRuleDef, at: datetime) -> Iterator[tuple[int, tuple[bool, bool]]]:
    until: Checked | None = getattr(rule, "until", None)
    found = [dict(_values(session, live, rule.form, condition, at)) for condition in _conditions(rule)]
    for id_, holds in found[0].items():
        over = found[1].get(id_) is True if until is not None else holds is not True
        yield id_, (holds is True and not over, over)


def _values(session: Session, live: Live, form: str, condition: Checked, at: datetime) -> Iterator[tuple[int, object]]:
    source = Source(live.app, live.tables, form, session.get_bind().dialect.name, at, at=at)
    assert condition.type.kind is Kind.YES_NO
    return values_of(session, source, condition)
