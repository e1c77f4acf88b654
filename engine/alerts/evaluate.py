"""Evaluates alert rules: over all records on a schedule, over the changed ones at once, and where an alert wakes up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts import acting
from engine.alerts.dependents import concerned_by, dependents
from engine.alerts.facts import Facts, Path, facts_of
from engine.alerts.holding import (
    has_events,
    held,
    is_by_calendar,
    mine,
    newly_holding,
    no_longer_holding,
    outlived,
    paths_of,
    reads_of,
    triggers_of,
    watch_of,
)
from engine.alerts.hushes import hushes
from engine.alerts.ledger import Transition, alerts_for, evidence_of, open_rows, standing_of, tell, write
from engine.alerts.rows import Alert, RuleSchedule
from engine.alerts.schedule import bring_forward, make_due, mark_of, note_seen
from engine.alerts.state import OPEN, Hush, advance, close
from engine.config.defs import AlertRuleDef
from engine.db import start_writing
from engine.triggers import Watch

if TYPE_CHECKING:
    from engine.releases.live import Live

__all__ = ["on_change", "paths_of", "poke", "run_rule", "settle", "wake"]

#: Records re-evaluated within the change that touches them; more than that wait for the next tick.
AT_ONCE = 200
#: A rule that nobody looked at for so much longer than its interval was missed, not just due.
LATE = timedelta(hours=1)


def run_rule(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> Counter[str]:
    """Evaluate a rule over all records: open what newly holds, resolve what no longer does.

    1. Resolve. 2. Fire at each occasion since the last look, or for what newly holds. 3. Note what was seen, and when
    the next record comes to its time.
    """
    start_writing(session)
    row = session.get(RuleSchedule, (live.key, rule.key), populate_existing=True)
    watch = watch_of(session, live, rule, now, row.seen_at if row else None)
    done = _resolve(watch)
    for moment, occasion in _moments(watch, row):
        then = replace(watch, now=moment)
        holding = newly_holding(then, again=bool(occasion))
        occasions = dict.fromkeys(holding, occasion) if occasion else {}
        done += settle(session, live, rule, now, holding, {}, occasions=occasions, late=_is_late(watch))
    if rule.triggers or rule.catch_up == "digest":
        note_seen(session, live, rule, now, mark_of(live, rule))
    bring_forward(session, live, rule, _earliest(t.next_at(watch, given) for t, given in triggers_of(rule)))
    return done


def _resolve(watch: Watch) -> Counter[str]:
    """Resolve what has come to its end."""
    session, live, rule, now = watch.session, watch.live, watch.rule, watch.now
    stopped, old = no_longer_holding(watch), outlived(watch)
    others: dict[int, Facts | None] = dict.fromkeys([*stopped, *old])
    if rule.form:
        others |= facts_of(session, live, rule.form, others, reads_of(rule), now)
    elif others:
        others = {id_: {} for id_ in others}
    return settle(session, live, rule, now, {}, others, outlived=frozenset(old) - set(stopped)) if others else Counter()


def _moments(watch: Watch, row: RuleSchedule | None) -> list[tuple[datetime, str]]:
    """Return the moments to evaluate a rule for, each with the name of its occasion; (now, '') for a plain rule."""
    rule, found, is_calendar = watch.rule, list[datetime](), False
    for trigger, given in triggers_of(rule):
        listed = trigger.occasions(watch.clock, given, watch.since or watch.now, watch.now)
        is_calendar |= listed is not None
        found += listed or ()
    if row is not None and row.mark and row.mark != mark_of(watch.live, rule):
        return [(watch.now, f"release {watch.live.number}")]
    if has_events(rule):
        return []
    if not is_calendar:
        return [(watch.now, "")]
    if not rule.by_occasion:
        return [(found[-1], "")] if found else []
    chosen = found if rule.catch_up in ("each", "digest") else found[-1:]
    return [(at, at.isoformat()) for at in chosen]


def _is_late(watch: Watch) -> bool:
    """Tell whether times were missed because nobody looked."""
    every = timedelta(minutes=watch.rule.every_minutes)
    return watch.since is not None and watch.now - watch.since > every + LATE


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)


def _next_of(watch: Watch, found: Mapping[int, Facts]) -> datetime | None:
    """Return when the next of these records comes to its time."""
    begins = (t.begins_at(watch, given, facts) for t, given in triggers_of(watch.rule) for facts in found.values())
    return _earliest(at if at is not None and at > watch.now else None for at in begins)


def wake(session: Session, live: Live, rule: AlertRuleDef, ids: Iterable[int], now: datetime) -> Counter[str]:
    """Look again at alerts whose time has come: a hold time is over, a silence ends, or the next step is due."""
    start_writing(session)
    return _recheck(watch_of(session, live, rule, now), ids)


def on_change(
    session: Session, live: Live, form: str, record_ids: Iterable[int], changed: frozenset[str] | None, now: datetime
) -> Counter[str]:
    """Evaluate exactly the rules that read a changed field, also through references, for the records concerned.

    `changed` is None for records that were created, deleted or restored. Runs in the transaction of the change.
    """
    ids, done = sorted(set(record_ids)), Counter[str]()
    found = dependents(live, form, changed)
    now_said = _Said.of(session, live, form, ids, [one.rule for one in found if one.is_own], now)
    for one in found:
        watch = watch_of(session, live, one.rule, now)
        occasions = _happened(watch, ids) if one.is_own else {}
        if one.is_own and now_said is not None:
            done += now_said.recheck(watch, occasions)
            continue
        concerned = ids if one.is_own else concerned_by(watch, one, form, ids, AT_ONCE + 1)
        if len(concerned) <= AT_ONCE:
            done += _recheck(watch, concerned, occasions) if concerned else Counter()
            continue
        make_due(session, live, [one.rule], now)
        done += _recheck(watch, occasions, occasions) if occasions else Counter()
    return done


def _happened(watch: Watch, ids: Collection[int]) -> dict[int, str]:
    """Return the records with which something happened that a rule fires at."""
    found: dict[int, str] = {}
    for trigger, given in triggers_of(watch.rule):
        if trigger.is_event:
            found |= trigger.happened(watch, given, ids)
    return found


def poke(session: Session, live: Live, form: str, now: datetime) -> None:
    """Make all rules that read a form due at the next tick: for writes of many records at once."""
    rules = {one.rule.key: one.rule for one in dependents(live, form, None)}
    make_due(session, live, rules.values(), now)


@dataclass(frozen=True)
class _Said:
    """What the changed records say, and which of them have an alert: asked once for all the rules concerned."""

    ids: list[int]
    facts: Mapping[int, Facts]
    #: (rule, record) -> state of its alert.
    states: Mapping[tuple[str, int], str]

    @classmethod
    def of(
        cls, session: Session, live: Live, form: str, ids: list[int], rules: Sequence[AlertRuleDef], now: datetime
    ) -> _Said | None:
        """Ask; None when there are too many records to look at within the change, or no rule to look for."""
        if not rules or len(ids) > AT_ONCE:
            return None
        paths = set[Path]().union(*(_paths(live, rule) for rule in rules))
        keys = [rule.key for rule in rules]
        tests = (Alert.app_key == live.key, Alert.rule.in_(keys), Alert.record_id.in_(ids), Alert.state.in_(OPEN))
        rows = session.execute(select(Alert.rule, Alert.record_id, Alert.state).where(*tests))
        states = {(rule, id_): state for rule, id_, state in rows}
        return cls(ids, facts_of(session, live, form, ids, paths, now), states)

    def recheck(self, watch: Watch, occasions: Mapping[int, str]) -> Counter[str]:
        """Evaluate one rule; where nothing holds and nothing is open there is nothing to do."""
        states = {id_: self.states[watch.rule.key, id_] for id_ in self.ids if (watch.rule.key, id_) in self.states}
        holding, _ = held(watch, self.ids, states, self.facts)
        holding = _begun(watch, holding, states)
        done: Counter[str] = Counter()
        if states or (holding and (occasions or not watch.rule.by_occasion)):
            others = {id_: self.facts.get(id_) for id_ in self.ids if id_ not in holding}
            done = settle(watch.session, watch.live, watch.rule, watch.now, holding, others, occasions=occasions)
        bring_forward(watch.session, watch.live, watch.rule, _next_of(watch, self.facts))
        return done


def _paths(live: Live, rule: AlertRuleDef) -> set[Path]:
    key = ("alert paths", rule.key)
    if key not in live.memo:
        live.memo[key] = paths_of(rule)
    found: set[Path] = live.memo[key]
    return found


def _begun(watch: Watch, holding: dict[int, Facts], states: Mapping[int, str]) -> dict[int, Facts]:
    """Leave out what has not begun, for a rule that begins at times of the calendar alone: a change only ends it."""
    if watch.rule.by_occasion or not is_by_calendar(watch.rule):
        return holding
    return {id_: facts for id_, facts in holding.items() if states.get(id_) in OPEN}


def _recheck(watch: Watch, ids: Iterable[int], occasions: Mapping[int, str] | None = None) -> Counter[str]:
    """Evaluate a rule for some records, one by one."""
    session, live, rule, wanted = watch.session, watch.live, watch.rule, sorted(set(ids))
    needed = rule.until or is_by_calendar(rule)
    states = {id_: one.state for id_, one in alerts_for(session, live, rule, wanted).items()} if needed else {}
    holding, found = held(watch, wanted, states)
    if not occasions:
        holding = _begun(watch, holding, states)
    others = {id_: found.get(id_) for id_ in wanted if id_ not in holding}
    done = settle(session, live, rule, watch.now, holding, others, occasions=occasions or {})
    bring_forward(session, live, rule, _next_of(watch, found))
    return done


def settle(
    session: Session,
    live: Live,
    rule: AlertRuleDef,
    now: datetime,
    holding: Mapping[int, Facts],
    others: Mapping[int, Facts | None],
    *,
    occasions: Mapping[int, str] | None = None,
    outlived: Collection[int] = (),
    late: bool = False,
) -> Counter[str]:
    """Bring alerts to where they must stand; `others` maps records that do not hold to what they say, None if deleted.

    `occasions` names what has just happened with a record; `outlived` are those that asked for attention long enough.
    1. Lock the alerts, making those that are missing. 2. Advance each. 3. Write what changed. 4. Tell whom it concerns.
    5. Look at the rules for which this one spoke, and no longer does.
    """
    wanted = {id_ for id_ in holding if (occasions or {}).get(id_)} if rule.by_occasion else set(holding)
    alerts = open_rows(session, live, rule, wanted) if wanted else {}
    rest = sorted({*holding, *others} - wanted)
    alerts |= alerts_for(session, live, rule, rest) if rest else {}
    hushed = hushes(session, live, rule, holding, now) if alerts and holding else {}
    steps = _Steps(rule, now, holding, others, occasions or {}, hushed, outlived)
    transitions = [steps.transition(alert) for _, alert in sorted(alerts.items())]
    before = {id(one): one.alert.state for one in transitions}
    write(session, transitions, now, live.number)
    due = [one for one in transitions if one.outcome.due]
    told = tell(session, live, rule, due, holding, now, late=late) if due else 0
    queued = acting.queue(session, live, rule, due, now) if due else 0
    changed = [one for one in transitions if one.alert.state != before[id(one)]]
    counts = Counter(one.alert.state for one in changed) + Counter(notifications=told, actions_queued=queued)
    return counts + _unmute(session, live, rule, now, [one.alert.record_id for one in changed if _is_over(one)])


def _is_over(one: Transition) -> bool:
    return one.alert.state not in OPEN


def _unmute(session: Session, live: Live, rule: AlertRuleDef, now: datetime, ids: Collection[int]) -> Counter[str]:
    """Look again at what this rule kept silent."""
    done: Counter[str] = Counter()
    if not ids:
        return done
    for one in live.app.alerts.values():
        if rule.key in one.muted_by and one.form == rule.form:
            waiting = (*mine(live, one), Alert.record_id.in_(ids), Alert.state == "firing", Alert.wake_at.is_not(None))
            if found := list(session.scalars(select(Alert.record_id).where(*waiting))):
                done += _recheck(watch_of(session, live, one, now), found)
    return done


class _Steps:
    """What decides about every alert of one pass."""

    def __init__(
        self,
        rule: AlertRuleDef,
        now: datetime,
        holding: Mapping[int, Facts],
        others: Mapping[int, Facts | None],
        occasions: Mapping[int, str],
        hushed: Mapping[int, Hush],
        outlived: Collection[int],
    ) -> None:
        self.rule, self.now, self.holding, self.others = rule, now, holding, others
        self.occasions, self.hushed, self.outlived = occasions, hushed, outlived

    def transition(self, alert: Alert) -> Transition:
        """Return where an alert goes from here."""
        id_, rule, standing = alert.record_id, self.rule, standing_of(alert)
        facts = self.holding.get(id_) or self.others.get(id_)
        alert.form, alert.severity = rule.form, rule.severity
        outcome = advance(
            standing,
            id_ in self.holding,
            self.now,
            rule,
            occasion=self.occasions.get(id_, ""),
            hush=self.hushed.get(id_),
        )
        if standing.state in OPEN and (facts is None or id_ in self.outlived):
            outcome = close(standing, "gone" if facts is None else "kept")
        is_news = outcome.standing.state != standing.state or outcome.standing.episode != standing.episode
        return Transition(alert, outcome, evidence_of(rule, facts) if facts and is_news else None)
