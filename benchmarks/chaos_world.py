"""What chaos is made of: the app, the processes that are killed, the mail server nobody can rely on, and the clients."""

from __future__ import annotations

import asyncio
import http.client
import multiprocessing
import os
import random
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any
from urllib.parse import urlencode

from aiosmtpd.controller import Controller

from engine import operator
from engine.db import make_engine, sessions
from engine.jobs import start_worker
from engine.jobs.clock import DemoClock
from engine.jobs.worker import LOST_LEASE

PASSWORD = "correct horse 8"
#: Seconds after which a mail server that says nothing is given up, and some more.
SILENT = 12.0
_NAME = {"key": "name", "type": "text", "label": "Name", "required": True, "unique": True}
_MAY = [{"roles": ["rep"], "actions": ["read", "create", "update"]}]

#: A case over the limit is told to its owner at once, in the inbox and by mail; a task is made of it; and a rule that
#: only time evaluates tells of it again.
CONFIG: dict[str, Any] = {
    "app": {
        "key": "chaos",
        "label": "Chaos",
        "version": "1",
        "time_zone": "Asia/Shanghai",
        "roles": [{"key": "rep", "label": "Rep"}],
    },
    "forms": [
        {
            "key": "case",
            "label": "Case",
            "title": "name",
            "fields": [_NAME, {"key": "size", "type": "number", "label": "Size"}],
            "permissions": _MAY,
        },
        {
            "key": "task",
            "label": "Task",
            "title": "name",
            "fields": [
                {"key": "name", "type": "text", "label": "Name"},
                {"key": "case", "type": "reference", "to": "case", "label": "Case"},
            ],
            "permissions": _MAY,
        },
    ],
    "alerts": [
        {
            "key": "big",
            "label": "Big",
            "form": "case",
            "when": "size > 100",
            "message": "{name} is big",
            "on_change": True,
            "notify": [
                {
                    "to": ["owner"],
                    "channels": ["inbox", "email"],
                    "actions": [{"do": "create", "form": "task", "set": {"name": "name"}, "via": "case"}],
                }
            ],
        },
        {
            "key": "swept",
            "label": "Swept",
            "form": "case",
            "when": "size > 200",
            "message": "{name} is very big",
            "on_change": False,
            "every": {"minutes": 1},
            "notify": [{"to": ["owner"]}],
        },
    ],
}


# -- the processes that are killed -------------------------------------------------------------------------------------


def serve(url: str, port: int, *, jobs: bool, ahead: float = 0) -> None:
    """Serve pages, with or without the work beside them, until killed; `ahead` are seconds the clock runs ahead."""
    from waitress import serve as waitress_serve

    from app import create_app

    allow_loopback()
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": "chaos"})
    if jobs:
        start_worker(app.extensions["steerway"].sessions, _clock(ahead), seconds=5)
    waitress_serve(app, host="127.0.0.1", port=port, threads=4, _quiet=True)


def work(url: str, *, ahead: float = 0) -> None:
    """Work until killed."""
    allow_loopback()
    start_worker(sessions(make_engine(url)), _clock(ahead), seconds=5, exits=True)
    threading.Event().wait()


def _clock(ahead: float) -> DemoClock:
    return DemoClock(datetime.now(UTC) + timedelta(seconds=ahead))


def allow_loopback() -> None:
    """Let channels call the mail server on this machine."""
    os.environ[operator.ALLOWED] = "127.0.0.0/8"


# Forked copies of a process that has loaded everything, so that a killed one is back at once.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    ["benchmarks.chaos_world", "app", "admin.site", "web.pages", "engine.jobs.durable", "waitress"]
)


@dataclass
class Process:
    """A process that is started again whenever it was killed."""

    work: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    child: Any = None

    @property
    def port(self) -> int | None:
        """Return where it answers; None for a worker."""
        return self.arguments[1] if len(self.arguments) > 1 else None

    def start(self) -> None:
        self.child = _context.Process(target=self.work, args=self.arguments, kwargs=self.options, daemon=True)
        self.child.start()

    def kill(self) -> None:
        if self.child.is_alive():
            os.kill(self.child.pid, signal.SIGKILL)
        self.child.join()

    def look_after(self) -> None:
        """Start a worker again that left because it had lost its lease, as a supervisor does; nothing else may end."""
        if not self.child.is_alive():
            if self.child.exitcode != LOST_LEASE:
                raise ChildProcessError(f"{self.work.__name__} ended by itself: {self.child.exitcode}")
            self.start()


# -- the mail server that cannot be relied on --------------------------------------------------------------------------


class Mail:
    """Takes mail two times of three; a mail that failed three times is taken."""

    def __init__(self, hang: float, seed: int, silences: int) -> None:
        self.hang, self.dice, self.silences = hang, random.Random(seed), silences
        self.tries: Counter[str] = Counter()
        #: Message-ID -> (idempotency key, attempt) of every copy that was taken.
        self.copies: dict[str, list[tuple[str, str]]] = {}
        self.fates: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        mail = message_from_bytes(envelope.content)
        id_ = str(mail["Message-ID"]).strip()
        copy = (str(mail["X-Steerway-Idempotency-Key"]).strip(), str(mail["X-Steerway-Attempt"]).strip())
        self.tries[id_] += 1
        fate = self.dice.choice(("refuse", "hang", "lose")) if self.dice.random() < 1 / 3 else "take"
        fate = "take" if self.tries[id_] > 3 else fate
        self.fates[fate] += 1
        if fate == "refuse":
            return "451 not now"
        if fate == "hang":
            await asyncio.sleep(SILENT if self._is_silent() else self.hang)
            server.transport.close()
            return "451 too late"
        self.copies.setdefault(id_, []).append(copy)
        if fate == "lose":  # taken, and nobody hears of it
            server.transport.close()
        return "250 taken"

    def _is_silent(self) -> bool:
        """Tell whether to hang for longer than anybody waits: a few times, because each costs so much time."""
        self.silences -= 1
        return self.silences >= 0


@contextmanager
def mail_server(mail: Mail) -> Iterator[int]:
    port = free_port()
    controller = Controller(mail, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- the clients -------------------------------------------------------------------------------------------------------


@dataclass
class Posts:
    """What is to be posted and what was, shared by the clients."""

    names: Iterator[str]
    taken: set[str] = field(default_factory=set)
    #: Requests under way, by port.
    asking: Counter[int] = field(default_factory=Counter)
    #: What became of requests whose answer was lost.
    cut: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> str | None:
        with self.lock:
            return next(self.names, None)

    def note(self, port: int, by: int) -> None:
        with self.lock:
            self.asking[port] += by


class Client(threading.Thread):
    """Posts forms, one after the other; what got no answer is posted again, to whichever server lives."""

    def __init__(self, ports: list[int], posts: Posts) -> None:
        super().__init__(daemon=True)
        self.ports, self.posts = ports, posts
        self.cookie = self.token = ""
        self.unsure = False
        #: What was heard last, for whoever asks why it takes so long.
        self.heard = ""

    def run(self) -> None:
        while (name := self.posts.next()) is not None:
            self.unsure = False
            while not self.posts.stop.is_set() and not self._post(name):
                time.sleep(0.05)
            if self.posts.stop.is_set():
                return
            with self.posts.lock:
                self.posts.taken.add(name)

    def _post(self, name: str) -> bool:
        """Tell whether the record is there: made now, or by a try whose answer was lost."""
        try:
            if not self.cookie:
                self._sign_in()
            status, told = self._send("POST", "/a/chaos/case/new", name=name, size="500")
        except ConnectionRefusedError:
            return False
        except (OSError, http.client.HTTPException):
            self.unsure = bool(self.token)
            return False
        if "/sign-in" in told[:200]:
            self.cookie = ""
        made, known = status == 303 and told.startswith("/a/chaos/case"), status == 422 and "already" in told
        if self.unsure and (made or known):
            self.posts.cut["before the commit" if made else "after the commit"] += 1
        return made or known

    def _sign_in(self) -> None:
        self.token = ""
        self._send("GET", "/sign-in")
        self._send("POST", "/sign-in", sign_in="alice", password=PASSWORD)
        self._send("GET", "/a/chaos/case/new")

    def _send(self, method: str, path: str, **data: str) -> tuple[int, str]:
        """Send a request; return the status, and where it leads or what it says."""
        port = random.choice(self.ports)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        body = urlencode({"csrf_token": self.token, **data}) if method == "POST" else None
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self.posts.note(port, 1)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            self.posts.note(port, -1)
            connection.close()
        self.heard = f"{method} {path}: {answer.status} {' '.join(re.sub('<[^>]*>', ' ', text).split())[:300]}"
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        if found := re.search(r'name="csrf_token" value="([^"]+)"', text):
            self.token = found[1]
        return answer.status, answer.getheader("Location") or text
