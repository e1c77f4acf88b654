"""A thread that ticks beside the web server; of many processes on one database only the holder of the lease does."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

from sqlalchemy.orm import Session, sessionmaker

from engine.jobs.leases import LEASE, acquire, release
from engine.jobs.ticking import tick

log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]
TICKER = "ticker"


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
