"""Speed of rules: a scheduled pass over many records next to the same questions in hand-written SQL, and one change.

`scheduled_vs_raw`: the time of evaluating all rules over all records, divided by that of hand-written SQL which asks the
same of the same tables: which records newly meet each condition and who is to be told, and which open alerts no longer
do. `change_ms_per_rule`: milliseconds of evaluating the rules that depend on a changed field, per rule, within the
change's own transaction. Both are the worse one of SQLite and PostgreSQL; each has its own figures beside them.
"""

from __future__ import annotations

import statistics
import tempfile
from datetime import timedelta
from time import perf_counter
from typing import Any

from benchmarks.alerts_world import DEPENDENT, NOW, ROWS, RULES, condition_by_hand, world
from engine.alerts.evaluate import on_change
from engine.db import Session, sessionmaker
from engine.jobs.ticking import do_rules
from engine.releases import live
from engine.releases.live import Live

#: Passes compared, and changes measured.
TURNS, CHANGES = 3, 50


def measure_all() -> dict[str, Any]:
    """Measure on both databases."""
    from tests.support import postgres

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        found["sqlite"] = measure(f"sqlite:///{folder}/alerts.db")
    with postgres.run() as server:
        found["postgresql"] = measure(server.create_database())
    worse = {key: max(one[key] for one in found.values()) for key in ("scheduled_vs_raw", "change_ms_per_rule")}
    said = {"scheduled_rows": ROWS, "scheduled_rules": RULES, "change_rules": DEPENDENT}
    return {**worse, **said, **{f"rules_{name}": one for name, one in found.items()}}


def measure(url: str) -> dict[str, float]:
    """Return the figures on one database."""
    began = perf_counter()
    with world(url) as maker:
        filled = perf_counter() - began
        return {"fill_seconds": round(filled, 1), **_scheduled(maker), **_change(maker)}


def _scheduled(maker: sessionmaker[Session]) -> dict[str, float]:
    """Fire everything once, then compare passes in which there is nothing new: what a server does all day."""
    first = perf_counter()
    done = do_rules(maker, NOW, due_only=True)
    fired = perf_counter() - first
    ours, raw = [], []
    for turn in range(1, TURNS + 1):
        began = perf_counter()
        again = do_rules(maker, NOW + timedelta(hours=turn), due_only=True)
        ours.append(perf_counter() - began)
        assert (again["rules"], again["firing"], again["resolved"]) == (RULES + DEPENDENT, 0, 0), again
        raw.append(_raw(maker))
    return {
        "scheduled_vs_raw": round(statistics.median(a / b for a, b in zip(ours, raw, strict=True)), 3),
        "scheduled_seconds": round(statistics.median(ours), 3),
        "raw_seconds": round(statistics.median(raw), 3),
        "first_pass_seconds": round(fired, 3),
        "alerts": done["firing"],
    }


def _raw(maker: sessionmaker[Session]) -> float:
    """Ask by hand what a pass must find out, and return the seconds it took."""
    tests = [(f"rule_{number}", condition_by_hand(number)) for number in range(RULES)]
    tests += [(f"calls_{number}", f"r.calls > {1000 + number}") for number in range(DEPENDENT)]
    with maker() as session:
        connection = session.connection()
        began = perf_counter()
        for rule, test in tests:
            for query in _by_hand(rule, test):
                assert connection.exec_driver_sql(query).all() == []
        return perf_counter() - began


def _by_hand(rule: str, test: str) -> tuple[str, str]:
    """Return the two questions about a rule: what newly meets its condition, and which open alerts are over."""
    mine = f"a.app_key = 'bench' AND a.rule = '{rule}' AND a.state IN ('pending', 'firing', 'acknowledged')"
    alive = "r.deleted_at IS NULL"
    is_open = f"SELECT 1 FROM sw_alert a WHERE {mine} AND a.record_id = r.id"
    newly = f"""SELECT r.id, r.name, r.owner, p.name, p.email FROM bench__job r LEFT JOIN sw_person p ON p.id = r.owner
        WHERE {alive} AND {test} AND NOT EXISTS ({is_open})"""
    same = f"SELECT 1 FROM bench__job r WHERE r.id = a.record_id AND {alive} AND {test}"
    return newly, f"SELECT a.record_id FROM sw_alert a WHERE {mine} AND NOT EXISTS ({same})"


def _change(maker: sessionmaker[Session]) -> dict[str, float]:
    spent = []
    for turn in range(CHANGES):
        with maker.begin() as session:
            app = live(session, "bench")
            spent.append(_one_change(session, app, turn + 1))
    return {"change_ms_per_rule": round(1000 * statistics.median(spent) / DEPENDENT, 3)}


def _one_change(session: Session, app: Live, record_id: int) -> float:
    """Change a record so that all dependent rules look at it and none fires; return the seconds they took."""
    table = app.tables.current("job")
    session.execute(table.update().where(table.c.id == record_id).values(calls=5.0))
    began = perf_counter()
    on_change(session, app, "job", [record_id], frozenset({"calls"}), NOW)
    return perf_counter() - began
