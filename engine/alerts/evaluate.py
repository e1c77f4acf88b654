"""Evaluates alert rules: over all records on a schedule, over the changed ones at once, and where an alert wakes up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from engine.alerts import audience, texts
from engine.alerts.dependents import dependents, referring
from engine.alerts.facts import FactReader, Facts, Path, facts_of, source_of
from engine.alerts.ledger import Transition, alerts_for, evidence_of, open_rows, standing_of, tell, write
from engine.alerts.rows import Alert
from engine.alerts.schedule import make_due
from engine.alerts.state import OPEN, advance, close
from engine.config.defs import AlertRuleDef
from engine.db import start_writing
from engine.sql.fallback import condition_of
from rules.compiled import compiled

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Records re-evaluated within the change that touches them; more than that wait for the next tick.
AT_ONCE = 200


def paths_of(rule: AlertRuleDef) -> set[Path]:
    """Return everything that must be known of a record to evaluate, explain and tell."""
    return set(rule.when.reads) | texts.paths_of(rule) | audience.paths_of(rule)


def run_rule(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> Counter[str]:
    """Evaluate a rule over all records: open what newly holds, resolve what no longer does."""
    start_writing(session)
    holding = _newly_holding(session, live, rule, now)
    stopped = _no_longer_holding(session, live, rule, now)
    others = dict.fromkeys(stopped) | facts_of(session, live, rule.form, stopped, rule.when.reads, now)
    return settle(session, live, rule, now, holding, others)


def wake(session: Session, live: Live, rule: AlertRuleDef, ids: Iterable[int], now: datetime) -> Counter[str]:
    """Look again at alerts whose time has come: a hold time is over, or the next step is due."""
    start_writing(session)
    return _recheck(session, live, rule, ids, now)


def on_change(
    session: Session, live: Live, form: str, record_ids: Iterable[int], changed: frozenset[str] | None, now: datetime
) -> Counter[str]:
    """Evaluate exactly the rules that read a changed field, also through references, for the records concerned.

    `changed` is None for records that were created, deleted or restored. Runs in the transaction of the change.
    """
    ids, done = sorted(set(record_ids)), Counter[str]()
    for one in dependents(live, form, changed):
        concerned = ids if one.is_own else referring(session, live, one, ids, now, AT_ONCE + 1)
        if len(concerned) > AT_ONCE:
            make_due(session, live, [one.rule], now)
        elif concerned:
            done += _recheck(session, live, one.rule, concerned, now)
    return done


def poke(session: Session, live: Live, form: str, now: datetime) -> None:
    """Make all rules that read a form due at the next tick: for writes of many records at once."""
    rules = {one.rule.key: one.rule for one in dependents(live, form, None)}
    make_due(session, live, rules.values(), now)


def _recheck(session: Session, live: Live, rule: AlertRuleDef, ids: Iterable[int], now: datetime) -> Counter[str]:
    """Evaluate a rule for some records, one by one."""
    condition, wanted = compiled(rule.when), sorted(set(ids))
    found = facts_of(session, live, rule.form, wanted, paths_of(rule), now)
    holding = {id_: facts for id_, facts in found.items() if condition(facts)}
    others = {id_: found.get(id_) for id_ in wanted if id_ not in holding}
    return settle(session, live, rule, now, holding, others)


def _newly_holding(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> Mapping[int, Facts]:
    """Return the records for which the condition holds and no alert is open, kept from changing until we are done."""
    reader = FactReader(source_of(session, live, rule.form, now), paths_of(rule))
    is_open = exists().where(*_mine(live, rule), Alert.record_id == reader.source.table.c.id, Alert.state.in_(OPEN))
    # A record that somebody is changing this moment evaluates the rule itself, if the rule is evaluated on change.
    return reader.read(
        session, condition_of(session, reader.source, rule.when), ~is_open, lock=True, skip=rule.on_change
    )


def _no_longer_holding(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> list[int]:
    """Return the records with an open alert for which the condition does not hold."""
    source = source_of(session, live, rule.form, now)
    condition = condition_of(session, source, rule.when)
    same = source.select(source.table.c.id).where(source.table.c.id == Alert.record_id, condition).correlate(Alert)
    return list(
        session.scalars(select(Alert.record_id).where(*_mine(live, rule), Alert.state.in_(OPEN), ~same.exists()))
    )


def _mine(live: Live, rule: AlertRuleDef) -> tuple[ColumnElement[bool], ...]:
    return Alert.app_key == live.app.key, Alert.rule == rule.key


def settle(
    session: Session,
    live: Live,
    rule: AlertRuleDef,
    now: datetime,
    holding: Mapping[int, Facts],
    others: Mapping[int, Facts | None],
) -> Counter[str]:
    """Bring alerts to where they must stand; `others` maps records that do not hold to what they say, None if deleted.

    1. Lock the alerts, making those that are missing. 2. Advance each. 3. Write what changed. 4. Tell whom it concerns.
    """
    alerts = open_rows(session, live, rule, holding) if holding else {}
    alerts |= alerts_for(session, live, rule, others) if others else {}
    transitions = [_transition(alert, rule, now, holding, others) for _, alert in sorted(alerts.items())]
    before = {id(one): one.alert.state for one in transitions}
    write(session, transitions, now, live.number)
    due = [one for one in transitions if one.outcome.due]
    told = tell(session, live, rule, due, holding, now) if due else 0
    counts = Counter(one.alert.state for one in transitions if one.alert.state != before[id(one)])
    return counts + Counter(notifications=told)


def _transition(
    alert: Alert,
    rule: AlertRuleDef,
    now: datetime,
    holding: Mapping[int, Facts],
    others: Mapping[int, Facts | None],
) -> Transition:
    standing, facts = standing_of(alert), holding.get(alert.record_id) or others.get(alert.record_id)
    alert.form, alert.severity = rule.form, rule.severity
    outcome = advance(standing, alert.record_id in holding, now, rule)
    if facts is None and standing.state in OPEN:
        outcome = close(standing, "gone")
    is_news = outcome.standing.state != standing.state
    return Transition(alert, outcome, evidence_of(rule, facts) if facts and is_news else None)
