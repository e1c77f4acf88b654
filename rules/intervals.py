"""Finds clauses that no value can meet together: `a > 5 and a < 3`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rules.compare import MIRRORED
from rules.tree import Compare, Literal, Name, Node


def contradicts(clauses: Iterable[Node]) -> bool:
    """Tell whether the bounds that clauses set for one name leave nothing between them."""
    bounds: dict[tuple[str, ...], list[tuple[str, Any]]] = {}
    for clause in clauses:
        found = _bound(clause)
        if found is not None:
            bounds.setdefault(found[0], []).append(found[1:])
    return any(_is_void(given) for given in bounds.values())


def _bound(clause: Node) -> tuple[tuple[str, ...], str, Any] | None:
    if not isinstance(clause, Compare) or clause.op not in MIRRORED:
        return None
    left, right, op = clause.left, clause.right, clause.op
    if isinstance(left, Literal):
        left, right, op = right, left, MIRRORED[op]
    if (
        not isinstance(left, Name)
        or not isinstance(right, Literal)
        or right.value is None
        or isinstance(right.value, bool)
    ):
        return None
    return left.path, op, right.value


def _is_void(given: list[tuple[str, Any]]) -> bool:
    low = [(v, op == ">") for op, v in given if op in {">", ">=", "=="}]
    high = [(v, op == "<") for op, v in given if op in {"<", "<=", "=="}]
    return any(a > b or (a == b and (a_open or b_open)) for a, a_open in low for b, b_open in high)
