"""Writes in their order, of which the server does one while the next is made ready: on PostgreSQL a thread waits for it."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

#: Something that is written over a connection.
Write = Callable[[Connection], object]
#: Writes that may wait for the server: what is made ready beyond them would only take memory.
MOST_WAITING = 2
#: Seconds after which a thread that has the server's answer gets its turn. Python's own 5 ms would pass at each of the
#: many short steps of a write, and the server would wait for longer than it works.
TURN = 0.0005


class _Turns:
    """Shortens the turns of this process's threads for as long as anything is fed."""

    def __init__(self) -> None:
        self._lock, self._open, self._before = Lock(), 0, 0.0

    def shorten(self) -> None:
        with self._lock:
            if not self._open:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(min(TURN, self._before))
            self._open += 1

    def restore(self) -> None:
        with self._lock:
            self._open -= 1
            if not self._open:
                sys.setswitchinterval(self._before)


_turns = _Turns()


class Feed:
    """Takes writes for one connection, which nobody else uses until the feed ends; an error ends it, and is raised.

    SQLite writes at once: its driver works in the thread that asks.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[Future[object]] = deque()
        self._thread = ThreadPoolExecutor(1) if connection.dialect.name == "postgresql" else None
        self._is_broken = False

    def __enter__(self) -> Self:
        if self._thread is not None:
            _turns.shorten()
        return self

    def put(self, write: Write) -> None:
        """Take a write; what an earlier one raised is raised here, or at the end."""
        if self._thread is None:
            write(self._connection)
            return
        while len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._do, write))

    def _do(self, write: Write) -> None:
        if self._is_broken:
            return
        try:
            write(self._connection)
        except BaseException:
            self._is_broken = True
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wait until all is written; after an error only for what is being written, the rest is dropped."""
        if self._thread is None:
            return
        try:
            while self._waiting and kind is None:
                self._waiting.popleft().result()
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)
            _turns.restore()
