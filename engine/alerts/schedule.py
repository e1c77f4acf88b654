"""When rules are due: a row per rule, on a grid of the clock, kept in step with the live release."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from engine.alerts.ledger import Transition, insert_new, standing_of, write
from engine.alerts.rows import Alert, Notification, RuleSchedule
from engine.alerts.state import OPEN, close, refit
from engine.clock import Clock
from engine.config.defs import AlertRuleDef
from engine.db import UtcDateTime
from engine.triggers import TRIGGERS
from engine.triggers._said import digest

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Clocks of two machines may differ by so much; a rule that ran later than that from now ran before the clock was set back.
AHEAD = timedelta(minutes=5)
#: Rows that a session may hold are not looked through: whoever needs one reads it anew.
AS_IT_IS = {"synchronize_session": False}
#: Where the grid of all rules begins: weeks begin on Mondays.
MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001 - a time on the wall, in whichever zone the app has


def next_due(now: datetime, every_minutes: int, zone: str) -> datetime:
    """Return the next moment of a rule: every hour means at each full hour, every day at each midnight of the zone."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    every = timedelta(minutes=max(1, every_minutes))
    due = MONDAY + ((local - MONDAY) // every + 1) * every
    if every < timedelta(days=1):
        return now + (due - local)  # hours pass evenly, whatever is done to the clock
    return due.replace(tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)


def sync(session: Session, live: Live, now: datetime) -> None:
    """Follow the live release: new and changed rules are due at once, alerts of removed rules are resolved."""
    rules = live.app.alerts
    known = {row.rule: row for row in _rows(session, live)}
    fresh = [rule for key, rule in rules.items() if key not in known]
    insert_new(session, RuleSchedule, [_row(live, rule, now) for rule in fresh])
    changed = [row for key, row in known.items() if key in rules and row.fingerprint != fingerprint(rules[key])]
    for key, row in known.items():
        if key in rules and row.mark and row.mark != mark_of(live, rules[key]):
            row.due_at = now
        if key in rules and row.run_at is not None and row.run_at > now + AHEAD:
            _set_back(session, live, rules[key], now)
    for row in changed:
        row.fingerprint, row.due_at = fingerprint(rules[row.rule]), now
    for rule in (*fresh, *(rules[row.rule] for row in changed)):
        _refit(session, live, rule, now)
    gone = sorted(known.keys() - rules.keys())
    if gone:
        mine = (RuleSchedule.app_key == live.app.key, RuleSchedule.rule.in_(gone))
        session.execute(delete(RuleSchedule).where(*mine))
    if gone or fresh or changed:
        _close_orphans(session, live, now)


def due_rules(session: Session, live: Live, now: datetime, *, all_rules: bool) -> list[str]:
    """Return the keys of the rules to evaluate now."""
    ahead = now + AHEAD
    due = [one.rule for one in _rows(session, live) if all_rules or one.due_at <= now or (one.run_at or now) > ahead]
    speaks_first = {key: not rule.muted_by for key, rule in live.app.alerts.items()}
    return sorted(due, key=lambda key: (not speaks_first.get(key, True), key))


def claim(session: Session, live: Live, rule: AlertRuleDef, now: datetime, *, always: bool) -> bool:
    """Take a rule for evaluation and set when it is due next; False when another worker was first."""
    mine = [RuleSchedule.app_key == live.app.key, RuleSchedule.rule == rule.key]
    if not always:
        mine.append(or_(RuleSchedule.due_at <= now, ran_ahead(now)))
    due_at = due_after(live, rule, now)
    done = session.execute(update(RuleSchedule).where(*mine).values(due_at=due_at, run_at=now, error=None))
    return isinstance(done, CursorResult) and done.rowcount == 1


def claim_many(session: Session, live: Live, rules: Sequence[AlertRuleDef], now: datetime, *, always: bool) -> set[str]:
    """Take several rules at once, in the order of their keys; return which were to be had."""
    mine = (RuleSchedule.app_key == live.app.key, RuleSchedule.rule.in_([rule.key for rule in rules]))
    due = () if always else (or_(RuleSchedule.due_at <= now, ran_ahead(now)),)
    rows = select(RuleSchedule.rule).where(*mine, *due).order_by(RuleSchedule.rule).with_for_update()
    taken = set(session.scalars(rows))
    by_time: dict[datetime, list[str]] = {}
    for rule in rules:
        if rule.key in taken:
            by_time.setdefault(due_after(live, rule, now), []).append(rule.key)
    for due_at, keys in by_time.items():
        _put(session, live, keys, due_at=due_at, run_at=now, error=None)
    return taken


def give_back(session: Session, live: Live, keys: Collection[str], now: datetime) -> None:
    """Leave rules that were taken to whoever evaluates them one by one."""
    if keys:
        _put(session, live, keys, due_at=now)


def _put(session: Session, live: Live, keys: Collection[str], **values: object) -> None:
    mine = (RuleSchedule.app_key == live.app.key, RuleSchedule.rule.in_(sorted(keys)))
    session.execute(update(RuleSchedule).where(*mine).values(**values), execution_options=AS_IT_IS)


def ran_ahead(now: datetime) -> ColumnElement[bool]:
    """Return the condition of rules that were looked at in what is now the future: the clock was set back since."""
    return RuleSchedule.run_at > now + AHEAD


def due_after(live: Live, rule: AlertRuleDef, now: datetime) -> datetime:
    """Return when a rule is to be looked at again: on its grid, or earlier at its next time of the calendar."""
    due_at, clock = next_due(now, rule.every_minutes, live.app.context.time_zone), Clock(rule.hours)
    found = (TRIGGERS[key].next_occasion(clock, given, now) for key, given in rule.triggers.items())
    return min([due_at, *(one for one in found if one is not None)])


def bring_forward(session: Session, live: Live, rule: AlertRuleDef, at: datetime | None) -> None:
    """Have a rule evaluated when its next record comes to its time, if that is earlier than planned."""
    if at is not None:
        mine = (RuleSchedule.app_key == live.app.key, RuleSchedule.rule == rule.key, RuleSchedule.due_at > at)
        session.execute(update(RuleSchedule).where(*mine).values(due_at=at))


def note_seen(session: Session, live: Live, rule: AlertRuleDef, now: datetime, mark: str) -> None:
    """Write down up to when occasions of a rule were dealt with; never back."""
    mine = (RuleSchedule.app_key == live.app.key, RuleSchedule.rule == rule.key)
    newer = or_(RuleSchedule.seen_at.is_(None), RuleSchedule.seen_at < now)
    session.execute(update(RuleSchedule).where(*mine, newer).values(seen_at=now))
    if mark:
        session.execute(update(RuleSchedule).where(*mine, RuleSchedule.mark != mark).values(mark=mark))


def make_due(session: Session, live: Live, rules: Iterable[AlertRuleDef], now: datetime) -> None:
    """Have rules evaluated at the next tick.

    Rows that are due already are taken too: whoever evaluates such a rule this moment cannot see what this transaction
    writes, so this waits for them, or they wait for this.
    """
    keys = [rule.key for rule in rules]
    if not keys:
        return
    mine = (RuleSchedule.app_key == live.app.key, RuleSchedule.rule.in_(keys))
    session.execute(select(RuleSchedule.rule).where(*mine).order_by(RuleSchedule.rule).with_for_update())
    # Typed, or SQLite writes it with more digits than it is compared with.
    sooner = case((RuleSchedule.due_at > now, literal(now, UtcDateTime())), else_=RuleSchedule.due_at)
    session.execute(update(RuleSchedule).where(*mine).values(due_at=sooner), execution_options=AS_IT_IS)


def note_failure(session: Session, app_key: str, rule: str, error: str, retry_at: datetime) -> None:
    """Write down that a rule could not be evaluated, and when to try again."""
    mine = (RuleSchedule.app_key == app_key, RuleSchedule.rule == rule)
    session.execute(update(RuleSchedule).where(*mine).values(error=error, due_at=retry_at))


def mark_of(live: Live, rule: AlertRuleDef) -> str:
    """Return what a rule compares a new release with."""
    return "".join(TRIGGERS[key].mark(live, given) for key, given in rule.triggers.items())


def fingerprint(rule: AlertRuleDef) -> str:
    """Return a short text that changes with whatever decides when a rule fires."""
    said = (rule.form, rule.when, rule.hold_minutes, rule.every_minutes, rule.steps, rule.repeat_hours)
    return digest((*said, rule.triggers, rule.until, rule.hours))


def _rows(session: Session, live: Live) -> Sequence[RuleSchedule]:
    return session.scalars(select(RuleSchedule).where(RuleSchedule.app_key == live.app.key)).all()


def _row(live: Live, rule: AlertRuleDef, now: datetime) -> dict[str, object]:
    mark = mark_of(live, rule)
    row = {"app_key": live.app.key, "rule": rule.key, "due_at": now, "fingerprint": fingerprint(rule)}
    return {**row, "seen_at": now, "mark": mark}


def _refit(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> None:
    """Bring the open alerts of a changed rule to its new steps and times; the next pass looks at each of them."""
    mine = (Alert.app_key == live.app.key, Alert.rule == rule.key, Alert.form == rule.form)
    waiting = (*mine, Alert.state.in_(("pending", "firing")))
    told = func.max(Notification.created_at).label("told")
    same = (Notification.alert_id == Alert.id) & (Notification.episode == Alert.episode)
    last = select(Alert.id, told).join(Notification, same).where(*waiting).group_by(Alert.id)
    told_at = {row.id: row.told for row in session.execute(last)}
    for alert in session.scalars(select(Alert).where(*waiting).order_by(Alert.id).with_for_update()):
        alert.next_step = refit(standing_of(alert), rule, told_at.get(alert.id)).next_step
        alert.wake_at = now


def _set_back(session: Session, live: Live, rule: AlertRuleDef, now: datetime) -> None:
    """Count from now what an alert waits for since a moment that has not come yet, after the clock was set back."""
    mine = (Alert.app_key == live.app.key, Alert.rule == rule.key, Alert.state.in_(("pending", "firing")))
    for column in (Alert.pending_since, Alert.firing_since):
        session.execute(update(Alert).where(*mine, column > now).values({column: now, Alert.wake_at: now}))


def _close_orphans(session: Session, live: Live, now: datetime) -> None:
    """Resolve the open alerts of rules that are no more, or that now watch another form."""
    rules = live.app.alerts
    moved = [(Alert.rule == key) & (Alert.form != rule.form) for key, rule in rules.items()]
    orphan = and_(Alert.rule.not_like("%:%"), or_(Alert.rule.not_in(list(rules)), *moved))  # comments have no rule
    query = select(Alert).where(Alert.app_key == live.app.key, Alert.state.in_(OPEN), orphan)
    alerts = session.scalars(query.order_by(Alert.id).with_for_update()).all()
    codes = ["rule_changed" if alert.rule in rules else "rule_removed" for alert in alerts]
    ended = [Transition(a, close(standing_of(a), code)) for a, code in zip(alerts, codes, strict=True)]
    write(session, ended, now, live.number)
