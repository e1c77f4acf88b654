"""Several serving processes behind one address: the first binds the socket and looks after the others, which answer."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable

#: A process that ends sooner than this after its start is started again only after as long a pause.
PAUSE = 1.0


def listen(host: str, port: int) -> socket.socket:
    """Return the socket on which all of them answer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    bound.listen(1024)
    bound.set_inheritable(True)
    return bound


def look_after(count: int, answer: Callable[[int], None]) -> None:
    """Run `answer(number)` in so many processes; one that dies is replaced, and they end with this one."""
    started: dict[int, tuple[int, float]] = {}
    ending = False

    def end(*_signal: object) -> None:
        nonlocal ending
        ending = True
        for pid in list(started):
            os.kill(pid, signal.SIGTERM)

    def start(number: int) -> None:
        pid = os.fork()
        if pid == 0:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, signal.SIG_DFL)
            _answer_and_leave(number, answer)
        started[pid] = number, time.monotonic()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    for number in range(count):
        start(number)
    while started:
        pid, _status = os.wait()
        number, since = started.pop(pid, (0, 0.0))
        if not ending:
            time.sleep(max(0.0, PAUSE - (time.monotonic() - since)))
            start(number)


def _answer_and_leave(number: int, answer: Callable[[int], None]) -> None:
    """Never return into the code of the process that was forked."""
    code = 1
    try:
        answer(number)
        code = 0
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 0
    finally:
        os._exit(code)
