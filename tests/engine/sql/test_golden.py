"""The golden tables on both databases: every line of expressions.txt, its record stored, its value selected."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from engine.db import make_engine
from engine.people import Person, User
from engine.sql.functions import NoSqlForm, has_form
from engine.sql.source import Source
from engine.tables import VIRTUAL, AppTables
from rules.cases import shown
from rules.check import check
from rules.registry import FUNCTIONS
from tests.support.golden_table import cases, filled, world

WORLD = world()
PEOPLE = sa.inspect(Person).local_table
#: What PostgreSQL cannot say; the linter tells.
NOT_ON_POSTGRESQL = {name for name, function in FUNCTIONS.items() if not function.sql}


def row_of(form, record, key):
    shape = WORLD.scope.shapes[form]
    row = {name: WORLD._follow(record, form, (name,)) for name in shape if name not in VIRTUAL}
    if "days_in_stage" in record:
        row["stage_entered_at"] = WORLD.now - timedelta(days=record["days_in_stage"])
    return {**row, "id": key, "version": 1, "deleted_at": None}


def people():
    facts = {"active": True, "is_admin": False, "locale": "", "session_stamp": ""}
    for one in WORLD.people.values():
        manager = WORLD._person(one["sign_in"], ("manager",))
        known = {name: one.get(name) for name in ("id", "sign_in", "name", "email", "region", "team")}
        yield {**known, **facts, "manager_id": manager}


def asking():
    me = WORLD.people[WORLD.me]
    roles = frozenset(("golden", role) for role in WORLD.source["roles"])
    facts = {name: me.get(name) for name in ("id", "sign_in", "name", "email", "region", "team")}
    return User(**facts, manager_id=WORLD._person(WORLD.me, ("manager",)), roles=roles)


@pytest.fixture
def golden(empty_database_url):
    engine = make_engine(empty_database_url)
    shapes = WORLD.scope.shapes
    tables = AppTables("golden", shapes)
    with engine.begin() as connection:
        for table in (PEOPLE, *(tables.current(form) for form in shapes)):
            table.create(connection)
        for person in sorted(people(), key=lambda one: one["manager_id"] is not None):
            connection.execute(sa.insert(PEOPLE), person)
        for (form, _), record in WORLD.records.items():
            connection.execute(sa.insert(tables.current(form)), row_of(form, record, record["id"]))
        rows = [row_of("deal", filled(case), case.line) for case in cases()]
        connection.execute(sa.insert(tables.current("deal")), rows)
    app = SimpleNamespace(key="golden", shapes=shapes, context=WORLD.context)
    with engine.connect() as connection:
        yield connection, lambda: Source(app, tables, "deal", engine.dialect.name, WORLD.now, asking())
    engine.dispose()


def test_database_gives_the_golden_values(golden):
    connection, source_of = golden
    wrong, left_out = [], set()

    for case in cases():
        source = source_of()
        try:
            value = source.expr(check(case.expression, WORLD.scope))
        except NoSqlForm as missing:
            left_out.add(missing.function)
            continue
        found = shown(connection.scalar(source.select(value).where(source.table.c.id == case.line)))
        if (found, isinstance(found, bool)) != (case.value, isinstance(case.value, bool)):
            wrong.append(f"{case}: {found!r}, not {case.value!r}")

    assert wrong == []
    assert left_out <= (NOT_ON_POSTGRESQL if connection.dialect.name == "postgresql" else {""})


@pytest.mark.parametrize(
    "function", [f for f in FUNCTIONS.values() if f.expand is None and not f.reads], ids=lambda one: one.name
)
def test_registry_says_whether_both_databases_know_a_function(function):
    assert function.sql is all(has_form(function.name, dialect) for dialect in ("sqlite", "postgresql"))
