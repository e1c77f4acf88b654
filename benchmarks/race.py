"""Eight people at once change one field of different records, half of them on screens, half through the HTTP API.

No record may ever hold what was meant for another, and no answer speak of another record or to another person. What was
accepted stands in the history under the name of who sent it, what was refused was said to be and left no trace. Served
by threads of one process and by two processes, on both databases.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.records_world import APP, FORM, PASSWORD, make_world
from engine.access import SCOPES, make_token
from engine.people import find_user, grant, person_named, set_password
from engine.releases import live
from tests.support import postgres
from web.services import wall_clock

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "race.json"
CLIENTS, ROWS, TARGETS = 8, 400, 60
#: Answers that say that nothing was written: it was stale, it was busy, it was too much at once.
REFUSALS = frozenset({409, 412, 422, 429, 503})


@dataclass
class Outcome:
    """What the clients sent and were told; `strange` answers are no answer to what was asked."""

    accepted: dict[int, list[str]] = field(default_factory=dict)
    refused: dict[int, list[str]] = field(default_factory=dict)
    requests: int = 0
    strange: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, record: int, text: str, status: int, taken: int) -> None:
        """Note whether a write was taken, refused, or answered in a way that is neither."""
        with self.lock:
            (self.accepted if status == taken else self.refused).setdefault(record, []).append(text)
            if status != taken and status not in REFUSALS:
                self.strange[f"status {status}"] += 1

    def expect(self, what: str, *, met: bool) -> None:
        """Note an answer that does not say what it must."""
        if not met:
            with self.lock:
                self.strange[what] += 1


@dataclass
class Client:
    """One client, as a person of its own: at the screens, or a program with a token."""

    host: str
    number: int
    secret: str
    outcome: Outcome
    cookie: str = ""

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection(self.host, timeout=60)
        self.random = random.Random(self.number)
        self.by_screen = self.number % 2 == 0

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str, str]:
        """Return status, text and version tag of an answer."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            sent["Cookie"] = self.cookie
        self.line.request(method, path, body, sent)
        answer = self.line.getresponse()
        text = answer.read().decode()
        for value in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = value.split(";")[0] if value.startswith("steerway=") else self.cookie
        with self.outcome.lock:
            self.outcome.requests += 1
        return answer.status, text, answer.headers.get("ETag", "")

    def post(self, path: str, fields: dict[str, str]) -> int:
        status, _, _ = self.ask("POST", path, urlencode(fields), Content_Type="application/x-www-form-urlencoded")
        return status

    def sign_in(self) -> None:
        _, page, _ = self.ask("GET", "/sign-in")
        fields = {"csrf_token": _hidden(page, "csrf_token"), "sign_in": f"rep{self.number}", "password": PASSWORD}
        assert self.post("/sign-in", fields) == 303, "signing in failed"

    def run(self, until: int) -> None:
        count = 0
        while self.outcome.requests < until:
            count += 1
            record = 1 + self.random.randrange(TARGETS)
            text = _text(record, self.number, count)
            (self.by_form if self.by_screen else self.by_program)(record, text)
        self.line.close()

    def by_form(self, record: int, text: str) -> None:
        """Open the form of a record, and save it with another text."""
        path = f"/a/{APP}/{FORM}/{record}/edit"
        status, page, _ = self.ask("GET", path)
        if status != 200:
            self.outcome.note(record, text, status, 303)
            return
        self.outcome.expect("page of another record", met=f'value="Deal {record} ' in page)
        self.outcome.expect("page of another person", met=f"Rep {self.number} · rep{self.number}<" in page)
        names = ("csrf_token", "version", "-once", "-state")
        sent = {name: _hidden(page, name) for name in names if f'name="{name}"' in page}
        self.outcome.note(record, text, self.post(path, {**sent, "notes": text}), 303)

    def by_program(self, record: int, text: str) -> None:
        """Change a record, sometimes only if it is still what was read a moment before."""
        path = f"/api/v1/{APP}/{FORM}/{record}"
        headers = {"Authorization": f"Bearer {self.secret}", "Content_Type": "application/json"}
        if self.random.random() < 0.3:
            status, said, tag = self.ask("GET", path, None, **headers)
            self.outcome.expect("read another record", met=status != 200 or json.loads(said)["id"] == record)
            headers |= {"If_Match": tag} if status == 200 and tag else {}
        status, said, _ = self.ask("PATCH", path, json.dumps({"notes": text}), **headers)
        self.outcome.note(record, text, status, 200)
        if status == 200:
            answer = json.loads(said)
            self.outcome.expect("answer about another write", met=(answer["id"], answer["notes"]) == (record, text))


def _text(record: int, number: int, count: int) -> str:
    return f"for {record} by {number} the {count}th"


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}"[^>]*? value="([^"]*)"', page)
    return found[1] if found else ""


def race(hosts: list[str], secrets: Sequence[str], requests: int) -> Outcome:
    """Let a client for each secret run until so many requests were sent; an exception in one of them is raised here."""
    outcome, errors = Outcome(), list[BaseException]()
    clients = [Client(hosts[number // 2 % len(hosts)], number, one, outcome) for number, one in enumerate(secrets)]
    for one in clients:
        if one.by_screen:  # one after the other, before it counts: signing in is slow on purpose
            one.sign_in()

    def run(client: Client) -> None:
        try:
            client.run(requests)
        except BaseException as error:  # noqa: BLE001 - told where it is looked at
            errors.append(error)

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return outcome


def faults(maker: sessionmaker[Session], outcome: Outcome) -> list[str]:
    """Return everything that is not as it must be."""
    found = [f"{count} answers: {what}" for what, count in outcome.strange.items()]
    with maker() as session:
        tables = live(session, APP).tables
        table, history = tables.current(FORM), tables.history(FORM)
        rows = session.execute(sa.select(table.c.id, table.c.name, table.c.notes, table.c.version)).all()
        columns = ("id", "notes", "valid_to", "changed_by")
        lines = session.execute(sa.select(*(history.c[one] for one in columns)).order_by(history.c[0])).all()
        people = {find_user(session, f"rep{number}").id: number for number in range(CLIENTS)}
    kept: dict[int, list[str]] = {}
    for id_, notes, _, who in lines:
        kept.setdefault(id_, []).append(notes)
        if notes.startswith("for ") and f"by {people.get(who)} " not in notes:
            found.append(f"record {id_}: {notes!r} is said to be by person {who}")
    for id_, name, notes, version in rows:
        said = outcome.accepted.get(id_, [])
        if not name.startswith(f"Deal {id_} "):
            found.append(f"record {id_} is called {name}")
        if notes != kept[id_][-1] or (said and notes not in said):
            found.append(f"record {id_} holds {notes!r}")
        if Counter(kept[id_][1:]) != Counter(said):
            found.append(f"record {id_}: {len(said)} writes were accepted, {len(kept[id_]) - 1} are in its history")
        if version != len(said) + 1:
            found.append(f"record {id_} has version {version} after {len(said)} writes")
    open_lines = Counter(id_ for id_, _, valid_to, _ in lines if valid_to is None)
    found += [f"record {id_} has {count} present lines of history" for id_, count in open_lines.items() if count != 1]
    return found


def prepared(url: str) -> tuple[sessionmaker[Session], list[str]]:
    """Make the records and a person for each client; return the tokens with which they come as programs."""
    maker = make_world(url, ROWS, accounts=20)
    with maker.begin() as session:
        return maker, [_client(session, f"rep{number}") for number in range(CLIENTS)]


def _client(session: Session, sign_in: str) -> str:
    person = person_named(session, sign_in)
    assert person is not None, "the world has more people than there are clients"
    set_password(person, PASSWORD)
    grant(session, person, APP, "manager")  # who may change every record
    session.flush()
    return make_token(session, find_user(session, sign_in), "race", SCOPES, wall_clock(), days=1)[1]


@contextmanager
def served(url: str, processes: int, folder: str) -> Iterator[list[str]]:
    """Serve the app as in production, by so many processes; yield hosts and ports. SQLite's stand beside each other."""
    beside = processes if url.startswith("sqlite") else 1
    with ExitStack() as stack:
        yield [
            stack.enter_context(_served(url, processes // beside, Path(folder, f"{nth}.log"))) for nth in range(beside)
        ]


@contextmanager
def _served(url: str, processes: int, said: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "STEERWAY_DATABASE_URL": url, "STEERWAY_SECRET_KEY": "race" * 8}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), "--processes", str(processes)]
    with said.open("wb") as log:
        server = subprocess.Popen([*command, "--no-jobs"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait(port)
            yield f"127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def _wait(port: int) -> None:
    for _ in range(900):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/pulse")
            if line.getresponse().read():
                return
        except OSError:
            time.sleep(0.1)
        finally:
            line.close()
    raise TimeoutError("the server did not start")


def main(arguments: list[str] | None = None) -> int:
    """Run every race, print what was found and write it down."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=10_000)
    given = options.parse_args(arguments)
    results: dict[str, Any] = {}
    with postgres.run() as server, tempfile.TemporaryDirectory(prefix="steerway-race-") as folder:
        for database in ("sqlite", "postgresql"):
            for processes in (1, 2):
                place = f"sqlite:///{folder}/race{processes}.db"
                url = place if database == "sqlite" else server.create_database()
                maker, secrets = prepared(url)
                began = time.perf_counter()
                with served(url, processes, folder) as hosts:
                    outcome = race(hosts, secrets, given.requests)
                seconds, wrong = time.perf_counter() - began, faults(maker, outcome)
                results[f"{database}, {processes} processes"] = {
                    "requests": outcome.requests,
                    "accepted": sum(map(len, outcome.accepted.values())),
                    "refused": sum(map(len, outcome.refused.values())),
                    "wrong": len(wrong),
                    "seconds": round(seconds, 1),
                }
                print(f"{database} {processes}", results[f"{database}, {processes} processes"], wrong[:5], flush=True)
                maker.kw["bind"].dispose()
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return int(any(one["wrong"] for one in results.values()))


if __name__ == "__main__":
    sys.exit(main())
