"""The app, its rules and its records for the benchmark of alerts, filled by the database itself, the same on both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine import people
from engine.alerts import schedule
from engine.db import Session, create_system_tables, make_engine, sessionmaker, sessions
from engine.people import SYSTEM
from engine.releases import live, publish

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
ROWS, RULES = int(os.environ.get("STEERWAY_BENCH_ROWS", "1000000")), int(os.environ.get("STEERWAY_BENCH_RULES", "200"))
#: Rules that a change of one field concerns.
DEPENDENT = 20
#: Condition of every kind of rule, and the same by hand; the number of the rule makes each another one.
KINDS: tuple[tuple[str, str], ...] = (
    ("amount > {big} and stage == 'open'", "r.amount > {big_minor} AND r.stage = 'open'"),
    ("score == {score} and urgent", "r.score = {score} AND r.urgent = TRUE"),
    ("due_on < '{day}' and amount > {large}", "r.due_on < '{day}' AND r.amount > {large_minor}"),
    ("score > 990 and region == 'r{region}' and amount > {large}",
     "r.score > 990 AND r.region = 'r{region}' AND r.amount > {large_minor}"),
)  # fmt: skip
#: A number that looks like chance, of the row's number and a factor: a line would leave too much order between two.
CHANCE = "(((n.n * {0}) % 2147483647) * ((n.n + {0}) % 1048573) % 2147483647)"
#: Column -> what it holds; {a} … {g} look like chance, independent of each other.
COLUMNS = {
    "version": "1",
    "name": "'Job ' || n.n",
    "amount": "{a} % 100000000",
    "score": "{b} % 1000",
    "calls": "{c} % 1000",
    "urgent": "{d} % 50 = 0",
    "due_on": "date('2020-01-01', '+' || ({e} % 3650) || ' days')",
    "region": "'r' || ({f} % 8)",
    "stage": "CASE WHEN {g} % 10 < 3 THEN 'open' ELSE 'done' END",
    "stage_entered_at": ":now",
    "created_at": ":now",
    "updated_at": ":now",
    "owner": ":owner",
}
FACTORS = (1288490189, 1703268503, 905487241, 1996734121, 1150336871, 736338717, 2087494363)


@contextmanager
def world(url: str) -> Iterator[sessionmaker[Session]]:
    """Publish the form, fill it, and publish the rules, which makes the indexes they need."""
    engine = make_engine(url)
    try:
        create_system_tables(engine)
        maker = sessions(engine)
        with maker.begin() as session:
            publish(session, config(with_rules=False), SYSTEM, NOW, "benchmark")
            owner = people.create_person(session, "owner", "Owner", now=NOW)
            people.grant(session, owner, "bench", "rep")
            _fill(session, owner.id)
        with maker.begin() as session:
            publish(session, config(), SYSTEM, NOW, "rules")
            schedule.sync(session, live(session, "bench"), NOW)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE")
        yield maker
    finally:
        engine.dispose()


def config(*, with_rules: bool = True) -> dict[str, Any]:
    """Return an app with one form, and all rules or none."""
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
        "alerts": rules if with_rules else [],
    }


def condition_by_hand(number: int) -> str:
    """Return the condition of a rule in SQL, on `r`."""
    return KINDS[number % len(KINDS)][1].format(**_facts(number))


def _facts(number: int) -> dict[str, object]:
    big, large = 999_700 + number, 950_000 + number * 100
    day = (date(2020, 1, 1) + timedelta(days=number // 8)).isoformat()
    minor = {"big_minor": big * 100, "large_minor": large * 100}
    return {"big": big, "large": large, "score": number * 4, "day": day, "region": number % 8, **minor}


def _rule(number: int) -> dict[str, Any]:
    when = KINDS[number % len(KINDS)][0].format(**_facts(number))
    return _whole(f"rule_{number}", when)


def _on_calls(number: int) -> dict[str, Any]:
    return _whole(f"calls_{number}", f"calls > {1000 + number}")


def _whole(key: str, when: str) -> dict[str, Any]:
    told = [{"to": ["owner"]}]
    return {"key": key, "label": key, "form": "job", "when": when, "message": "{name}", "notify": told}


def _fill(session: Session, owner: int) -> None:
    table = live(session, "bench").tables.current("job")
    chances = {letter: CHANCE.format(factor) for letter, factor in zip("abcdefg", FACTORS, strict=True)}
    chosen = {column: expression.format(**chances) for column, expression in COLUMNS.items()}
    if session.get_bind().dialect.name == "postgresql":
        chosen["due_on"] = "DATE '2020-01-01' + ({e} % 3650)::int".format(**chances)
    numbers = "WITH RECURSIVE n(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM n WHERE n < :rows)"
    insert = f"INSERT INTO {table.name} ({', '.join(chosen)}) {numbers} SELECT {', '.join(chosen.values())} FROM n"
    types = [sa.bindparam("now", type_=table.c.created_at.type)]
    session.execute(sa.text(insert).bindparams(*types), {"rows": ROWS, "now": NOW, "owner": owner})
