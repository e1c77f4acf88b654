"""The golden tables on the evaluators of rules/; tests/engine/sql runs the same lines on both databases."""

from __future__ import annotations

import pytest

from rules.cases import shown
from rules.check import check, faults_of
from rules.compiled import compiled
from rules.reference import evaluate
from tests.support.golden_table import Case, Refusal, cases, filled, refusals, world

WORLD = world()


@pytest.mark.parametrize("case", cases(), ids=str)
def test_reference_gives_the_golden_value(case: Case) -> None:
    checked = check(case.expression, WORLD.scope)

    value = evaluate(checked, WORLD.values(filled(case), checked.reads))

    assert (shown(value), isinstance(value, bool)) == (case.value, isinstance(case.value, bool))


@pytest.mark.parametrize("case", cases(), ids=str)
def test_compiled_gives_the_golden_value(case: Case) -> None:
    checked = check(case.expression, WORLD.scope)

    value = compiled(checked)(WORLD.values(filled(case), checked.reads))

    assert (shown(value), isinstance(value, bool)) == (case.value, isinstance(case.value, bool))


@pytest.mark.parametrize("refusal", refusals(), ids=str)
def test_checker_refuses_the_golden_line(refusal: Refusal) -> None:
    faults = faults_of(refusal.expression, WORLD.scope)

    assert faults[0].code == refusal.code
    assert all(f.text and 0 <= f.column <= len(refusal.expression) + 1 for f in faults)


def test_golden_tables_are_as_long_as_promised() -> None:
    assert len(cases()) >= 400
    assert len(refusals()) >= 150
