"""Evaluates one expression with every evaluator over all records of a world, and tells where they differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.sql.functions import NoSqlForm
from rules.calls import children
from rules.check import check
from rules.checked import Checked
from rules.compiled import compiled
from rules.reference import evaluate
from rules.registry import FUNCTIONS
from rules.tree import Node
from rules.types import Kind
from tests.support.expr_world import World, shown

_CALL = re.compile(r"(\w+)\(")

Evaluate = Callable[[World, Checked], "list[Any] | None"]


@dataclass(frozen=True)
class Difference:
    """One record for which two evaluators do not agree."""

    expression: str
    evaluator: str
    expected: Any
    found: Any
    record: Mapping[str, Any]

    def __str__(self) -> str:
        said = f"reference says {self.expected!r}, {self.evaluator} says {self.found!r}"
        return f"{self.expression}\n  {said}\n  {shown(self.record)}"


@dataclass
class Tally:
    """What a run has compared and reached so far."""

    rows: Counter[str] = field(default_factory=Counter)
    functions: set[str] = field(default_factory=set)
    nodes: set[str] = field(default_factory=set)
    #: Expressions that a database left to be evaluated record by record.
    passed_over: Counter[str] = field(default_factory=Counter)

    def note(self, text: str, tree: Node) -> None:
        """Note which functions and nodes an expression reaches; those that are short for others by their text."""
        self.functions |= set(_CALL.findall(text)) & FUNCTIONS.keys()
        for node in _walk(tree):
            self.nodes.add(type(node).__name__)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _walk(child)


def by_reference(world: World, checked: Checked) -> list[Any]:
    return [evaluate(checked, world.values(deal, checked.reads)) for deal in world.deals]


def by_compiled(world: World, checked: Checked) -> list[Any]:
    run = compiled(checked)
    return [run(world.values(deal, checked.reads)) for deal in world.deals]


def by_database(engine: sa.Engine) -> Evaluate:
    """Return the evaluator of a database that holds the world: one SELECT for all records."""

    def run(world: World, checked: Checked) -> list[Any] | None:
        source = world.source(engine.dialect.name)
        try:
            value = source.expr(checked)
            condition = source.condition(checked) if checked.tree.type.kind is Kind.YES_NO else None
        except NoSqlForm:
            return None
        own = source.table.c.id
        with engine.connect() as connection:
            rows = connection.execute(source.select(own, value.label("found")).order_by(own)).all()
            found = [row.found for row in rows]
            if condition is not None:
                chosen = set(connection.scalars(source.select(own).where(condition)))
                # The value and the filter must say the same; where they do not, show what the filter says.
                found = [
                    value if value is (row.id in chosen) else f"WHERE {row.id in chosen}"
                    for value, row in zip(found, rows, strict=True)
                ]
        return found

    return run


def differences(
    world: World, text: str, evaluators: Mapping[str, Evaluate], tally: Tally | None = None
) -> list[Difference]:
    """Return where the evaluators differ from the reference on one expression."""
    checked = check(text, world.scope)
    expected = by_reference(world, checked)
    found: list[Difference] = []
    for name, evaluator in evaluators.items():
        values = evaluator(world, checked)
        if values is None:
            if tally is not None:
                tally.passed_over[name] += 1
            continue
        if tally is not None:
            tally.rows[name] += len(values)
        found += [
            Difference(text, name, wanted, value, deal)
            for wanted, value, deal in zip(expected, values, world.deals, strict=True)
            if not alike(wanted, value)
        ]
    if tally is not None:
        tally.note(text, checked.tree)
    return found


def alike(wanted: Any, value: Any) -> bool:
    """Tell whether two evaluators gave the same: 1 and 1.0 are, 1 and True are not."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return bool(wanted == value) and (wanted is None) is (value is None)
