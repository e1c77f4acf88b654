"""Rules with triggers, looked at moment by moment: one query for each step of time, at the moments the rule would have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.backtest.crossings import Crossing, concerning, is_look
from engine.alerts.backtest.episodes import Episode, Lives
from engine.alerts.holding import begins, has_events, is_by_calendar, subjects_of, test_of, triggers_of
from engine.alerts.schedule import next_due
from engine.changes import Change
from engine.config.defs import AlertRuleDef
from engine.people import SYSTEM
from engine.sql.fallback import condition_of
from engine.sql.source import Source
from engine.tables import HISTORY_ID
from engine.triggers import Watch
from rules.compiled import compiled

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Changes of records that are looked at one by one; with more of them, those between two looks are seen at the next.
CHANGES = 5_000


@dataclass(frozen=True)
class PastWatch(Watch):
    """A rule at a moment that is over: records as they were then."""

    @property
    def as_of(self) -> datetime:
        """Return the moment itself."""
        return self.now

    def source_of(self, form: str) -> Source:
        """Return the records of a form as they were."""
        dialect = self.session.get_bind().dialect.name
        return Source(self.live.app, self.live.tables, form, dialect, self.now, SYSTEM, at=self.now)


def walk(
    session: Session, live: Live, rule: AlertRuleDef, at: datetime, end: datetime, lives: Lives, most: int
) -> tuple[datetime | None, list[Episode]]:
    """Go on from a moment for so many steps; return where to go on next (None: at the end), and the episodes."""
    found: list[Episode] = []
    now: datetime | None = at
    each_change = bool(rule.form) and rule.on_change and not rule.by_occasion
    each_change = each_change and _changes(session, live, rule, at, end) <= CHANGES
    while now is not None and most > 0:
        is_full = not each_change or now == lives.start or _is_planned(session, live, rule, now)
        found += _look(session, live, rule, now, lives, None if is_full else _touched(session, live, rule, now))
        now, most = _next(session, live, rule, now, end, each_change=each_change), most - 1
    return now, found


def _is_planned(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> bool:
    """Tell whether all records were looked at then, and not only those that changed."""
    before = PastWatch(session, live, rule, now - timedelta(microseconds=1))
    if is_by_calendar(rule):
        return _is_occasion(replace(before, now=now))
    listed = (trigger.next_at(before, given, None) for trigger, given in triggers_of(rule))
    return is_look(rule, now, live.app.context.time_zone) or now in listed


def _touched(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> set[int]:
    """Return the records that changed then in something that the rule reads."""
    history = live.tables.history(rule.form)
    lines = (history.c.valid_from == now, history.c[HISTORY_ID].in_(concerning(live, rule)))
    return set(session.scalars(sa.select(history.c.id).where(*lines)))


def _look(
    session: Session, live: Live, rule: AlertRuleDef, now: datetime, lives: Lives, only: set[int] | None
) -> list[Episode]:
    """Look at all records at a moment, or at those that changed then."""
    watch = PastWatch(session, live, rule, now)
    if has_events(rule):
        return [Episode(id_, now, now, now) for id_ in _happened(watch)]
    if rule.by_occasion and not _is_occasion(watch):
        return []
    if not rule.form:
        return _without_records(watch, lives)
    holding = set(session_ids(watch, watch.source, test_of(watch)))
    if rule.by_occasion:
        return [Episode(id_, now, now, now) for id_ in sorted(holding)]
    over = lives.began.keys() - (_until(watch, rule, lives, now) if rule.until is not None else holding)
    if only is not None:
        # Alerts that begin at times of the calendar are ended by a change, and not begun.
        over, holding = over & only, holding & (lives.began.keys() if is_by_calendar(rule) else only)
    crossings = [Crossing(id_, now, False, True) for id_ in sorted(over)]
    crossings += [Crossing(id_, now, True, False) for id_ in sorted(holding - lives.began.keys())]
    return lives.pass_on(crossings)


def _is_occasion(watch: Watch) -> bool:
    """Tell whether a moment is a time of the calendar that the rule fires at, and not only where the look begins."""
    just_before = watch.now - timedelta(microseconds=1)
    found = (t.occasions(watch.clock, given, just_before, watch.now) for t, given in triggers_of(watch.rule))
    return any(found)


def _without_records(watch: Watch, lives: Lives) -> list[Episode]:
    """Look at a rule that watches a figure, people, or nothing but the calendar."""
    rule, now = watch.rule, watch.now
    holding = {id_ for id_, facts in subjects_of(watch, met=True).items() if begins(rule, facts)}
    if rule.by_occasion:
        return [Episode(id_, now, now, now) for id_ in sorted(holding)]
    firing = {id_ for id_, since in lives.began.items() if rule.until is not None and since + lives.hold <= now}
    ended = _ended(watch, firing) if firing else set[int]()
    over = (lives.began.keys() - firing - holding) | ended
    crossings = [Crossing(id_, now, False, True) for id_ in sorted(over)]
    crossings += [Crossing(id_, now, True, False) for id_ in sorted(holding - lives.began.keys())]
    return lives.pass_on(crossings)


def _ended(watch: Watch, firing: set[int]) -> set[int]:
    """Return those of which what ends a firing alert is met, and those who are no longer watched."""
    assert watch.rule.until is not None
    until, known = compiled(watch.rule.until), subjects_of(watch, sorted(firing))
    return {id_ for id_ in firing if id_ not in known or until(known[id_])}


def _happened(watch: Watch) -> list[int]:
    """Return the records with which something happened at this very moment that the rule fires at."""
    mine = (Change.app_key == watch.live.key, Change.form == watch.rule.form, Change.at == watch.now)
    changed = [id_ for id_ in watch.session.scalars(sa.select(Change.record_id).where(*mine).distinct()) if id_]
    met = {id_ for trigger, given in triggers_of(watch.rule) for id_ in trigger.happened(watch, given, changed)}
    wanted = watch.source.table.c.id.in_(sorted(met))
    return sorted(session_ids(watch, watch.source, sa.and_(wanted, test_of(watch)))) if met else []


def _until(watch: Watch, rule: AlertRuleDef, lives: Lives, now: datetime) -> set[int]:
    """Return the open records that go on although the condition may no longer hold, because what ends them does not."""
    assert rule.until is not None
    source = watch.source_of(rule.form)
    going = set(
        session_ids(watch, source, ~sa.func.coalesce(condition_of(watch.session, source, rule.until), sa.false()))
    )
    holding = set(session_ids(watch, watch.source, test_of(watch)))
    firing = {id_ for id_, since in lives.began.items() if since + lives.hold <= now}
    return {id_ for id_ in lives.began if id_ in (going if id_ in firing else holding)}


def session_ids(watch: Watch, source: Source, condition: sa.ColumnElement[bool]) -> Iterator[int]:
    """Go through the ids of the records for which a condition holds; its joins are known by now."""
    yield from watch.session.scalars(source.select(source.table.c.id).where(condition))


def _next(
    session: Session, live: Live, rule: AlertRuleDef, now: datetime, end: datetime, *, each_change: bool
) -> datetime | None:
    watch, zone = PastWatch(session, live, rule, now), live.app.context.time_zone
    if has_events(rule):
        return _next_event(session, live, rule, now, end)
    due: list[datetime | None] = [next_due(now, rule.every_minutes, zone)]
    listed = [trigger.next_occasion(watch.clock, given, now) for trigger, given in triggers_of(rule)]
    if is_by_calendar(rule):
        due = list(listed)
    else:
        due += [trigger.next_at(watch, given, None) for trigger, given in triggers_of(rule)]
    due.append(_next_change(session, live, rule, now) if each_change else None)
    first = min((one for one in due if one is not None and one > now), default=None)
    return first if first is not None and first <= end else None


def _next_event(session: Session, live: Live, rule: AlertRuleDef, now: datetime, end: datetime) -> datetime | None:
    mine = (Change.app_key == live.key, Change.form == rule.form, Change.at > now, Change.at <= end)
    found: datetime | None = session.scalar(sa.select(sa.func.min(Change.at)).where(*mine))
    return found


def _next_change(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> datetime | None:
    column = live.tables.history(rule.form).c.valid_from
    found: datetime | None = session.scalar(sa.select(sa.func.min(column)).where(column > now))
    return found


def _changes(session: Session, live: Live, rule: AlertRuleDef, start: datetime, end: datetime) -> int:
    column = live.tables.history(rule.form).c.valid_from
    return session.scalar(sa.select(sa.func.count()).where(column > start, column <= end)) or 0
