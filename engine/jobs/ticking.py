"""What time makes due, in one pass: rules, alerts that wake up, jobs, deliveries."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.access import sweep_answers
from engine.alerts import schedule
from engine.alerts.acting import act
from engine.alerts.deliver import deliver
from engine.alerts.evaluate import run_rule, wake
from engine.alerts.facts import chunks
from engine.alerts.handing_over import hand_over_unread
from engine.alerts.quiet import can_be_asked, pass_over
from engine.alerts.rows import Alert
from engine.alerts.state import OPEN
from engine.db import start_writing
from engine.drafts import sweep_drafts
from engine.jobs.driving import run_all
from engine.records.clock import bring_to_today
from engine.records.trash import forget
from engine.releases.live import apps, live

log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]

#: A rule that could not be evaluated is tried again after this pause.
RETRY_AFTER = timedelta(minutes=5)
#: Alerts looked through for the rules whose alerts wake up; the rest is found by the next tick.
MOST_WAKING = 100_000
#: Rules asked in one transaction at first and at most, and the seconds it may take.
TOGETHER, MOST_TOGETHER, MOMENT = 8, 64, 0.15


def tick(sessions: Sessions, now: datetime, *, due_only: bool = False) -> dict[str, int]:
    """Do once what is due at `now`, and count what was done; doing it again does nothing more.

    1. Follow the live releases. 2. Evaluate rules: all of them, or `due_only` those whose time has come.
    3. Wake alerts whose hold time is over or whose next step is due. 4. Do what alerts do
    besides telling people, and the jobs that wait. 5. Deliver what is queued.
    """
    now = now.astimezone(UTC)
    done = do_rules(sessions, now, due_only=due_only)
    done += act(sessions, now)
    done += jobs_done(run_all(sessions, now))
    if not due_only:
        for sweep in (forget, sweep_drafts, sweep_answers):
            done += _guarded(sweep, sessions, now)
    done += deliver(sessions, now)
    return dict(sorted(done.items()))


def _guarded(
    sweep: Callable[[Sessions, datetime], Mapping[str, int]], sessions: Sessions, now: datetime
) -> Counter[str]:
    """Sweep away what is over; a sweep that fails stops nothing else."""
    try:
        return Counter(sweep(sessions, now))
    except Exception:
        log.exception("the sweep %s failed", sweep.__name__)
        return Counter(sweeps_failed=1)


def do_rules(sessions: Sessions, now: datetime, *, due_only: bool) -> Counter[str]:
    """Bring values to the day, follow the live releases, evaluate rules, wake alerts."""
    done = _refresh(sessions, now)
    for app_key, rules in _due(sessions, now, all_rules=not due_only, done=done).items():
        done += _evaluate_all(sessions, app_key, rules, now, always=not due_only)
    for app_key, rule in _waking(sessions, now):
        done += _wake(sessions, app_key, rule, now)
    return done + _guarded(hand_over_unread, sessions, now)


def _refresh(sessions: Sessions, now: datetime) -> Counter[str]:
    """Bring what reads the day to today, before any rule reads it; each app in a transaction of its own."""
    with sessions() as session:
        keys = [app.key for app in apps(session)]
    done: Counter[str] = Counter()
    for key in keys:
        try:
            with sessions.begin() as session:
                done += bring_to_today(session, live(session, key), now)
        except Exception:
            log.exception("the values of app %s could not be brought to the day", key)
            done["failed"] += 1
    return done


def jobs_done(ended: Mapping[str, int]) -> Counter[str]:
    """Return how jobs ended as counts of a tick."""
    return Counter({f"jobs_{state}": count for state, count in ended.items()})


def _due(sessions: Sessions, now: datetime, *, all_rules: bool, done: Counter[str]) -> dict[str, list[str]]:
    """Return the rules to evaluate by app, after following each app's release."""
    with sessions() as session:
        keys = [app.key for app in apps(session)]
    found: dict[str, list[str]] = {}
    for key in keys:
        try:
            with sessions.begin() as session:
                app = live(session, key)
                schedule.sync(session, app, now)
                found[key] = schedule.due_rules(session, app, now, all_rules=all_rules)
        except Exception:
            log.exception("the alert rules of app %s cannot be read", key)
            done["failed"] += 1
    return found


def _evaluate_all(
    sessions: Sessions, app_key: str, rules: Sequence[str], now: datetime, *, always: bool
) -> Counter[str]:
    """Evaluate the rules of an app: as many at once as take a moment, and those that have something new one by one."""
    done: Counter[str] = Counter()
    size = TOGETHER
    while rules:
        part, rules, began = rules[:size], rules[size:], monotonic()
        quiet = _pass_over(sessions, app_key, part, now, always=always)
        size = _size_after(size, monotonic() - began)
        done["rules"] += len(quiet)
        for rule in part:
            done += Counter() if rule in quiet else _evaluate(sessions, app_key, rule, now, always=always)
    return done


def _size_after(size: int, seconds: float) -> int:
    """Return how many rules to take next, so that whoever writes waits for no more than a moment."""
    return max(1, size // 2) if seconds > MOMENT else min(MOST_TOGETHER, size * 2) if seconds < MOMENT / 3 else size


def _pass_over(sessions: Sessions, app_key: str, rules: Sequence[str], now: datetime, *, always: bool) -> set[str]:
    """Return which of these rules had nothing new; if anything goes wrong, each is evaluated by itself."""
    try:
        with sessions.begin() as session:
            app = live(session, app_key)
            known = [app.app.alerts[key] for key in rules if key in app.app.alerts]
            asked = [rule for rule in known if can_be_asked(rule)]
            return pass_over(session, app, asked, now, always=always) if asked else set()
    except Exception:
        log.warning("the rules of app %s are evaluated one by one", app_key, exc_info=True)
        return set()


def _evaluate(sessions: Sessions, app_key: str, rule_key: str, now: datetime, *, always: bool) -> Counter[str]:
    """Evaluate one rule in a transaction of its own, so that a broken one stops no other."""
    try:
        with sessions.begin() as session:
            start_writing(session)
            app = live(session, app_key)
            rule = app.app.alerts.get(rule_key)
            if rule is None or not schedule.claim(session, app, rule, now, always=always):
                return Counter()
            return Counter(rules=1) + run_rule(session, app, rule, now)
    except Exception as error:
        log.exception("rule %s of app %s could not be evaluated", rule_key, app_key)
        with sessions.begin() as session:
            schedule.note_failure(session, app_key, rule_key, str(error), now + RETRY_AFTER)
        return Counter(failed=1)


def _waking(sessions: Sessions, now: datetime) -> list[tuple[str, str]]:
    with sessions() as session:
        due = select(Alert.app_key, Alert.rule).where(Alert.wake_at <= now, Alert.state.in_(OPEN))
        first = due.order_by(Alert.wake_at).limit(MOST_WAKING).subquery()  # in an order that the index of due ones has
        return sorted((app_key, rule) for app_key, rule in session.execute(select(first).distinct()))


def _wake(sessions: Sessions, app_key: str, rule_key: str, now: datetime) -> Counter[str]:
    """Wake the alerts of one rule that are due, a few hundred per transaction."""
    mine = (Alert.app_key == app_key, Alert.rule == rule_key, Alert.wake_at <= now, Alert.state.in_(OPEN))
    done: Counter[str] = Counter()
    try:
        with sessions() as session:
            ids = session.scalars(select(Alert.record_id).where(*mine).order_by(Alert.wake_at)).all()
        for part in chunks(ids):
            with sessions.begin() as session:
                start_writing(session)
                app = live(session, app_key)
                if rule := app.app.alerts.get(rule_key):
                    done += wake(session, app, rule, part, now)
    except Exception:
        log.exception("alerts of rule %s of app %s could not be woken", rule_key, app_key)
        done["failed"] += 1
    return done
