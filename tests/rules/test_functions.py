"""The registry: every function's examples come out as its documentation says."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any

import pytest

from rules.cases import Cases
from rules.check import check
from rules.compiled import compiled
from rules.lint import walk
from rules.nodes import Maker
from rules.reference import evaluate
from rules.registry import FUNCTIONS, GROUPS, Function
from rules.tree import Name
from rules.types import PERSON
from tests.rules.documentation import EXAMPLE_WORLD, answer

WORLD = Cases.of(EXAMPLE_WORLD)
RECORD: dict[str, Any] = EXAMPLE_WORLD["record"]
EXAMPLES = [(f.name, text, value) for f in FUNCTIONS.values() for text, value in f.examples]


@pytest.mark.parametrize(("name", "text", "value"), EXAMPLES, ids=[e[1] for e in EXAMPLES])
def test_example_gives_what_it_says(name: str, text: str, value: str) -> None:
    checked = check(text, WORLD.scope)
    values = WORLD.values(RECORD, checked.reads)

    assert answer(evaluate(checked, values)) == value
    assert answer(compiled(checked)(values)) == value
    assert text.startswith(f"{name}(")


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_function_says_what_it_is(function: Function) -> None:
    assert function.examples
    assert function.sentence.endswith(".")
    assert function.group in GROUPS
    assert all(s.text.startswith(f"{function.name}(") for s in function.signatures)


@pytest.mark.parametrize("function", [f for f in FUNCTIONS.values() if f.expand is None], ids=lambda f: f.name)
def test_function_takes_what_its_signatures_pass(function: Function) -> None:
    hidden = len(function.reads) + function.needs_context
    parameters = inspect.signature(function.run).parameters.values()
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters)

    assert takes_any or len(parameters) - hidden == max(len(s.parameters) for s in function.signatures)


def test_registry_holds_at_least_what_was_promised() -> None:
    promised = "min max round floor ceil abs clamp coalesce percent sign sqrt mod lower upper trim length contains starts_with ends_with"
    promised += (
        " concat left right text days_between hours_between minutes_between months_between days_since days_until"
    )
    promised += " workdays_between add_days add_workdays add_months start_of end_of year quarter half_year month week weekday day hour"
    promised += " date_of make_date is_workday any_of all_of size includes excludes is_empty is_filled if_empty has_role in_team"
    promised += " same_region initials"

    assert set(promised.split()) <= FUNCTIONS.keys()
    assert len(FUNCTIONS) >= 45


@pytest.mark.parametrize("function", [f for f in FUNCTIONS.values() if f.expand is not None], ids=lambda f: f.name)
def test_function_that_uses_an_argument_twice_says_so(function: Function) -> None:
    count = max(len(s.parameters) for s in function.signatures)
    args = [Name(PERSON, 0, 1, (f"argument{n}",)) for n in range(count)]

    assert function.expand is not None
    made = function.expand(Maker(0, 1, set()), *args)

    used = Counter(n.path for n in walk(made) if isinstance(n, Name))
    assert function.repeats is any(used[a.path] > 1 for a in args)
