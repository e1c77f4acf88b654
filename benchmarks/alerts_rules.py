"""Speed of rules: a scheduled pass over many records next to the same questions in hand-written SQL, and one change.

`scheduled_vs_raw`: the time of evaluating all rules over all records, divided by that of hand-written SQL which asks the
same of the same tables: which records newly meet each condition, and which open alerts no longer do. `change_ms_per_rule`:
milliseconds of evaluating the rules that depend on a changed field, per rule, within the change's own transaction.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from engine import people
from engine.alerts import schedule
from engine.alerts.evaluate import on_change, run_rule
from engine.db import Session, create_system_tables, make_engine, sessions, start_writing
from engine.people import SYSTEM
from engine.releases import live, publish
from engine.releases.live import Live

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
ROWS, RULES = int(os.environ.get("STEERWAY_BENCH_ROWS", "1000000")), int(os.environ.get("STEERWAY_BENCH_RULES", "200"))
CHUNK = 20_000
#: Rules that a change of one field concerns, and changes measured.
DEPENDENT, CHANGES = 20, 50
#: Condition of every kind of rule, and the same by hand; {n} makes each rule another one.
KINDS: tuple[tuple[str, str], ...] = (
    ("amount > {big} and stage == 'open'", "r.amount > {big_minor} AND r.stage = 'open'"),
    ("score == {score} and urgent", "r.score = {score} AND r.urgent = {true}"),
    ("due_on < '{day}' and amount > {large}", "r.due_on < '{day}' AND r.amount > {large_minor}"),
    ("score > 990 and region == 'r{region}' and amount > {large}",
     "r.score > 990 AND r.region = 'r{region}' AND r.amount > {large_minor}"),
)  # fmt: skip


def measure_all() -> dict[str, float]:
    """Return the figures on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'alerts.db'}")
        try:
            with _world(engine) as maker:
                return {**_scheduled(maker, engine), **_change(maker)}
        finally:
            engine.dispose()


def config() -> dict[str, Any]:
    """Return an app with one form and all rules."""
    options = [{"key": f"r{number}", "label": f"R{number}"} for number in range(8)]
    fields = [
        {"key": "name", "type": "text", "label": "Name", "required": True},
        {"key": "amount", "type": "money", "label": "Amount"},
        {"key": "score", "type": "number", "label": "Score"},
        {"key": "calls", "type": "number", "label": "Calls"},
        {"key": "urgent", "type": "yes_no", "label": "Urgent"},
        {"key": "due_on", "type": "date", "label": "Due on"},
        {"key": "region", "type": "choice", "label": "Region", "options": options},
    ]
    stages = [{"key": key, "label": key} for key in ("open", "done")]
    form = {"key": "job", "label": "Job", "title": "name", "fields": fields}
    pipeline = {"key": "jobs", "label": "Jobs", "form": "job", "initial": "open", "stages": stages}
    rules = [_rule(number) for number in range(RULES)] + [_on_calls(number) for number in range(DEPENDENT)]
    return {
        "app": {"key": "bench", "label": "Bench", "roles": [{"key": "rep", "label": "Rep"}]},
        "forms": [form],
        "pipelines": [{**pipeline, "transitions": [{"key": "end", "label": "End", "from": "*", "to": "done"}]}],
        "alerts": rules,
    }


def _facts(number: int) -> dict[str, object]:
    big, large = 999_700 + number, 950_000 + number * 100
    day = (date(2020, 1, 1) + timedelta(days=number // 8)).isoformat()
    minor = {"big_minor": big * 100, "large_minor": large * 100}
    return {"big": big, "large": large, "score": number * 4, "day": day, "region": number % 8, "true": 1, **minor}


def _rule(number: int) -> dict[str, Any]:
    when = KINDS[number % len(KINDS)][0].format(**_facts(number))
    return _whole(f"rule_{number}", when)


def _on_calls(number: int) -> dict[str, Any]:
    return _whole(f"calls_{number}", f"calls > {1000 + number}")


def _whole(key: str, when: str) -> dict[str, Any]:
    told = [{"to": ["owner"]}]
    return {"key": key, "label": key, "form": "job", "when": when, "message": "{name}", "notify": told}


@contextmanager
def _world(engine: sa.Engine) -> Iterator[Any]:
    create_system_tables(engine)
    maker = sessions(engine)
    with maker.begin() as session:
        publish(session, config(), SYSTEM, NOW, "benchmark")
        owner = people.create_person(session, "owner", "Owner", now=NOW)
        people.grant(session, owner, "bench", "rep")
        schedule.sync(session, live(session, "bench"), NOW)
        id_ = owner.id
    _fill(maker, id_)
    yield maker


def _fill(maker: Any, owner: int) -> None:
    dice = Random(1)
    with maker.begin() as session:
        table = live(session, "bench").tables.current("job")
        for first in range(0, ROWS, CHUNK):
            session.execute(table.insert(), [_row(dice, n, owner) for n in range(first, min(first + CHUNK, ROWS))])
        session.execute(sa.text("ANALYZE"))


def _row(dice: Random, number: int, owner: int) -> dict[str, object]:
    return {
        "version": 1,
        "name": f"Job {number}",
        "amount": dice.randrange(100_000_000),
        "score": float(dice.randrange(1000)),
        "calls": float(dice.randrange(1000)),
        "urgent": dice.random() < 0.02,
        "due_on": date(2020, 1, 1) + timedelta(days=dice.randrange(3650)),
        "region": f"r{dice.randrange(8)}",
        "stage": "open" if dice.random() < 0.3 else "done",
        "stage_entered_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
        "owner": owner,
    }


def _scheduled(maker: Any, engine: sa.Engine) -> dict[str, float]:
    """Fire everything once, then compare passes in which there is nothing new: what a server does all day."""
    first = perf_counter()
    _pass(maker, NOW)
    fired = perf_counter() - first
    ours, raw = [], []
    for turn in range(1, 4):
        began = perf_counter()
        _pass(maker, NOW + timedelta(hours=turn))
        ours.append(perf_counter() - began)
        raw.append(_raw(engine))
    best, by_hand = min(ours), min(raw)
    return {
        "scheduled_vs_raw": round(best / by_hand, 3),
        "scheduled_seconds": round(best, 3),
        "raw_seconds": round(by_hand, 3),
        "first_pass_seconds": round(fired, 3),
        "scheduled_rows": ROWS,
        "scheduled_rules": RULES,
    }


def _pass(maker: Any, now: datetime) -> None:
    for number in range(RULES):
        with maker.begin() as session:
            start_writing(session)
            app = live(session, "bench")
            rule = app.app.alerts[f"rule_{number}"]
            schedule.claim(session, app, rule, now, always=True)
            run_rule(session, app, rule, now)


def _raw(engine: sa.Engine) -> float:
    began = perf_counter()
    for number in range(RULES):
        test = KINDS[number % len(KINDS)][1].format(**_facts(number))
        mine = f"a.app_key = 'bench' AND a.rule = 'rule_{number}' AND a.state IN ('pending', 'firing', 'acknowledged')"
        alive = "r.deleted_at IS NULL"
        is_open = f"SELECT 1 FROM sw_alert a WHERE {mine} AND a.record_id = r.id"
        newly = f"SELECT r.id, r.name, r.owner FROM bench__job r WHERE {alive} AND {test} AND NOT EXISTS ({is_open})"
        same = f"SELECT 1 FROM bench__job r WHERE r.id = a.record_id AND {alive} AND {test}"
        gone = f"SELECT a.record_id FROM sw_alert a WHERE {mine} AND NOT EXISTS ({same})"
        with engine.connect() as connection:
            connection.exec_driver_sql(newly).all()
            connection.exec_driver_sql(gone).all()
    return perf_counter() - began


def _change(maker: Any) -> dict[str, float]:
    spent = []
    for turn in range(CHANGES):
        with maker.begin() as session:
            app = live(session, "bench")
            spent.append(_one_change(session, app, turn + 1))
    return {"change_ms_per_rule": round(1000 * statistics.median(spent) / DEPENDENT, 3), "change_rules": DEPENDENT}


def _one_change(session: Session, app: Live, record_id: int) -> float:
    """Change a record so that all dependent rules look at it and none fires; return the seconds they took."""
    table = app.tables.current("job")
    session.execute(table.update().where(table.c.id == record_id).values(calls=5.0))
    began = perf_counter()
    on_change(session, app, "job", [record_id], frozenset({"calls"}), NOW)
    return perf_counter() - began
