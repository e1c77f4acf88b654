"""Kills processes at random while records change and mail fails, and counts what was lost and what came twice.

Two web and three worker processes on PostgreSQL, then one process on SQLite. Every change is a form posted over HTTP; it is
worth an alert, told in the inbox and by e-mail. The mail server refuses, hangs or breaks off a third of the time, also after
it has taken the mail, so that copies arrive twice. At the end the clock is moved on until nothing is due any more.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from engine import operator
from engine.alerts import outlets
from engine.alerts.rows import Notification
from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import start_worker, tick
from engine.jobs.worker import LOST_LEASE
from engine.people import SYSTEM, create_person, grant, set_password
from engine.releases import live, publish

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "chaos.json"
PASSWORD = "correct horse 8"
CLIENTS = 4

#: A case over the limit is told to its owner, in the inbox and by mail.
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
            "fields": [
                {"key": "name", "type": "text", "label": "Name", "required": True, "unique": True},
                {"key": "size", "type": "number", "label": "Size"},
            ],
            "permissions": [{"roles": ["rep"], "actions": ["read", "create", "update"]}],
        }
    ],
    "alerts": [
        {
            "key": "big",
            "label": "Big",
            "form": "case",
            "when": "size > 100",
            "message": "{name} is big",
            "on_change": True,
            "notify": [{"to": ["owner"], "channels": ["inbox", "email"]}],
        }
    ],
}


# -- the processes that are killed -------------------------------------------------------------------------------------


def serve(url: str, port: int, *, jobs: bool) -> None:
    """Serve pages, with or without the work beside them, until killed."""
    from waitress import serve as waitress_serve

    from app import create_app

    allow_loopback()
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": "chaos"})
    if jobs:
        start_worker(app.extensions["steerway"].sessions, lambda: datetime.now(UTC), seconds=5)
    waitress_serve(app, host="127.0.0.1", port=port, threads=4, _quiet=True)


def work(url: str) -> None:
    """Work until killed."""
    allow_loopback()
    start_worker(sessions(make_engine(url)), lambda: datetime.now(UTC), seconds=5, exits=True)
    threading.Event().wait()


def allow_loopback() -> None:
    """Let channels call the mail server on this machine."""
    os.environ[operator.ALLOWED] = "127.0.0.0/8"


# Forked copies of a process that has loaded everything, so that a killed one is back at once.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    ["benchmarks.chaos", "app", "admin.site", "web.pages", "engine.jobs.durable", "waitress"]
)


@dataclass
class Process:
    """A process that is started again whenever it was killed."""

    work: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    child: Any = None

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

    def __init__(self, hang: float, seed: int) -> None:
        self.hang, self.dice = hang, random.Random(seed)
        self.received: Counter[str] = Counter()
        self.keys: dict[str, set[str]] = {}
        self.attempts: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        mail = message_from_bytes(envelope.content)
        id_, key = str(mail["Message-ID"]).strip(), str(mail["X-Steerway-Idempotency-Key"]).strip()
        self.attempts[id_] += 1
        fate = self.dice.choice(("refuse", "hang", "lose")) if self.dice.random() < 1 / 3 else "take"
        if self.attempts[id_] > 3:
            fate = "take"
        if fate == "refuse":
            return "451 not now"
        if fate == "hang":
            await asyncio.sleep(self.hang)
            server.transport.close()
            return "451 too late"
        self.received[id_] += 1
        self.keys.setdefault(id_, set()).add(key)
        if fate == "lose":  # taken, and nobody hears of it
            server.transport.close()
        return "250 taken"


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


class Client(threading.Thread):
    """Posts forms, one after the other; what got no answer is posted again, to whichever server lives."""

    def __init__(self, ports: list[int], names: Iterator[str], taken: set[str], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.ports, self.names, self.taken, self.stop = ports, names, taken, stop
        self.cookie = self.token = ""

    def run(self) -> None:
        for name in self.names:
            while not self.stop.is_set() and not self._post(name):
                time.sleep(0.05)
            if self.stop.is_set():
                return
            self.taken.add(name)

    def _post(self, name: str) -> bool:
        """Tell whether the record is there: made now, or by a try whose answer was lost."""
        try:
            if not self.cookie:
                self._sign_in()
            status, told = self._send("POST", "/a/chaos/case/new", name=name, size="500")
        except (OSError, http.client.HTTPException):
            return False
        if "/sign-in" in told[:200]:
            self.cookie = ""
        return (status == 303 and told.startswith("/a/chaos/case")) or (status == 422 and "already" in told)

    def _sign_in(self) -> None:
        self.token = ""
        self._send("GET", "/sign-in")
        self._send("POST", "/sign-in", sign_in="alice", password=PASSWORD)
        self._send("GET", "/a/chaos/case/new")

    def _send(self, method: str, path: str, **data: str) -> tuple[int, str]:
        """Send a request; return the status, and where it leads or what it says."""
        connection = http.client.HTTPConnection("127.0.0.1", random.choice(self.ports), timeout=60)
        body = urlencode({"csrf_token": self.token, **data}) if method == "POST" else None
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        if found := re.search(r'name="csrf_token" value="([^"]+)"', text):
            self.token = found[1]
        return answer.status, answer.getheader("Location") or text


# -- one run -----------------------------------------------------------------------------------------------------------


@dataclass
class Plan:
    """How much of everything."""

    changes: int
    kills: int
    hang: float = 1.0
    seconds: float = 900
    seed: int = 6


def run(url: str, plan: Plan) -> dict[str, int]:
    """Let everything happen on one database, and return the counts."""
    allow_loopback()
    mail = Mail(plan.hang, plan.seed)
    with mail_server(mail) as smtp:
        engine = make_engine(url)
        prepare(engine, smtp)
        many = engine.dialect.name == "postgresql"
        ports = [free_port() for _ in range(2 if many else 1)]
        processes = [Process(serve, (url, port), {"jobs": not many}) for port in ports]
        processes += [Process(work, (url,)) for _ in range(3 if many else 0)]
        taken, kills = stir(processes, ports, plan)
        settle(engine)
        counts = count(engine, taken, mail)
        engine.dispose()
    return {"changes": len(taken), "kills": kills, **counts}


def prepare(engine: Any, smtp: int) -> None:
    create_system_tables(engine)
    now = datetime.now(UTC)
    with sessions(engine).begin() as session:
        publish(session, CONFIG, SYSTEM, now, "chaos")
        person = create_person(session, "alice", "Alice", now=now, email="alice@example.com")
        set_password(person, PASSWORD)
        grant(session, person, "chaos", "rep")
        typed = {"key": "email", "name": "Mail", "host": "127.0.0.1", "port": str(smtp), "security": "none"}
        typed |= {"sender": "steerway@example.com"}
        outlets.save(session, None, typed, SYSTEM, now, type_key="email")


def stir(processes: list[Process], ports: list[int], plan: Plan) -> tuple[set[str], int]:
    """Post all changes, and kill at random meanwhile; return what was taken and how often was killed."""
    for one in processes:
        one.start()
    names, lock = iter([f"case {number}" for number in range(plan.changes)]), threading.Lock()
    taken: set[str] = set()
    stop, dice, kills, began = threading.Event(), random.Random(plan.seed), 0, time.monotonic()
    clients = [Client(ports, _shared(names, lock), taken, stop) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        while any(client.is_alive() for client in clients) or kills < plan.kills:
            time.sleep(0.05)
            for one in processes:
                one.look_after()
            if kills < plan.kills and len(taken) >= (kills + 0.5) * plan.changes / plan.kills:
                victim = dice.choice(processes)
                victim.kill()
                kills += 1
                victim.start()
            if time.monotonic() - began > plan.seconds:
                raise TimeoutError(f"{len(taken)} of {plan.changes} changes, {kills} kills")
    finally:
        stop.set()
        for one in processes:
            one.kill()
    return taken, kills


def _shared(names: Iterator[str], lock: Any) -> Iterator[str]:
    while True:
        with lock:
            name = next(names, None)
        if name is None:
            return
        yield name


def settle(engine: Any) -> None:
    """Move the clock on until nothing is due: what a dead process had begun, and what failed, is tried again."""
    now, maker = datetime.now(UTC), sessions(engine)
    waiting = select(func.count()).select_from(Notification).where(Notification.state.in_(("queued", "sending")))
    for _ in range(2000):
        tick(maker, now)
        with maker() as session:
            if not session.scalar(waiting):
                return
        now += timedelta(minutes=10)
    raise TimeoutError("messages are still waiting")


def count(engine: Any, taken: set[str], mail: Mail) -> dict[str, int]:
    """Compare what was taken with what is there, what was told, and what the mail server got."""
    with sessions(engine)() as session:
        table = live(session, "chaos").tables.current("case")
        ids = {name: id_ for id_, name in session.execute(select(table.c.id, table.c.name))}
        told = session.scalars(select(Notification).where(Notification.rule == "big")).all()
    inbox = Counter(row.record_id for row in told if row.channel == "inbox")
    mails = {key_of(row): row for row in told if row.channel == "email"}
    sent = Counter(row.record_id for row in mails.values() if row.state == "sent")
    lost = {name for name in taken if name not in ids}
    lost |= {name for name, id_ in ids.items() if not inbox[id_] or not sent[id_]}
    # Every message must have arrived under the key of its row, and no more copies of it than the row counts attempts.
    arrived = {key: number for id_, number in mail.received.items() for key in mail.keys[id_]}
    unmarked = [key for key, number in arrived.items() if key not in mails or number > mails[key].attempts]
    return {
        "lost": len(lost) + len(mails.keys() - arrived.keys()),
        "doubled_in_app": sum(inbox.values()) - len(inbox),
        "doubled_mail_rows": sum(sent.values()) - len(sent),
        "external_copies": sum(mail.received.values()) - len(mail.received),
        "external_retries": sum(row.attempts - 1 for row in mails.values()),
        "external_unmarked": len(unmarked) + sum(len(keys) != 1 for keys in mail.keys.values()),
        "mails": len(mail.received),
    }


def key_of(row: Notification) -> str:
    """Return the idempotency key of a row as mails carry it."""
    key = (row.app_key, row.rule, row.record_id, row.episode, row.step, row.person_id, row.channel)
    return sha256("/".join(map(str, key)).encode()).hexdigest()


def main() -> int:
    from tests.support import postgres

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000, help="changes in all, half of them on each database")
    parser.add_argument("--kills", type=int, default=110, help="kills in all")
    given = parser.parse_args()
    plan = Plan(given.changes // 2, (given.kills + 1) // 2, seconds=1800)
    parts: dict[str, dict[str, int]] = {}
    with postgres.run() as server:
        parts["postgresql"] = run(server.create_database(), plan)
    with tempfile.TemporaryDirectory() as folder:
        parts["sqlite"] = run(f"sqlite:///{folder}/chaos.db", plan)
    whole: Counter[str] = Counter()
    for part in parts.values():
        whole.update(part)
    report = {**whole, "databases": parts}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return int(any(whole[name] for name in ("lost", "doubled_in_app", "doubled_mail_rows", "external_unmarked")))


if __name__ == "__main__":
    sys.exit(main())
