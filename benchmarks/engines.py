"""Other engines on the same formulas, each compiled once where it can be; engines that are not installed are left out."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from benchmarks.formulas import FLAT, RECORD, Formula, Values

Run = Callable[[], Any]
_PLAIN: Values = {k: v for k, v in RECORD.items() if "." not in k and k not in {"visited_on", "today"}} | dict(FLAT)


def _simpleeval(formula: Formula) -> Run | None:
    import simpleeval

    if formula.simpleeval is None:
        return None
    text, evaluator = formula.simpleeval, simpleeval.SimpleEval(functions={"abs": abs}, names=_PLAIN)
    parsed = evaluator.parse(text)
    return lambda: evaluator.eval(text, previously_parsed=parsed)


def _zen(formula: Formula) -> Run | None:
    zen = importlib.import_module("zen")
    if formula.zen is None:
        return None
    expression = zen.compile_expression(formula.zen)
    return lambda: expression.evaluate(_PLAIN)


def _rule_engine(formula: Formula) -> Run | None:
    rule_engine = importlib.import_module("rule_engine")
    if formula.rule_engine is None:
        return None
    rule = rule_engine.Rule(formula.rule_engine)
    return lambda: rule.evaluate(_PLAIN)


def _cel(formula: Formula) -> Run | None:
    cel = importlib.import_module("cel")
    if formula.cel is None:
        return None
    program = cel.compile(formula.cel)
    return lambda: program.execute(_PLAIN)


ENGINES: dict[str, Callable[[Formula], Run | None]] = {
    "simpleeval": _simpleeval,
    "zen-engine": _zen,
    "rule-engine": _rule_engine,
    "CEL": _cel,
}


def peers(formula: Formula) -> dict[str, Run]:
    """Return how each engine that is installed evaluates a formula; each must find what the native lambda finds."""
    found: dict[str, Run] = {}
    for name, prepare in ENGINES.items():
        try:
            run = prepare(formula)
            answer = run() if run is not None else None
        except ImportError:
            continue
        except Exception as problem:  # noqa: BLE001 - another engine's refusal is a result, not a failure of the run
            print(f"{name} cannot run {formula.name!r}: {problem}")
            continue
        if run is None:
            continue
        expected = formula.native(RECORD)
        if (isinstance(expected, bool) and answer is not expected) or abs(float(answer) - float(expected)) > 1e-9:
            print(f"{name} says {answer!r} for {formula.name!r}, a native lambda {expected!r}")
            continue
        found[name] = run
    return found
