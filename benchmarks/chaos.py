"""Kills processes at random while records change and mail fails, and counts what was lost and what came twice.

Two web and three worker processes on PostgreSQL, then one process on SQLite. Every change is a form posted over HTTP; it is
worth an alert, told in the inbox and by e-mail, and a task. The mail server refuses, hangs or breaks off a third of the time,
also after it has taken the mail, so that copies arrive twice. What is left is done by the same processes, killed and started
again some minutes later by their clocks, until nothing is due any more: nothing is done for them.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from benchmarks.chaos_world import (
    CONFIG,
    PASSWORD,
    Client,
    Mail,
    Posts,
    Process,
    allow_loopback,
    free_port,
    mail_server,
    serve,
    work,
)
from engine.alerts import outlets
from engine.alerts.action_rows import ActionRow
from engine.alerts.deliver import LOST_AFTER
from engine.alerts.rows import Alert, Notification
from engine.db import create_system_tables, make_engine, sessions
from engine.people import SYSTEM, create_person, grant, set_password
from engine.releases import live, publish

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "chaos.json"
CLIENTS = 4
#: Of all kills, those kept for the time when nothing is posted any more and the rest is delivered.
LATE_KILLS = 0.3
#: How far ahead the clock is, in minutes, each time everything is started again: past the pauses between attempts.
LATER = (0, 10, 20, 40, 110, 180, 250, 320, 390, 460)
#: What must be nothing.
FAULTS = ("lost", "doubled_in_app", "doubled_mail_rows", "tasks_lost_or_doubled", "external_unmarked")


@dataclass
class Plan:
    """How much of everything."""

    changes: int
    kills: int
    hang: float = 0.5
    silences: int = 5
    seconds: float = 900
    seed: int = 6


@dataclass
class Killer:
    """Kills and starts again, and looks what the victim was doing."""

    engine: sa.Engine
    processes: list[Process]
    posts: Posts
    dice: random.Random
    kills: int = 0
    #: What was going on in processes that were killed.
    amid: Counter[str] = field(default_factory=Counter)
    #: Attempts to send that were cut off: (notification, attempt).
    cut: set[tuple[int, int]] = field(default_factory=set)

    def strike(self) -> None:
        """Kill one process and start it again."""
        victim = self.dice.choice(self.processes)
        pid, asking = victim.child.pid, self.posts.asking[victim.port or 0]
        victim.kill()
        self.kills += 1
        self.amid["request"] += bool(asking)
        for name in self._begun(pid):
            self.amid[name] += 1
        self._note_cut(certain=len(self.processes) == 1)
        victim.start()

    def look_after(self) -> None:
        for one in self.processes:
            one.look_after()

    def end_all(self) -> None:
        """Kill everything; whatever is being sent then is cut off."""
        for one in self.processes:
            one.kill()
        self._note_cut(certain=True)

    def _begun(self, pid: int) -> set[str]:
        """Return the kinds of work that the durable engine says a dead process had begun."""
        asked = "SELECT workflow_uuid FROM {}workflow_status WHERE status = 'PENDING'"
        if self.engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(f"file:{self.engine.url.database}-jobs?mode=ro", uri=True)) as file:
                names = [name for (name,) in file.execute(asked.format(""))]
        else:
            own = f" AND executor_id LIKE '%%/{pid}/%%'"
            with self.engine.connect() as connection:
                names = list(connection.exec_driver_sql(asked.format("sw_dbos.") + own).scalars())
        return {"-".join(name.split("-")[:2]) for name in names}

    def _note_cut(self, *, certain: bool) -> None:
        """Remember attempts that were begun longer ago than any takes, or by a process that is surely dead."""
        begun = select(Notification.id, Notification.attempts, Notification.due_at).where(
            Notification.state == "sending"
        )
        ahead = timedelta(seconds=self.processes[-1].options.get("ahead", 0))
        old = datetime.now(UTC) + ahead + LOST_AFTER - timedelta(seconds=30)
        with self.engine.connect() as connection:
            rows = connection.execute(begun).all()
        self.cut |= {(id_, attempts) for id_, attempts, due_at in rows if certain or due_at < old}


def run(url: str, plan: Plan) -> dict[str, Any]:
    """Let everything happen on one database, and return the counts."""
    allow_loopback()
    mail = Mail(plan.hang, plan.seed, plan.silences)
    with mail_server(mail) as smtp:
        engine = make_engine(url)
        prepare(engine, smtp)
        many = engine.dialect.name == "postgresql"
        ports = [free_port() for _ in range(2 if many else 1)]
        processes = [Process(serve, (url, port), {"jobs": not many}) for port in ports]
        processes += [Process(work, (url,)) for _ in range(3 if many else 0)]
        posts = Posts(iter([f"case {number}" for number in range(plan.changes)]))
        killer = Killer(engine, processes, posts, random.Random(plan.seed))
        until = time.monotonic() + plan.seconds
        try:
            stir(killer, ports, plan, until)
            settle(killer, plan, until)
        finally:
            posts.stop.set()
            killer.end_all()
            engine.dispose()
        counts = count(engine, posts.taken, mail)
        engine.dispose()
    whiles = {name.replace("-", " "): number for name, number in sorted(killer.amid.items()) if number}
    answers = {f"answers lost {name}": number for name, number in sorted(posts.cut.items())}
    seen = {"killed_amid": {**whiles, **answers, "sending": len(killer.cut)}, "mail_server": dict(mail.fates)}
    return {"changes": len(posts.taken), "kills": killer.kills, **counts, **seen}


def prepare(engine: sa.Engine, smtp: int) -> None:
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


def stir(killer: Killer, ports: list[int], plan: Plan, until: float) -> None:
    """Post all changes, and kill at random meanwhile."""
    posts, kills = killer.posts, plan.kills - int(plan.kills * LATE_KILLS)
    for one in killer.processes:
        one.start()
    clients = [Client(ports, posts) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients) or killer.kills < kills:
        time.sleep(killer.dice.random() * 0.1)
        killer.look_after()
        if killer.kills < kills and len(posts.taken) >= (killer.kills + 0.5) * plan.changes / kills:
            time.sleep(killer.dice.random() * 0.3)
            killer.strike()
        if time.monotonic() > until:
            heard = [client.heard for client in clients if client.is_alive()]
            raise TimeoutError(f"{len(posts.taken)} of {plan.changes} changes, {killer.kills} kills; heard: {heard}")


def settle(killer: Killer, plan: Plan, until: float) -> None:
    """Let the processes finish: killed, and started again later by the clock, until nothing waits."""
    for minutes in LATER:
        killer.end_all()
        if not waiting(killer.engine):
            return
        for one in killer.processes:
            one.options["ahead"] = minutes * 60
            one.start()
        next_kill = time.monotonic() + 3
        while waiting(killer.engine, datetime.now(UTC) + timedelta(minutes=minutes)):
            time.sleep(0.2)
            killer.look_after()
            if killer.kills < plan.kills and time.monotonic() > next_kill:
                killer.strike()
                next_kill = time.monotonic() + 1 + 4 * killer.dice.random()
            if time.monotonic() > until:
                raise TimeoutError(f"{waiting(killer.engine)} things still wait, {minutes} minutes later")
    raise TimeoutError(f"{waiting(killer.engine)} things still wait at the end")


def waiting(engine: sa.Engine, now: datetime | None = None) -> int:
    """Return how much waits to be done (by a moment): messages, actions, and cases that no rule has looked at."""
    found = 0
    with sessions(engine)() as session:
        for row in (Notification, ActionRow):
            tests = [row.state.in_(("queued", "sending"))] + ([row.due_at <= now] if now else [])
            found += session.scalar(select(func.count()).select_from(row).where(*tests)) or 0
        cases = session.scalar(select(func.count()).select_from(live(session, "chaos").tables.current("case")))
        seen = session.scalar(select(func.count()).select_from(Alert).where(Alert.rule == "swept"))
    return found + (cases or 0) - (seen or 0)


def count(engine: sa.Engine, taken: set[str], mail: Mail) -> dict[str, int]:
    """Compare what was taken with what is there, what was told and made, and what the mail server got."""
    with sessions(engine)() as session:
        tables = live(session, "chaos").tables
        table, tasks = tables.current("case"), tables.current("task")
        ids = {name: id_ for id_, name in session.execute(select(table.c.id, table.c.name))}
        made = Counter(session.scalars(select(tasks.c.case)))
        told = session.scalars(select(Notification)).all()
    inbox = Counter((row.rule, row.record_id) for row in told if row.channel == "inbox")
    mails = {key_of(row): row for row in told if row.channel == "email"}
    sent = Counter(row.record_id for row in mails.values() if row.state == "sent")
    lost = {name for name in taken if name not in ids}
    lost |= {name for name, id_ in ids.items() if not (inbox["big", id_] and inbox["swept", id_] and sent[id_])}
    arrived = {key for copies in mail.copies.values() for key, _ in copies}
    return {
        "lost": len(lost) + len(mails.keys() - arrived),
        "doubled_in_app": sum(inbox.values()) - len(inbox),
        "doubled_mail_rows": sum(sent.values()) - len(sent),
        "tasks_lost_or_doubled": sum(made[id_] != 1 for id_ in ids.values()) + len(made.keys() - set(ids.values())),
        "external_copies": sum(len(copies) - 1 for copies in mail.copies.values()),
        "external_retries": sum(row.attempts - 1 for row in mails.values()),
        "external_unmarked": sum(not _is_marked(copies, mails) for copies in mail.copies.values()),
        "mails": len(mail.copies),
    }


def _is_marked(copies: list[tuple[str, str]], mails: dict[str, Notification]) -> bool:
    """Tell whether all copies of a mail bear the key of one row, and each another attempt, of those the row counts."""
    keys, attempts = {key for key, _ in copies}, [int(attempt) for _, attempt in copies]
    known = mails.get(copies[0][0])
    return (
        known is not None and len(keys) == 1 and len(set(attempts)) == len(attempts) and max(attempts) <= known.attempts
    )


def key_of(row: Notification) -> str:
    """Return the idempotency key of a row as mails carry it."""
    key = (row.app_key, row.rule, row.record_id, row.episode, row.step, row.person_id, row.channel)
    return sha256("/".join(map(str, key)).encode()).hexdigest()


def main() -> int:
    """Run on both databases, print the report and write it down."""
    from tests.support import postgres

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=5_000, help="changes on each database")
    parser.add_argument("--kills", type=int, default=60, help="kills on each database")
    parser.add_argument("--seconds", type=float, default=3600, help="most seconds on each database")
    given = parser.parse_args()
    plan = Plan(given.changes, given.kills, seconds=given.seconds)
    parts: dict[str, dict[str, Any]] = {}
    with postgres.run() as server, tempfile.TemporaryDirectory() as folder:
        for database in ("postgresql", "sqlite"):
            url = server.create_database() if database == "postgresql" else f"sqlite:///{folder}/chaos.db"
            parts[database] = run(url, plan)
            report = write_down(parts)
    print(json.dumps(report, indent=2))
    return int(any(report[name] for name in FAULTS))


def write_down(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Write the report of what has been run so far, and return it: sums, and what each database did."""
    whole: Counter[str] = Counter()
    for part in parts.values():
        whole.update({name: number for name, number in part.items() if isinstance(number, int)})
    report = {**whole, "databases": parts}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


if __name__ == "__main__":
    sys.exit(main())
