"""What each operator means on plain values, empty being None: the ground truth of every evaluator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rules.limits import HALF_NINTH, MAX_NUMBER

Number = float | None
#: Anything that has an order: both sides are of one type, the checker saw to that.
Ordered = Any


def _add(left: Number, right: Number) -> Number:
    return None if left is None or right is None else left + right


def _subtract(left: Number, right: Number) -> Number:
    return None if left is None or right is None else left - right


def _multiply(left: Number, right: Number) -> Number:
    return None if left is None or right is None else 1.0 * left * right


def _divide(left: Number, right: Number) -> Number:
    return None if left is None or not right else left / right


def _floor_divide(left: Number, right: Number) -> Number:
    return None if left is None or not right else left / right // 1.0


def _remainder(left: Number, right: Number) -> Number:
    return None if left is None or not right else left - right * (left / right // 1.0)


ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "//": _floor_divide,
    "%": _remainder,
}


def negate(value: Number) -> Number:
    """Return the number with the other sign."""
    return None if value is None else -value


def same(left: Any, right: Any) -> bool:
    """Compare for equality; empty equals empty only."""
    return bool(left == right)


def _ordering(operation: Callable[[Ordered, Ordered], bool]) -> Callable[[Ordered, Ordered], bool]:
    def run(left: Ordered, right: Ordered) -> bool:
        return left is not None and right is not None and operation(left, right)

    return run


def same_rounded(left: Number, right: Number) -> bool:
    """Compare computed numbers: their difference rounds to 0 at 9 decimals."""
    if left is None or right is None:
        return left is right
    return abs(left - right) < HALF_NINTH


def member(value: Any, items: Sequence[Any]) -> bool:
    """Tell whether a value is one of some items; an empty one never is."""
    return value is not None and any(i is not None and i == value for i in items)


def member_rounded(value: Number, items: Sequence[Number]) -> bool:
    """Tell whether a computed number is one of some items."""
    return value is not None and any(i is not None and same_rounded(value, i) for i in items)


RAW: dict[str, Callable[[Any, Any], bool]] = {
    "==": same,
    "!=": lambda a, b: not same(a, b),
    "<": _ordering(lambda a, b: a < b),
    "<=": _ordering(lambda a, b: a <= b),
    ">": _ordering(lambda a, b: a > b),
    ">=": _ordering(lambda a, b: a >= b),
    "in": member,
    "not in": lambda a, b: not member(a, b),
}
ROUNDED: dict[str, Callable[[Any, Any], bool]] = {
    "==": same_rounded,
    "!=": lambda a, b: not same_rounded(a, b),
    "<": _ordering(lambda a, b: a - b <= -HALF_NINTH),
    "<=": _ordering(lambda a, b: a - b < HALF_NINTH),
    ">": _ordering(lambda a, b: a - b >= HALF_NINTH),
    ">=": _ordering(lambda a, b: a - b > -HALF_NINTH),
    "in": member_rounded,
    "not in": lambda a, b: not member_rounded(a, b),
}


def finished(value: object) -> object:
    """Return a result as it is handed out: numbers beyond the ceiling, NaN and infinities are empty."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value if -MAX_NUMBER <= value <= MAX_NUMBER else None
