"""For which records a rule holds: its condition and its triggers, over all records or for a few of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from engine.alerts import audience, texts
from engine.alerts.facts import FactReader, Facts, Path, facts_of
from engine.alerts.rows import Alert
from engine.alerts.state import OPEN
from engine.config.defs import AlertRuleDef
from engine.sql.fallback import condition_of
from engine.triggers import TRIGGERS, Trigger, Watch
from rules.checked import Checked
from rules.compiled import compiled
from rules.tree import Literal

if TYPE_CHECKING:
    from engine.releases.live import Live

#: The record of rules that watch none.
NO_RECORD = 0
#: What happened once asks for attention this long; a condition does as long as it holds.
KEEP = timedelta(days=7)


def triggers_of(rule: AlertRuleDef) -> Iterator[tuple[Trigger, Any]]:
    """Go through the triggers of a rule with what each was told."""
    return ((TRIGGERS[key], given) for key, given in rule.triggers.items())


def reads_of(rule: AlertRuleDef) -> frozenset[Path]:
    """Return what decides whether a rule holds, of its own records and through their references."""
    conditions = [rule.when] if rule.until is None else [rule.when, rule.until]
    own = [trigger.reads(given) for trigger, given in triggers_of(rule)]
    return frozenset().union(*(one.reads for one in conditions), *own)


def paths_of(rule: AlertRuleDef) -> set[Path]:
    """Return everything that must be known of a record to evaluate, explain and tell."""
    return set(reads_of(rule)) | texts.paths_of(rule) | audience.paths_of(rule)


def has_events(rule: AlertRuleDef) -> bool:
    """Tell whether a rule fires at events."""
    return any(trigger.is_event for trigger, _ in triggers_of(rule))


def is_by_calendar(rule: AlertRuleDef) -> bool:
    """Tell whether a rule is looked at over all records at times of the calendar, and at no other."""
    return any(trigger.is_calendar for trigger, _ in triggers_of(rule))


def mine(live: Live, rule: AlertRuleDef) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of the alerts of a rule."""
    return Alert.app_key == live.app.key, Alert.rule == rule.key


# -- rules that watch records -----------------------------------------------------------------------------------------


def test_of(watch: Watch, *also: Checked) -> ColumnElement[bool]:
    """Return the condition of the records for which a rule holds; what ends an alert lets none begin."""
    tests = (
        []
        if isinstance(watch.rule.when.tree, Literal)
        else [condition_of(watch.session, watch.source, watch.rule.when)]
    )
    tests += [condition_of(watch.session, watch.source, one) for one in also]
    if (until := watch.rule.until) is not None:
        tests.append(~sa.func.coalesce(condition_of(watch.session, watch.source, until), sa.false()))
    return sa.and_(sa.true(), *tests, *_tests(watch, lasting_only=False))


test_of.__test__ = False  # type: ignore[attr-defined]  # the test runner takes it for a test


def newly_holding(watch: Watch, *, again: bool = False) -> Mapping[int, Facts]:
    """Return the records for which a rule holds and no alert is open (`again`: whatever is open), kept as they are."""
    rule = watch.rule
    if not rule.form:
        return _without_records(watch, again=again)
    reader = FactReader(watch.source, paths_of(rule))
    tests = [test_of(watch)] if again else [test_of(watch), not_open(watch)]
    # A record that somebody is changing this moment evaluates the rule itself, if the rule is evaluated on change.
    return reader.read(watch.session, *tests, lock=True, skip=rule.on_change and not again)


def not_open(watch: Watch) -> ColumnElement[bool]:
    """Return the condition of the records without an open alert of the rule."""
    id_ = watch.source.table.c.id
    return ~exists().where(*mine(watch.live, watch.rule), Alert.record_id == id_, Alert.state.in_(OPEN))


def no_longer_holding(watch: Watch) -> list[int]:
    """Return the records with an open alert which has come to its end."""
    return _open_where(watch, over(watch)) if watch.rule.form else _ended_without_records(watch)


def over(watch: Watch) -> ColumnElement[bool]:
    """Return the condition of the open alerts of a rule about records that have come to their end."""
    rule = watch.rule
    lapsed = ~_same(watch, _lasting(watch) if rule.by_occasion else test_of(watch)).exists()
    if rule.until is None:
        return lapsed
    ended = _same(watch, condition_of(watch.session, watch.source, rule.until)).exists()
    gone = ~_same(watch, sa.true()).exists()
    return sa.case((Alert.state == "pending", lapsed), else_=sa.or_(ended, gone))


def _lasting(watch: Watch) -> ColumnElement[bool]:
    """Return the condition of the records for which what fired at an occasion goes on."""
    when = condition_of(watch.session, watch.source, watch.rule.when)
    return sa.and_(when, *_tests(watch, lasting_only=True))


def _tests(watch: Watch, *, lasting_only: bool) -> list[ColumnElement[bool]]:
    """Return what the triggers ask of records; of what fires at occasions only what must go on holding."""
    used = [(trigger, given) for trigger, given in triggers_of(watch.rule) if trigger.lasts or not lasting_only]
    return [one for trigger, given in used if (one := trigger.condition(watch, given)) is not None]


def _same(watch: Watch, condition: ColumnElement[bool]) -> sa.Select[Any]:
    """Return the select of an alert's own record, if the condition holds for it."""
    id_ = watch.source.table.c.id
    return watch.source.select(id_).where(id_ == Alert.record_id, condition).correlate(Alert)


def _open_where(watch: Watch, *tests: ColumnElement[bool]) -> list[int]:
    query = select(Alert.record_id).where(*mine(watch.live, watch.rule), Alert.state.in_(OPEN), *tests)
    return list(watch.session.scalars(query))


def outlived(watch: Watch) -> list[int]:
    """Return the records whose alert asked for attention long enough: what happened once, and nobody took note of."""
    return _open_where(watch, Alert.firing_since <= watch.now - KEEP) if watch.rule.by_occasion else []


def held(
    watch: Watch, ids: Collection[int], states: Mapping[int, str], known: Mapping[int, Facts] | None = None
) -> tuple[dict[int, Facts], Mapping[int, Facts]]:
    """Return what some records say: of those for which the rule holds, and of all that exist.

    `states` are their alerts'; `known` is what all of them say, where that was asked already.
    """
    rule = watch.rule
    if not rule.form:
        known = subjects_of(watch, ids)
        return {id_: known[id_] for id_ in _going_on(watch, known, states)}, known
    found = known
    if found is None:
        found = facts_of(watch.session, watch.live, rule.form, ids, paths_of(rule), watch.now)
    met = _met(watch, found)
    if rule.until is not None:
        firing_ids = {id_ for id_ in found if states.get(id_) in ("firing", "acknowledged")}
        ended = {id_ for id_ in met | firing_ids if compiled(rule.until)(found[id_])}
        met = (met | firing_ids) - ended
    return {id_: found[id_] for id_ in sorted(met)}, found


def _met(watch: Watch, found: Mapping[int, Facts]) -> set[int]:
    """Return the records that meet the condition and, unless it fires at occasions, what its triggers ask."""
    condition = compiled(watch.rule.when)
    met = {id_ for id_, facts in found.items() if condition(facts)}
    tests = _tests(watch, lasting_only=watch.rule.by_occasion) if met else []
    if not tests:
        return met
    id_column = watch.source.table.c.id
    listed, by = sorted(met), set[int]()
    for start in range(0, len(listed), 500):
        query = watch.source.select(id_column).where(id_column.in_(listed[start : start + 500]), *tests)
        by.update(watch.session.scalars(query))
    return by


# -- rules that watch a figure, an OKR page, people, or nothing but the calendar --------------------------------------


def facts_without_records(watch: Watch) -> Facts:
    """Return what a rule without records reads, whatever it is about."""
    found: dict[str, object] = {"today": watch.clock.today(watch.now), "now": watch.now}
    for trigger, given in triggers_of(watch.rule):
        found |= trigger.facts(watch, given)
    return found


def subjects_of(watch: Watch, ids: Collection[int] | None = None, *, met: bool = False) -> dict[int, Facts]:
    """Return what a rule without records is about, with what it reads of each: people, or one thing alone.

    With `met`, only those for whom its triggers hold; what its condition says of them is another question.
    """
    facts = facts_without_records(watch)
    for trigger, given in triggers_of(watch.rule):
        found = trigger.subjects(watch, given, ids, met=met)
        if found is not None:
            return {id_: {**facts, **one} for id_, one in found.items()}
    return {NO_RECORD: facts}


def _going_on(watch: Watch, known: Mapping[int, Facts], states: Mapping[int, str]) -> list[int]:
    """Return the subjects for which a rule holds; what fires already goes on until what ends it is met."""
    rule, ending = watch.rule, watch.rule.until
    firing = {id_ for id_ in known if ending is not None and states.get(id_) in ("firing", "acknowledged")}
    going = {id_ for id_ in firing if ending is not None and not compiled(ending)(known[id_])}
    rest = known.keys() - firing
    met = subjects_of(watch, sorted(rest), met=True).keys() if rest and rule.is_about_people else rest
    return sorted(going | {id_ for id_ in rest & met if begins(rule, known[id_])})


def begins(rule: AlertRuleDef, facts: Facts) -> bool:
    """Tell whether the condition is met, and what would end the alert again is not."""
    return bool(compiled(rule.when)(facts)) and not (rule.until is not None and compiled(rule.until)(facts))


def _without_records(watch: Watch, *, again: bool) -> Mapping[int, Facts]:
    opened = set() if again else set(_open_where(watch))
    if NO_RECORD in opened:
        return {}
    found = subjects_of(watch, met=True)
    return {id_: facts for id_, facts in found.items() if id_ not in opened and begins(watch.rule, facts)}


def _ended_without_records(watch: Watch) -> list[int]:
    query = select(Alert.record_id, Alert.state).where(*mine(watch.live, watch.rule), Alert.state.in_(OPEN))
    states = {row.record_id: row.state for row in watch.session.execute(query)}
    if not states:
        return []
    return sorted(states.keys() - _going_on(watch, subjects_of(watch, sorted(states)), states))


def watch_of(session: Session, live: Live, rule: AlertRuleDef, now: datetime, since: datetime | None = None) -> Watch:
    """Return a rule at a moment."""
    return Watch(session, live, rule, now, since)
