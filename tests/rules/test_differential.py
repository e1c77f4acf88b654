"""Random typed expressions over random records: the compiled evaluator against the reference."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings

from rules.check import check, faults_of
from rules.compiled import compiled
from rules.reference import evaluate
from tests.support.differential import alike
from tests.support.expr_gen import any_expressions
from tests.support.expr_world import make_world

WORLD = make_world(seed=11, size=25)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(any_expressions(5))
def test_compiled_agrees_with_reference(text: str) -> None:
    codes = {f.code for f in faults_of(text, WORLD.scope)}
    assert codes <= {"too_long", "too_deep", "too_many_nodes", "unknown_option", "magnitude"}
    assume(not codes)
    checked = check(text, WORLD.scope)

    for deal in WORLD.deals:
        values = WORLD.values(deal, checked.reads)
        expected, found = evaluate(checked, values), compiled(checked)(values)
        assert alike(expected, found), (expected, found, values)
