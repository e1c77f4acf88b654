"""The shape of compiled SQL: what is bound, joined, elided and left to an index, and what is too much for a database."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.db import make_engine
from engine.sql.functions import NoSqlForm
from engine.sql.weight import TooLarge
from rules.check import check
from tests.support.differential import by_database, differences
from tests.support.expr_world import make_world

WORLD = make_world(5, size=40)
DIALECTS = ("sqlite", "postgresql")


def where(text, dialect="sqlite"):
    """Return the condition of an expression as SQL, numbered parameters replaced by ?."""
    source = WORLD.source(dialect)
    condition = source.condition(check(text, WORLD.scope))
    return re.sub(r":\w+", "?", str(condition)).replace("world__deal.", "")


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("n1 < 5", "n1 < ?"),
        ("not (n1 < 5)", "n1 >= ?"),
        ("not (n2 < 5)", "(n2 < ?) IS NOT true"),
        ("stage == 'won'", "stage = ?"),
        ("stage != 'won'", "stage != ?"),
        ("t2 != 'a'", "t2 IS DISTINCT FROM ?"),
        ("t2 == customer.region", "t2 IS NOT DISTINCT FROM j1.region"),
        ("m1 > 12.345", "m1 >= ?"),
        ("n1 * 2 > 5", "n1 * ? >= ?"),
        ("n1 * 2 > n1 + 1", "n1 * ? - (n1 + ?) >= ?"),
        ("days_since(d1) > 90", "d1 <= ?"),
        ("days_between(d1, today) >= 90", "d1 <= ?"),
        ("year(d1) == 2017", "d1 >= ? AND d1 <= ?"),
        ("start_of(d1, 'month') == start_of(today, 'month')", "d1 >= ? AND d1 <= ?"),
        ("days_in_stage > 30", "stage_entered_at <= ?"),
        ("d1 < add_days(today, -30)", "d1 < ?"),
        ("owner == me or owner.region == me.region", "owner = ? OR j1.region = ?"),
        ("has_role('rep')", "true"),
        ("has_role('boss') and n1 > 1", "false"),
        ("1 + 1 == 2", "true"),
    ],
)
def test_condition_is_written_as_an_expert_would(text, sql):
    assert where(text) == sql


@pytest.mark.parametrize("dialect", DIALECTS)
def test_money_is_compared_in_whole_minor_units(dialect):
    source = WORLD.source(dialect)

    bound = source.condition(check("m1 > 12.345", WORLD.scope)).compile().params

    assert list(bound.values()) == [1235]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ['t1 == "\' OR 1=1 --"', "contains(t1, '%_')", "concat(t1, '; DROP TABLE x') == t2"])
def test_texts_are_never_written_into_the_statement(dialect, text):
    source = WORLD.source(dialect)

    statement = str(source.select(source.table.c.id).where(source.condition(check(text, WORLD.scope))))

    assert not set("%'-;") & set(statement.replace("world__deal", "").replace("_1", ""))


def test_each_reference_prefix_is_joined_once():
    source = WORLD.source("sqlite")
    text = "customer.region == 'x' and customer.parent.rank > 2 and customer.rank > 1 and owner.manager.name == 'y'"
    condition = source.condition(check(text, WORLD.scope))

    statement = str(source.select(source.table.c.id).where(condition))

    assert statement.count("LEFT OUTER JOIN") == 4


def test_decimal_numbers_are_bound_as_doubles():
    source = WORLD.source("postgresql")

    bound = source.expr(check("n1 * 1.1 + 3", WORLD.scope)).compile().params

    assert {type(value) for value in bound.values()} == {float}


@pytest.fixture
def sqlite(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'compile.db'}")
    WORLD.store(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    "text",
    [
        "days_since(d1) > 90",
        "year(d1) == 2025",
        "workdays_between(d1, today) > 20",
        "start_of(d1, 'week') == \"2026-02-23\"",
    ],
)
def test_function_of_one_date_is_served_by_an_index(sqlite, text):
    source = WORLD.source("sqlite")
    query = source.select(source.table.c.id).where(source.condition(check(text, WORLD.scope)))
    with sqlite.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX by_day ON world__deal (d1)")
        compiled = query.compile(connection)
        values = [value.isoformat() for value in compiled.params.values()]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(values)).all()

    assert "SEARCH world__deal USING INDEX by_day (d1" in plan[0][-1]


@pytest.mark.parametrize("zone", ["America/St_Johns", "Europe/Berlin", "Asia/Shanghai", "Pacific/Apia"])
@pytest.mark.parametrize("around", ["2006-10-29T02:31", "2026-10-25T01:00", "1991-09-14T15:00", "2011-12-30T10:00"])
def test_local_dates_are_right_when_clocks_are_put_back(tmp_path, zone, around):
    moment = datetime.fromisoformat(around).replace(tzinfo=UTC)
    moments = [moment + timedelta(minutes=7 * step) for step in range(-250, 251)]
    world = replace(make_world(1, size=len(moments), zone=zone), zone=zone)
    for deal, at in zip(world.deals, moments, strict=True):
        deal["at1"] = deal["stage_entered_at"] = at
    engine = make_engine(f"sqlite:///{tmp_path / 'zones.db'}")
    world.store(engine)

    for day in {moment.date() + timedelta(days=shift) for shift in (-1, 0, 1)}:
        for text in (f'date_of(at1) <= "{day}"', f'date_of(at1) == "{day}"', f'days_since(at1) > days_since("{day}")'):
            assert differences(world, text, {"sqlite": by_database(engine)}) == []
    days = (world.today - moment.date()).days
    assert differences(world, f"days_in_stage >= {days} and hour(at1) < 12", {"sqlite": by_database(engine)}) == []
    engine.dispose()


def test_expression_nested_too_deep_for_the_database_is_told_apart():
    text = "n1 + (" * 18 + "round(n2 / 3, 2)" + ")" * 18
    source = WORLD.source("sqlite")
    nested = check(text.replace("n1 + (", "max(n1, n2 + (", 18).replace(")" * 18, "))" * 18), WORLD.scope)

    assert issubclass(TooLarge, NoSqlForm)
    with pytest.raises(TooLarge):
        source.expr(nested)


def test_depth_limit_lets_through_what_sqlite_can_parse(sqlite):
    """The deepest chain that is let through runs; the limit is no closer to SQLite's own than it must be."""
    for depth in range(2, 39):
        text = "n1 + (" * depth + "n1" + ")" * depth
        source = WORLD.source("sqlite")
        try:
            query = source.select(source.expr(check(text, WORLD.scope)))
        except TooLarge:
            assert depth > 20
            continue
        with sqlite.connect() as connection:
            connection.execute(query).all()


def test_history_is_read_where_a_moment_is_given():
    source = WORLD.source("sqlite")
    past = type(source)(source.app, source.tables, "deal", "sqlite", WORLD.now, at=WORLD.now)

    statement = str(past.select(past.expr(check("customer.region", WORLD.scope))))

    assert "FROM world__deal__history LEFT OUTER JOIN world__customer__history AS j1" in statement
    assert statement.count("valid_from <=") == 2


def test_condition_without_records_selects_none(sqlite):
    source = WORLD.source("sqlite")
    condition = source.condition(check("n1 < 1 and n1 > 2", WORLD.scope))

    with sqlite.connect() as connection:
        assert connection.scalar(source.select(sa.func.count()).where(condition)) == 0
