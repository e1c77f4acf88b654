"""Measures against the same figures added up in Python, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from engine.config.defs import MeasureDef, WindowDef
from engine.db import make_engine
from engine.okr.cycle import Span, window_span
from engine.sql import fallback
from engine.sql.measures import compute, where_of
from rules.check import check
from rules.compiled import compiled
from rules.functions.dates import date_of, start_of
from rules.types import Kind
from tests.support.expr_world import NOW, make_world

CYCLE = Span(date(2025, 7, 1), date(2026, 6, 30))
WORLD = make_world(11, size=400)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request, tmp_path_factory, postgres_server):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('measures') / 'measures.db'}"
    else:
        url = postgres_server.create_database()
    engine = make_engine(url)
    WORLD.store(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session


LIVE = SimpleNamespace(app=WORLD.app, tables=WORLD.tables)


def measure(agg, value="", where="", during="", window="all", by="", period="", key="m", count=0, unit=""):
    def expression(text):
        return check(text, WORLD.scope) if text else None

    parts = {"value": value, "where": where, "during": during, "by": by}
    checked = {name: expression(text) for name, text in parts.items()}
    return MeasureDef(key, "deal", agg, window=WindowDef(window, count, unit), by_period=period, **checked)


def by_hand(wanted, seen=lambda deal: True):
    """Return (value, count, groups) of a measure, the slow and plain way."""
    span = window_span(wanted.window, CYCLE, NOW, WORLD.zone)
    found = {}
    for deal in filter(seen, WORLD.deals):
        if wanted.where and compiled(wanted.where)(WORLD.values(deal, wanted.where.reads)) is not True:
            continue
        if wanted.during and not in_span(wanted.during, deal, span):
            continue
        value = 1 if wanted.value is None else evaluated(wanted.value, deal)
        if value is not None:
            found.setdefault(group_of(wanted, deal), []).append((deal["id"], value))
    return found


def evaluated(checked, deal):
    return compiled(checked)(WORLD.values(deal, checked.reads))


def day_of(checked, deal):
    value = evaluated(checked, deal)
    return date_of(checked.context, value) if checked.type.kind is Kind.DATETIME and value else value


def in_span(during, deal, span):
    day = day_of(during, deal)
    return (span.start is None and span.end is None) or (day is not None and span.holds(day))


def group_of(wanted, deal):
    by = wanted.by or (wanted.during if wanted.by_period else None)
    if by is None or not wanted.by_period:
        return None if by is None else evaluated(by, deal)
    day = day_of(by, deal)
    return day if day is None or wanted.by_period == "day" else start_of(day, wanted.by_period)


def total(agg, values):
    match agg:
        case "count":
            return len(values)
        case "count_distinct":
            return len(set(values))
        case "sum":
            return float(sum(Fraction(str(v)) for v in values))
        case "avg":
            return float(sum(Fraction(str(v)) for v in values) / len(values)) if values else None
    return (min if agg == "min" else max)(values, default=None)


WHERES = (
    "",
    "stage == 'won'",
    "not b1 or n2 > 3",
    "customer.region == me.region",
    "days_in_stage > 30",
    "'vip' in tags",
)
VALUES = {
    "count": ("", "n2"),
    "sum": ("m1", "m2", "n1", "m1 if b1 else 0", "if_empty(m2, 0) - m1", "n2 * 2"),
    "avg": ("m2", "n2", "days_in_stage"),
    "min": ("n2", "m2", "d2", "at1", "n1 / n3"),
    "max": ("n2", "m1", "d1", "at2"),
    "count_distinct": ("tier", "customer", "owner", "t2", "n2", "d1", "customer.region"),
}
WINDOWS = (("all", "", 0, ""), ("cycle", "d1", 0, ""), ("to_date", "at1", 0, ""), ("last", "at2", 6, "month"))
WINDOWS += (("previous_cycle", "customer.since", 0, ""), ("last", "d2", 90, "day"))
#: Adding doubles of 1e15 and of 0.1 loses digits in any order.
SMALL = "n2 < 1000000 and n2 > -1000000"
CASES = [(agg, value, where) for agg, values in VALUES.items() for value, where in product(values, WHERES)]


def measures_of(cases):
    for place, (agg, value, where) in enumerate(cases):
        window, during, count, unit = WINDOWS[place % len(WINDOWS)]
        key = f"m{place}"
        yield key, measure(agg, value, where, during, window, key=key, count=count, unit=unit)


def close(found, wanted, added=()):
    """Doubles are added in the order the database likes: large ones that cancel out leave a rest of their own size."""
    if isinstance(found, float) and isinstance(wanted, int | float):
        rest = sum(abs(value) for value in added if isinstance(value, int | float)) * 2.0**-50
        return found == pytest.approx(wanted, rel=1e-12, abs=max(1e-9, rest))
    return found == wanted


def test_measures_of_one_form_equal_those_added_up_by_hand(session):
    wanted = dict(measures_of(CASES))

    figures = compute(session, LIVE, wanted, CYCLE, NOW, WORLD.user, rights=lambda source: None)

    for key, one in wanted.items():
        parts = by_hand(one).get(None, [])
        values = [value for _, value in parts]
        assert close(figures[key].value, total(one.agg, values), values), CASES[int(key[1:])]
        assert figures[key].count == len(parts)


def test_measures_of_one_form_take_one_select(session):
    seen = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda _c, _k, statement, *_: seen.append(statement))

    compute(session, LIVE, dict(measures_of(CASES[:20])), CYCLE, NOW)

    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1


@pytest.mark.parametrize(
    ("by", "period", "during"),
    [
        ("tier", "", ""),
        ("customer", "", ""),
        ("owner", "", "d1"),
        ("customer.region", "", ""),
        ("b2", "", ""),
        ("", "quarter", "d2"),
        ("", "half_year", "at1"),
        ("at2", "month", "d1"),
        ("d1", "week", ""),
        ("d1", "year", ""),
        ("at1", "day", ""),
    ],
)
def test_measure_by_group_equals_groups_added_up_by_hand(session, by, period, during):
    named = {
        "sum": measure("sum", "m1", "n1 > 0", during, "cycle", by, period),
        "avg": measure("avg", "n2", SMALL, during, "cycle", by, period),
        "all": measure("count", "", "", during, "cycle", by, period),
    }

    figures = compute(session, LIVE, named, CYCLE, NOW, WORLD.user, rights=lambda source: None)

    for name, one in named.items():
        by_key = by_hand(one)
        order = sorted(by_key, key=lambda key: (key is None, "" if key is None else key))
        assert [group.key for group in figures[name].groups] == order
        for group in figures[name].groups:
            assert group.count == len(by_key[group.key])
            assert close(group.value, total(one.agg, [value for _, value in by_key[group.key]]))


@pytest.mark.parametrize("case", CASES[:: len(CASES) // 24], ids=str)
def test_where_of_selects_the_records_that_were_counted(session, case):
    (_, one), *_ = measures_of([case])
    source = WORLD.source(session.get_bind().dialect.name)

    condition = where_of(session, source, one, CYCLE)

    found = set(session.scalars(source.select(source.table.c.id).where(condition)))
    assert found == {key for key, _ in by_hand(one).get(None, [])}


@pytest.mark.parametrize("by", ["tier", "customer.region"])
def test_where_of_a_group_selects_its_records(session, by):
    one = measure("sum", "m2", by=by)

    for key, parts in by_hand(one).items():
        source = WORLD.source(session.get_bind().dialect.name)
        condition = where_of(session, source, one, CYCLE, key)
        assert set(session.scalars(source.select(source.table.c.id).where(condition))) == {id_ for id_, _ in parts}


def test_measure_without_records_is_zero_or_empty(session):
    named = {agg: measure(agg, VALUES[agg][0], "n1 > 5 and n1 < 4") for agg in VALUES}

    figures = compute(session, LIVE, named, CYCLE, NOW)

    assert {agg: figure.value for agg, figure in figures.items()} == {
        "count": 0,
        "sum": 0,
        "avg": None,
        "min": None,
        "max": None,
        "count_distinct": 0,
    }


def test_measure_sees_only_what_rights_allow(session):
    one = measure("sum", "m1")

    figure = compute(
        session,
        LIVE,
        [one],
        CYCLE,
        NOW,
        WORLD.user,
        rights=lambda source: source.condition(check("owner == me", WORLD.scope)),
    )["m"]

    parts = by_hand(one, lambda deal: deal["owner"] == WORLD.user.id)[None]
    assert (figure.value, figure.count) == (total("sum", [value for _, value in parts]), len(parts))


BEYOND_SQL = {
    "where": measure("sum", "m1", "lower(t1) in ['a', 'é']"),
    "value": measure("count_distinct", "lower(t1)", "b1", "at1", "cycle"),
    "by": measure("sum", "m2", by="lower(t2)"),
    "money": measure("avg", "m1 if lower(t1) == 'a' else 0"),
}


@pytest.mark.parametrize("name", BEYOND_SQL)
def test_measure_that_sql_cannot_compute_is_added_up_record_by_record(session, name):
    one = BEYOND_SQL[name]

    figure = compute(session, LIVE, [one], CYCLE, NOW)["m"]

    by_key = by_hand(one)
    assert figure.count == sum(len(parts) for parts in by_key.values())
    if one.by is None:
        assert close(figure.value, total(one.agg, [value for _, value in by_key[None]]))
    else:
        assert {g.key: g.count for g in figure.groups} == {key: len(parts) for key, parts in by_key.items()}


def test_where_of_what_sql_cannot_compute_selects_the_records(session):
    for one in BEYOND_SQL.values():
        source = WORLD.source(session.get_bind().dialect.name)
        condition = where_of(session, source, one, CYCLE)
        found = set(session.scalars(source.select(source.table.c.id).where(condition)))
        assert found == {id_ for parts in by_hand(one).values() for id_, _ in parts}


def test_condition_of_falls_back_to_python(session):
    source = WORLD.source(session.get_bind().dialect.name)
    checked = check("initials(owner.name) == 'A' and n1 > 0", WORLD.scope)

    condition = fallback.condition_of(session, source, checked)

    found = set(session.scalars(source.select(source.table.c.id).where(condition)))
    assert found == {deal["id"] for deal in WORLD.deals if evaluated(checked, deal)}


def test_sum_of_money_is_exact_to_the_cent(session):
    largest = max(abs(deal["m1"]) for deal in WORLD.deals)
    assert largest > 2**50

    figure = compute(session, LIVE, [measure("sum", "m1", "m1 < 10000000 and m1 > -10000000")], CYCLE, NOW)["m"]

    assert figure.value == sum(d["m1"] for d in WORLD.deals if abs(d["m1"]) < 10**9) / 100


def test_moment_of_the_measure_decides_what_today_means(session):
    one = measure("count", where="days_since(d1) > 30")
    earlier = datetime(2025, 1, 1, tzinfo=UTC)

    now, then = (compute(session, LIVE, [one], CYCLE, moment)["m"].value for moment in (NOW, earlier))

    assert then < now
