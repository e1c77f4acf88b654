"""What time makes due, in one pass: rules, alerts that wake up, jobs, deliveries."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.access import sweep_answers
from engine.alerts import schedule
from engine.alerts.acting import act
from engine.alerts.deliver import deliver
from engine.alerts.evaluate import run_rule, wake
from engine.alerts.facts import chunks
from engine.alerts.handing_over import hand_over_unread
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
    for app_key, rule in _due(sessions, now, all_rules=not due_only, done=done):
        done += _evaluate(sessions, app_key, rule, now, always=not due_only)
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


def _due(sessions: Sessions, now: datetime, *, all_rules: bool, done: Counter[str]) -> list[tuple[str, str]]:
    """Return (app, rule) for the rules to evaluate, after following each app's release."""
    with sessions() as session:
        keys = [app.key for app in apps(session)]
    found = []
    for key in keys:
        try:
            with sessions.begin() as session:
                app = live(session, key)
                schedule.sync(session, app, now)
                found += [(key, rule) for rule in schedule.due_rules(session, app, now, all_rules=all_rules)]
        except Exception:
            log.exception("the alert rules of app %s cannot be read", key)
            done["failed"] += 1
    return found


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
        query = select(Alert.app_key, Alert.rule).where(Alert.wake_at <= now, Alert.state.in_(OPEN)).distinct()
        return [(app_key, rule) for app_key, rule in session.execute(query.order_by(Alert.app_key, Alert.rule))]


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
