"""A worker: shows that it is alive, hands due work to the durable engine, and takes over from workers that are gone."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs.alone import Alone
from engine.jobs.driving import WORKER, drive, give_up
from engine.jobs.leases import acquire, release
from engine.jobs.ticks import FixedTick, run_tick, ticks
from engine.jobs_rows import Job, Lease

if TYPE_CHECKING:
    from engine.jobs.durable import Durable

log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]

#: A worker that has not renewed its lease for this long counts as gone.
LEASE = timedelta(seconds=15)
RENEW, REAP, PUMP, FORGET = 4.0, 3.0, 0.25, 3600.0
#: Jobs handed over at once, and how long one that was handed over is not asked about again.
WINDOW, ASK_AGAIN = 100, 20.0
#: What a worker leaves with that could not renew its lease: it must not go on while others take over its work.
LOST_LEASE = 75
#: On one machine the engine knows the only worker by a fixed name, and begins again by itself what that one had begun.
ONLY = "only"


class Worker:
    """Works in threads of its own from `start` to `stop`."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Callable[[], datetime],
        *,
        seconds: int = 20,
        concurrency: int = 4,
        exits: bool = False,
        delay: float = 0,
    ) -> None:
        self.sessions, self.clock, self.seconds, self.concurrency, self.exits = (
            sessions, clock, seconds, concurrency, exits
        )  # fmt: skip
        self.delay = delay
        self.url: URL = sessions.kw["bind"].url
        self.token = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self.stopping, self.ready = Event(), Event()
        self._alone = Alone(self.url)
        self._engine: Durable | None = None
        self._ticks = {one.name: one for one in ticks(seconds)}
        self._slots: dict[str, int] = {}
        self._busy = {name: Lock() for name in self._ticks}
        self._handed: dict[str, float] = {}
        self._driving, self._lock = set[int](), Lock()
        self._renewed = monotonic()
        self._threads = [
            Thread(target=self._run, name="worker", daemon=True),
            Thread(target=self._beat, name="heart", daemon=True),
        ]
        if exits:
            self._threads.append(Thread(target=self._watch, name="watchdog", daemon=True))

    def start(self) -> Worker:
        """Begin to work; the durable engine is loaded in the background, so that pages need not wait for it."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self, timeout: float = 30) -> None:
        """End after the chunks at hand, and let another worker go on at once."""
        self.stopping.set()
        for thread in self._threads:
            thread.join(timeout)

    # -- the loop ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self.stopping.wait(self.delay)
        while not self.stopping.is_set():
            try:
                if self._alone.taken or self._alone.take():
                    return self._work()
            except Exception:
                log.exception("the worker failed and begins again")
                self._end()
            self.stopping.wait(2)
        return None

    def _work(self) -> None:
        self._renew()
        if self._alone.is_file:
            self._clear_leases()
        self._launch()
        due = dict.fromkeys(("reap", "pump", "forget"), 0.0)
        jobs: dict[str, tuple[float, Callable[[], object]]] = {
            "reap": (REAP, self.reap),
            "pump": (PUMP, self.pump),
            "forget": (FORGET, self._forget),
        }
        while not self.stopping.is_set():
            for name, (pause, work) in jobs.items():
                if monotonic() >= due[name]:
                    self._guarded(work)
                    due[name] = monotonic() + pause
            self.stopping.wait(PUMP)
        self._end()

    def _launch(self) -> None:
        from engine.jobs.durable import Durable  # slow to load, and of no use to processes that only serve pages

        executor = ONLY if self._alone.is_file else self.token
        self._engine = Durable(self.url, executor, self.concurrency)
        self._engine.launch(self._drive, self._tick)
        self.ready.set()

    def _end(self) -> None:
        self.ready.clear()
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.stop()
        self._guarded(lambda: release(self.sessions, WORKER + self.token, self.token))
        self._alone.give_up()

    def _guarded(self, work: Callable[[], object]) -> None:
        """Do something; the worker outlives every error, because nobody would start it again."""
        try:
            work()
        except Exception:
            log.exception("the worker failed and goes on")

    # -- being alive ---------------------------------------------------------------------------------------------

    def _renew(self) -> None:
        if acquire(self.sessions, WORKER + self.token, self.token, self.clock(), LEASE):
            self._renewed = monotonic()

    def _beat(self) -> None:
        """Renew the lease beside the work, however long that takes."""
        while not self.stopping.wait(RENEW):
            if self._alone.taken:
                self._guarded(self._renew)

    def _watch(self) -> None:
        """Leave at once when the lease has run out: by then others have taken over."""
        while not self.stopping.wait(1):
            if monotonic() - self._renewed > LEASE.total_seconds():
                log.critical("the lease of this worker could not be renewed; it leaves")
                os._exit(LOST_LEASE)

    def _clear_leases(self) -> None:
        """Whoever else shows a lease for this file is dead, because this process holds the file."""
        with self.sessions.begin() as session:
            session.execute(delete(Lease).where(Lease.name.startswith(WORKER), Lease.holder != self.token))

    def reap(self) -> None:
        """Take over from workers whose lease has run out."""
        now, engine = self.clock(), self._engine
        with self.sessions() as session:
            mine = session.scalars(select(Job.id).where(Job.state == "running", Job.executor == self.token)).all()
            idle = set(mine) - self._driving  # in this order: what is begun meanwhile is not among mine
            gone = session.scalars(select(Lease.holder).where(Lease.name.startswith(WORKER), Lease.until < now)).all()
        for holder in set(gone) - {self.token}:
            if engine is not None:
                engine.recover(holder)
            with self.sessions.begin() as session:
                late = (Lease.name == WORKER + holder, Lease.until < now)
                taken = session.execute(delete(Lease).where(*late))
                if isinstance(taken, CursorResult) and taken.rowcount == 1:
                    log.warning("the worker %s is gone; its work is taken over", holder)
        give_up(self.sessions, now, self.token, idle)

    # -- handing over --------------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Hand to the engine what is due: ticks by their slot, jobs by their id and the count of their runs."""
        if (engine := self._engine) is None:
            return
        now = self.clock()
        with self.sessions() as session:
            due = [tick for tick in self._ticks.values() if self._is_due(session, tick, now)]
            ready = (Job.state == "queued", Job.due_at <= now)
            query = select(Job.id, Job.runs).where(*ready).order_by(Job.due_at, Job.id).limit(WINDOW)
            jobs = session.execute(query).all()
        for tick in due:
            self._slots[tick.name] = tick.slot(now)
            engine.put(f"tick-{tick.name}-{tick.slot(now)}", tick=tick.name)
        for name, job_id in self._unhanded((f"job-{job.id}~{job.runs}", job.id) for job in jobs):
            if name in self._handed and engine.is_over(name):
                self._renumber(job_id, name)
            else:
                engine.put(name, job_id)
                self._handed[name] = monotonic()

    def _is_due(self, session: Session, tick: FixedTick, now: datetime) -> bool:
        """Tell whether to look: always once after the start, later once per slot when something is due."""
        if self._slots.get(tick.name) == tick.slot(now) or self._busy[tick.name].locked():
            return False
        return tick.name not in self._slots or tick.is_due(session, now)

    def _unhanded(self, jobs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Leave out what was handed over a moment ago, and forget what was handed over long ago."""
        self._handed = {name: at for name, at in self._handed.items() if at > monotonic() - 10 * ASK_AGAIN}
        return [(name, job_id) for name, job_id in jobs if self._handed.get(name, 0) < monotonic() - ASK_AGAIN]

    def _renumber(self, job_id: int, name: str) -> None:
        """The engine is through with a job that is not: give it a new name, as if it were run again."""
        runs = int(name.rpartition("~")[2])
        with self.sessions.begin() as session:
            query = select(Job).where(Job.id == job_id, Job.state == "queued", Job.runs == runs)
            if job := session.scalar(query.with_for_update(skip_locked=True)):
                job.runs += 1

    # -- working -------------------------------------------------------------------------------------------------

    def _drive(self, job_id: int) -> None:
        """Do a job, unless another thread of this process is at it."""
        with self._lock:
            if job_id in self._driving:
                return
            self._driving.add(job_id)
        try:
            drive(self.sessions, job_id, self.clock, self.token, self.stopping)
        finally:
            self._driving.discard(job_id)

    def _tick(self, name: str) -> None:
        """Do a tick, unless this process is still busy with the one before: what is due stays due."""
        tick = self._ticks.get(name)
        if tick is not None and not self.stopping.is_set() and self._busy[name].acquire(blocking=False):
            try:
                run_tick(self.sessions, tick, self.clock(), self.token)
            finally:
                self._busy[name].release()

    def _forget(self) -> None:
        if self._engine is not None:
            self._engine.forget()
