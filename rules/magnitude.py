"""Bounds the size of every intermediate number, so that no database overflows or underflows on the way."""

from __future__ import annotations

import math

from rules.calls import children
from rules.limits import MAX_MAGNITUDE
from rules.nodes import NUMERIC
from rules.tree import Binary, Call, IfElse, Literal, Node, Unary

#: Decimal exponents of the smallest non-zero value, of what its values are multiples of, and of the largest.
_Range = tuple[float, float, float]
_FIELD: _Range = (-15.0, -31.0, 15.0)
#: Digits between a double and the unit in its last place.
_PRECISION = 16.0
_KEEP = {"abs", "max", "min", "coalesce"}


def overflows(tree: Node) -> bool:
    """Tell whether some part of the tree could leave the range of numbers."""
    found: list[bool] = []
    _range(tree, found)
    return any(found)


def _range(node: Node, found: list[bool]) -> _Range:
    parts = [_range(c, found) for c in children(node)]
    low, grain, high = _own(node, parts)
    found.append(max(-low, -grain, high) > MAX_MAGNITUDE)
    return low, grain, high


def _own(node: Node, parts: list[_Range]) -> _Range:
    if isinstance(node, Literal) and isinstance(node.value, int | float) and node.value:
        size = math.log10(abs(node.value))
        return size, size - _PRECISION, size
    if isinstance(node, Binary):
        return _arithmetic(node.op, *parts)
    if isinstance(node, Unary) and node.op == "-":
        return parts[0]
    if isinstance(node, IfElse) and node.type.kind in NUMERIC:
        return _union(parts[1:])
    if isinstance(node, Call) and node.function in _KEEP:
        return _union(parts)
    return _FIELD


def _arithmetic(op: str, left: _Range, right: _Range) -> _Range:
    if op in "+-":
        grain = min(left[1], right[1])
        return grain, grain, max(left[2], right[2]) + 1
    if op == "*":
        low = left[0] + right[0]
        return low, low - _PRECISION, left[2] + right[2]
    low, high = left[0] - right[2], left[2] - right[0]
    if op == "/":
        return low, low - _PRECISION, high
    if op == "//":
        return 0.0, 0.0, max(high, 1.0)
    grain = min(left[1], right[1]) - _PRECISION
    return grain, grain, max(left[2], high + right[2]) + 1


def _union(parts: list[_Range]) -> _Range:
    return min(p[0] for p in parts), min(p[1] for p in parts), max(p[2] for p in parts)
