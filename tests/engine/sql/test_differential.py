"""The three evaluators agree on random expressions over random records, and a bug planted in any one is caught."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

import rules.emit
import rules.reference
from engine.sql.dialect_sqlite import SqliteForms
from rules import tree
from rules.limits import HALF_NINTH
from rules.registry import FUNCTIONS
from tests.support.expr_gen import expressions
from tests.support.fuzzing import DifferenceError, Fuzz


@pytest.fixture
def on_sqlite(tmp_path):
    fuzz = Fuzz.on({"sqlite": f"sqlite:///{tmp_path / 'fuzz.db'}"})
    yield fuzz
    fuzz.close()


@pytest.fixture
def on_all(tmp_path, create_database):
    urls = {"sqlite": f"sqlite:///{tmp_path / 'fuzz.db'}"}
    urls |= {collation: create_database(collation) for collation in ("C", "linguistic")}
    fuzz = Fuzz.on(urls)
    yield fuzz
    fuzz.close()


def test_evaluators_agree_on_every_function_and_node(on_all):
    on_all.every_function(1, size=60)

    assert set(FUNCTIONS) - on_all.tally.functions == set()
    assert on_all.tally.nodes == {kind.__name__ for kind in tree.Node.__subclasses__()}


@pytest.mark.parametrize("number", range(2, 6))
def test_evaluators_agree_on_random_expressions(on_all, number):
    on_all.batch(number, examples=40, size=120)

    assert min(on_all.tally.rows[name] for name in on_all.databases) > 0


def _wrong(table, key, meaning):
    return lambda patch: patch.setitem(table, key, meaning)


_FLOOR_DIVIDE = type(rules.reference._ARITHMETIC["//"])
PLANTED = {
    "reference": _wrong(
        rules.reference.OPERATORS, _FLOOR_DIVIDE, lambda a, b: None if not b or a is None else float(int(a / b))
    ),
    "compiled": _wrong(rules.emit._ROUNDED, "<", f"< {HALF_NINTH!r}"),
    "sql": lambda patch: patch.setattr(
        SqliteForms, "floor", lambda _self, number: sa.func.trunc(number, type_=sa.Double)
    ),
}


@pytest.mark.parametrize("where", PLANTED)
def test_planted_bug_is_caught(on_sqlite, monkeypatch, where):
    PLANTED[where](monkeypatch)

    with pytest.raises(DifferenceError):
        on_sqlite.batch(7, 1500, 50, st.one_of(expressions("condition", 3), expressions("number", 3)))
