"""Runs what time makes due: the only place that knows how recurring work is run."""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine.alerts import schedule
from engine.alerts.deliver import deliver
from engine.alerts.evaluate import run_rule, wake
from engine.alerts.facts import chunks
from engine.alerts.ledger import insert_new
from engine.alerts.rows import Alert
from engine.alerts.state import OPEN
from engine.db import start_writing
from engine.jobs_rows import Lease
from engine.releases.live import apps, live

log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]
Done = TypeVar("Done")

#: A rule that could not be evaluated is tried again after this pause.
RETRY_AFTER = timedelta(minutes=5)
#: A process that has not renewed its lease for this long has lost it.
LEASE = timedelta(seconds=90)
TICKER = "ticker"


def tick(sessions: Sessions, now: datetime, *, due_only: bool = False) -> dict[str, int]:
    """Do once what is due at `now`, and count what was done; doing it again does nothing more.

    1. Follow the live releases. 2. Evaluate rules: all of them, or `due_only` those whose time has come.
    3. Wake alerts whose hold time is over or whose next step is due. 4. Deliver what is queued.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    done: Counter[str] = Counter()
    for app_key, rule in _due(sessions, now, all_rules=not due_only, done=done):
        done += _evaluate(sessions, app_key, rule, now, always=not due_only)
    for app_key, rule in _waking(sessions, now):
        done += _wake(sessions, app_key, rule, now)
    done += deliver(sessions, now)
    return dict(sorted(done.items()))


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


class Ticker:
    """A thread that ticks; of many processes on one database only the holder of the lease does."""

    def __init__(self, sessions: Sessions, clock: Callable[[], datetime], seconds: float) -> None:
        self.sessions, self.clock, self.seconds = sessions, clock, seconds
        self.holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self._stop = Event()
        self._thread = Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> Ticker:
        """Begin to tick, at once."""
        self._thread.start()
        return self

    def stop(self, timeout: float = 30) -> None:
        """End after the tick that is running, and let another process go on at once."""
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._guarded(self._once)
            self._stop.wait(self.seconds)
        self._guarded(lambda: release(self.sessions, TICKER, self.holder))

    def _once(self) -> None:
        now = self.clock()
        if acquire(self.sessions, TICKER, self.holder, now, max(LEASE, timedelta(seconds=3 * self.seconds))):
            done = tick(self.sessions, now, due_only=True)
            if done.keys() - {"rules"}:
                log.info("tick: %s", done)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do something; the thread outlives every error, because nobody would start it again."""
        try:
            work()
        except Exception:
            log.exception("the ticker failed and goes on")


def start_ticker(sessions: Sessions, clock: Callable[[], datetime], seconds: float = 20) -> Ticker:
    """Start ticking in the background; call `stop` on what is returned."""
    return Ticker(sessions, clock, seconds).start()


def acquire(sessions: Sessions, name: str, holder: str, now: datetime, span: timedelta = LEASE) -> bool:
    """Take or renew the right to a piece of work until `now + span`; False while another holder has it."""
    with sessions.begin() as session:
        free = or_(Lease.holder == holder, Lease.until < now)
        taken = {"holder": holder, "until": now + span}
        updated = session.execute(update(Lease).where(Lease.name == name, free).values(**taken))
        if isinstance(updated, CursorResult) and updated.rowcount == 1:
            return True
        return insert_new(session, Lease, [{"name": name, **taken}]) == 1


def release(sessions: Sessions, name: str, holder: str) -> None:
    """Give the right up, if it is still held."""
    with sessions.begin() as session:
        mine = session.scalar(select(Lease).where(Lease.name == name, Lease.holder == holder))
        if mine is not None:
            session.delete(mine)
