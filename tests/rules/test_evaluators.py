"""What the evaluators promise beyond values: guarded code, shared between threads, nothing left behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rules.check import check, faults_of
from rules.compiled import _guard, compiled
from rules.emit import Emitter
from rules.reference import Evaluator, evaluate
from rules.scope import RuleContext
from tests.support.golden_table import Case, cases, filled, world

WORLD = world()


def test_threads_share_expressions_and_agree() -> None:
    chosen: list[tuple[Case, Any, dict[str, Any]]] = []
    for case in cases()[::3]:
        checked = check(case.expression, WORLD.scope)
        chosen.append((case, checked, WORLD.values(filled(case), checked.reads)))
    alone = [evaluate(checked, values) for _, checked, values in chosen]
    gate = threading.Barrier(8)

    def work(_: int) -> bool:
        gate.wait()
        return all(
            [evaluate(c, v) for _, c, v in chosen] == alone and [compiled(c)(v) for _, c, v in chosen] == alone
            for _ in range(3)
        )

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [True] * 8


def test_compiled_is_made_once() -> None:
    checked = check("a + b", WORLD.scope)

    assert compiled(checked) is compiled(checked)


def test_compiled_code_has_empty_builtins() -> None:
    run = compiled(check("max(a, round(b, 2)) > 3 and is_workday(closed_on)", WORLD.scope))

    assert run.__globals__["__builtins__"] == {}  # type: ignore[attr-defined]  # a plain function


def test_guard_refuses_code_that_names_a_stranger() -> None:
    code = compile("def evaluate(v):\n return __import__('os').system('id')\n", "x", "exec")

    with pytest.raises(AssertionError):
        _guard(code, {"floor": 1})


def test_text_of_an_expression_never_becomes_code() -> None:
    checked = check("""name == '"); __import__("os").system("id"); ("'""", WORLD.scope)
    source = Emitter(checked).function()

    assert compiled(checked)({"name": '"); __import__("os").system("id"); ("'}) is True
    assert source.count("\n") == 5


def test_fields_never_empty_are_not_asked_whether_they_are() -> None:
    assert "is None" not in Emitter(check("n * 2 + n", WORLD.scope)).function()
    assert "is None" in Emitter(check("a * 2", WORLD.scope)).function()


def test_reference_has_no_attributes_and_only_the_pruned_nodes() -> None:
    evaluator = Evaluator(RuleContext())

    assert evaluator.allowed_attrs == {}
    assert sorted(kind.__name__ for kind in evaluator.nodes) == [
        "BinOp",
        "BoolOp",
        "Call",
        "Compare",
        "Constant",
        "IfExp",
        "Name",
        "UnaryOp",
    ]
    assert not {"int", "float", "str", "rand", "randint"} & evaluator.functions.keys()


def test_reference_keeps_no_values_after_a_call() -> None:
    values = {"a": 1.0, "b": 2.0}
    checked = check("a + b", WORLD.scope)
    evaluate(checked, values)

    with pytest.raises(KeyError):
        evaluate(checked, {})


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e300])
@pytest.mark.parametrize("text", ["a * 2", "floor(a)", "a // 3", "round(a, 2)", "-a", "abs(a)"])
def test_numbers_out_of_range_become_empty(text: str, value: float) -> None:
    checked = check(text, WORLD.scope)

    assert compiled(checked)({"a": value}) is None
    assert evaluate(checked, {"a": value}) is None


WRAPPERS = [
    "-({})",
    "abs({})",
    "max(b, {})",
    "a / ({})",
    "b % ({})",
    "round({}, 2)",
    "coalesce({}, b)",
    "({} if signed else b)",
]
WRAPPERS += [
    "(a if signed else {})",
    "sqrt({})",
    "clamp({}, a, b)",
    "percent(a, {})",
    "change_percent({}, b)",
    "count_filled({}, a)",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_deepest_nesting_the_checker_lets_through_compiles(wrapper: str) -> None:
    texts = ["a"]
    while not faults_of(wrapped := wrapper.replace("{}", texts[-1]), WORLD.scope):
        texts.append(wrapped)
    checked = check(texts[-1], WORLD.scope)
    values = {"a": 3.0, "b": 7.0, "signed": True}

    assert len(texts) > 4
    assert compiled(checked)(values) == evaluate(checked, values)
