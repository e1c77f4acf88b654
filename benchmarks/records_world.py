"""A sales team's records in any number, made by the database itself: accounts, opportunities, and their history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from engine.db import create_system_tables, make_engine, sessions
from engine.people import SYSTEM, create_person, grant, person_named, set_password
from engine.records.narrowing import marks_of
from engine.records.search_index import drop_triggers, ensure_search_index, make_triggers, postgresql_name, rebuild
from engine.releases import live, publish
from rules.pinyin import spelt

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
APP, FORM = "desk", "opportunity"
PASSWORD = "correct horse 8"
STAGES = ("open", "offer", "won", "lost")
THINGS = ("pump", "boiler", "turbine", "valve", "crane", "锅炉", "水泵")
#: A word of forty records however many there are, and one of every seventh record.
RARE, COMMON = "zephyr", "boiler"
REGIONS = ("north", "south", "east", "west")

CONFIG: dict[str, Any] = {
    "app": {
        "key": APP,
        "label": "Desk",
        "version": "1",
        "time_zone": "Asia/Shanghai",
        "calendar": "CN",
        "currency": "CNY",
        "roles": [{"key": "rep", "label": "Rep"}, {"key": "manager", "label": "Manager"}],
    },
    "forms": [
        {
            "key": "account",
            "label": "Account",
            "title": "name",
            "fields": [
                {"key": "name", "type": "text", "label": "Name", "required": True},
                {
                    "key": "tier",
                    "type": "choice",
                    "label": "Tier",
                    "options": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}],
                },
            ],
            "permissions": [{"roles": ["rep", "manager"], "actions": ["read", "create", "update", "import", "export"]}],
        },
        {
            "key": FORM,
            "label": "Opportunity",
            "title": "name",
            "fields": [
                {"key": "name", "type": "text", "label": "Name", "required": True},
                {"key": "account", "type": "reference", "label": "Account", "to": "account"},
                {
                    "key": "region",
                    "type": "choice",
                    "label": "Region",
                    "options": [{"key": one, "label": one.title()} for one in REGIONS],
                },
                {"key": "amount", "type": "money", "label": "Amount"},
                {"key": "probability", "type": "percent", "label": "Probability"},
                {"key": "expected_on", "type": "date", "label": "Expected on"},
                {"key": "called_at", "type": "datetime", "label": "Called at"},
                {"key": "urgent", "type": "yes_no", "label": "Urgent"},
                {"key": "notes", "type": "long_text", "label": "Notes"},
                {
                    "key": "weighted",
                    "type": "computed",
                    "label": "Weighted",
                    "expression": "amount * probability / 100",
                    "result": "money",
                },
            ],
            "list": {
                "columns": ["name", "account", "amount", "stage", "expected_on", "owner"],
                "sort": ["-created_at"],
            },
            "board": {"card": ["account", "amount", "expected_on"]},
            "permissions": [
                {
                    "roles": ["rep"],
                    "actions": ["read", "create", "update", "move", "import", "export"],
                    "records": "owner == me",
                },
                {"roles": ["manager"], "actions": ["read", "create", "update", "move", "delete", "import", "export"]},
            ],
        },
    ],
    "pipelines": [
        {
            "key": "sales",
            "label": "Sales",
            "form": FORM,
            "initial": "open",
            "stages": [{"key": key, "label": key.title()} for key in STAGES],
            "transitions": [
                {"key": "offer", "label": "Offer", "from": ["open"], "to": "offer"},
                {"key": "win", "label": "Win", "from": ["offer"], "to": "won", "guard": "amount > 0"},
                {"key": "lose", "label": "Lose", "from": ["open", "offer"], "to": "lost"},
            ],
        }
    ],
    "alerts": [
        {
            "key": "late",
            "label": "Late",
            "form": FORM,
            "when": "expected_on < today and stage in ['open', 'offer']",
            "message": "{name} is late",
            "notify": [{"to": ["owner"], "channels": ["inbox"]}],
        }
    ],
}


def make_world(
    url: str, rows: int, *, views: Sequence[object] = (), accounts: int = 1000, people: int = 8
) -> sessionmaker[Session]:
    """Publish the app in an empty database and fill it; the same numbers give the same records on both databases."""
    engine = make_engine(url)
    create_system_tables(engine)
    maker = sessions(engine)
    with maker.begin() as session:
        for number in range(people):
            person = create_person(session, f"rep{number}", f"Rep {number}", now=NOW, region=REGIONS[number % 4])
            set_password(person, PASSWORD) if number == 0 else None
            grant(session, person, APP, "manager" if number == 0 else "rep")
        publish(session, _with(views), SYSTEM, NOW, "for a benchmark")
    fill(engine, maker, rows, accounts, people)
    return maker


def _with(views: Sequence[object]) -> dict[str, Any]:
    """Return the config with views of the opportunities."""
    forms = [{**form, "views": list(views)} if views and form["key"] == FORM else form for form in CONFIG["forms"]]
    return {**CONFIG, "forms": forms}


def fill(engine: Engine, maker: sessionmaker[Session], rows: int, accounts: int, people: int) -> None:
    """Insert the records and their history in a few statements."""
    with maker() as session:
        tables, first = live(session, APP).tables, person_named(session, "rep0")
        start = first.id if first else 1
    with _swift(engine) as connection:
        for form, count in (("account", accounts), (FORM, rows)):
            table, history = tables.current(form), tables.history(form)
            expressions = _account() if form == "account" else _opportunity(rows, accounts, people, start)
            names = ", ".join(f'"{name}"' for name in expressions)
            indexes = [*_rest_indexes(connection, table.name), *_rest_indexes(connection, history.name)]
            _rest_search(connection, table.name)
            connection.exec_driver_sql(
                f'INSERT INTO "{table.name}" ({names}) {_numbers(engine.dialect.name, count)} '
                f"SELECT {', '.join(_said(engine.dialect.name, one) for one in expressions.values())} FROM numbers"
            )
            own = [column.name for column in table.c if column.name in history.c]
            copied = ", ".join(f'"{name}"' for name in own)
            connection.exec_driver_sql(
                f'INSERT INTO "{history.name}" ({copied}, valid_from) SELECT {copied}, created_at FROM "{table.name}"'
            )
            for statement in indexes:
                connection.exec_driver_sql(statement)
            _wake_search(connection, table.name)
            if engine.dialect.name == "postgresql":
                sequence = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
                connection.exec_driver_sql(f"SELECT setval({sequence}, {count})")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As a server that has run for a while: both databases look after themselves like this.
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")


@contextmanager
def _swift(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that need not survive a crash; the connection is thrown away with its settings."""
    lite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        settings = ("PRAGMA synchronous=OFF", "PRAGMA cache_size=-800000", "PRAGMA temp_store=MEMORY")
        for setting in settings if lite else ("SET maintenance_work_mem = '512MB'",):
            cursor.execute(setting)
        cursor.close()
        connection.commit()
        with connection.begin():
            yield connection
        connection.detach()


def _rest_indexes(connection: Connection, table: str) -> list[str]:
    """Drop the indexes that publishing made; return the statements that make them again, all at once."""
    asked = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        if connection.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname LIKE 'swx%%'"
    )
    found = connection.exec_driver_sql(asked, (table,)).all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return [definition.replace("%", "%%") if "%s" in asked else definition for _, definition in found]


def _rest_search(connection: Connection, table: str) -> None:
    """Let the search index rest while a million records come in."""
    if connection.dialect.name == "sqlite":
        drop_triggers(connection, table)
    else:
        connection.exec_driver_sql(f'DROP INDEX IF EXISTS "{postgresql_name(table)}"')


def _wake_search(connection: Connection, table: str) -> None:
    if connection.dialect.name == "sqlite":
        make_triggers(connection, table)
        rebuild(connection, table)
    else:
        ensure_search_index(connection, table)


def _numbers(dialect: str, count: int) -> str:
    if dialect == "postgresql":
        return f"WITH numbers AS (SELECT n FROM generate_series(1::bigint, {count}) AS n)"
    return f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"


def _said(dialect: str, expression: str) -> str:
    """Return an expression in the words of a database: `@day(n)` and `@moment(seconds)` go back from NOW."""
    if dialect == "sqlite":
        expression = expression.replace("chr(", "char(")
    if dialect == "postgresql":
        return (
            expression.replace("%", "%%")
            .replace("@day(", "(date '2026-03-02' + interval '1 day' * (")
            .replace("@moment(", "(timestamptz '2026-03-02 01:00:00+00' - interval '1 second' * (")
            .replace("@end", "))")
        )
    return (
        expression.replace("@day(", "date('2026-03-02', (")
        .replace("@moment(", "strftime('%Y-%m-%d %H:%M:%f', '2026-03-02 01:00:00', -(")
        .replace("@end", ") || ' days')" if "@day" in expression else ") || ' seconds')")
    )


def _picked(values: tuple[str, ...], by: str) -> str:
    cases = " ".join(f"WHEN {place} THEN '{value}'" for place, value in enumerate(values))
    return f"CASE {by} % {len(values)} {cases} END"


def _system(owner: str, created: str) -> dict[str, str]:
    return {"id": "n", "version": "1", "owner": owner, "created_by": owner, "updated_by": owner} | dict.fromkeys(
        ("created_at", "updated_at"), created
    )


def _account() -> dict[str, str]:
    moment = "@moment(n * 977 % 90000000@end"
    name = "'Account ' || n"
    return {
        **_system("1", moment),
        "name": name,
        "tier": _picked(("a", "b"), "n"),
        "search_text": _segments(("name", name)),
    }


def _opportunity(rows: int, accounts: int, people: int, first: int) -> dict[str, str]:
    scattered = "(n * 7919 % 1000003)"
    rare = f"CASE WHEN n % {max(1, rows // 40)} = 7 THEN '{RARE} ' ELSE '' END"
    name = f"'Deal ' || n || ' ' || {rare} || {_picked(THINGS, scattered)}"
    notes = f"'Talked about ' || {scattered} || ' things'"
    moment = f"@moment({scattered} * 60@end"
    return {
        **_system(f"{first} + n % {people}", moment),
        "stage": _picked(STAGES, f"({scattered} / 7)"),
        "stage_entered_at": moment,
        "name": name,
        "account": f"1 + n % {accounts}",
        "region": _picked(REGIONS, f"({scattered} / 3)"),
        "amount": f"{scattered} * 100",
        "probability": f"{scattered} % 100",
        "expected_on": f"@day({scattered} % 800 - 400@end",
        "called_at": moment,
        "urgent": f"({scattered} % 5 = 0)",
        "notes": notes,
        "weighted": f"{scattered} * ({scattered} % 100)",
        "search_text": _segments(
            ("name", f"lower({name})"),
            ("region", _picked(REGIONS, f"({scattered} / 3)")),
            ("notes", f"lower({notes})"),
            by=scattered,
        ),
    }


def _segments(*parts: tuple[str, str], by: str = "") -> str:
    """Return a search text as `engine.records.search` writes it: segments, how a thing is typed, marks."""
    unit, record, gram = "chr(31)", "chr(30)", "chr(29)"
    pieces = [f"{unit} || '{name.upper()}' || {record} || {text}" for name, text in parts]
    if not by:
        return " || ".join([*pieces, unit])
    letters = {word: f"{unit} || 'NAME' || {gram} || {record} || '{spelt(word)}'" for word in THINGS if spelt(word)}
    marks = {word: f"{gram} || '{marks_of(word)[1:-1]}' || {gram}" for word in THINGS if marks_of(word)}
    return " || ".join([pieces[0], _case(letters, by), *pieces[1:], unit, _case(marks, by)])


def _case(texts: dict[str, str], by: str) -> str:
    cases = " ".join(f"WHEN {THINGS.index(word)} THEN {text}" for word, text in texts.items())
    return f"CASE {by} % {len(THINGS)} {cases} ELSE '' END"
