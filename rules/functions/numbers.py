"""Functions that calculate."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

from rules.functions._base import Maker, Temporaries, function, kept, macro
from rules.rounding import half_away
from rules.tree import Node


def _pick(sign: str) -> Callable[..., str]:
    def inline(new: Temporaries, *args: str) -> str:
        def two(left: str, right: str) -> str:
            (first, a), (second, b) = kept(new, left), kept(new, right)
            return f"({a} if {first} {sign} {second} else {b})"

        return reduce(two, args)

    return inline


def _inline_abs(new: Temporaries, value: str) -> str:
    first, again = kept(new, value)
    return f"({again} if {first} >= 0.0 else -{again})"


@function("abs(number: number) -> number", inline=_inline_abs)
def absolute(number: float) -> float:
    """The number without its sign.

    >>> abs(-3)
    3
    """
    return abs(number)


@function("max(first: ordered, *more: ordered) -> ordered", inline=_pick(">="))
def largest(*values: float) -> float:
    """The largest of several numbers or dates; empty when one of them is.

    >>> max(3, 7, 5)
    7
    """
    return max(values)


@function("min(first: ordered, *more: ordered) -> ordered", inline=_pick("<="))
def smallest(*values: float) -> float:
    """The smallest of several numbers or dates; empty when one of them is.

    >>> min(3, 7, 5)
    3
    """
    return min(values)


@function("round(number: number, digits?: digits) -> number")
def round_half_away(number: float, digits: float = 0) -> float:
    """The number rounded to a count of decimals (0 when not given); a half goes away from zero.

    >>> round(2.5)
    3
    >>> round(1.005, 2)
    1.01
    >>> round(-1250, -2)
    -1300
    """
    return half_away(number, int(digits))


@function("floor(number: number) -> number", inline=lambda _new, value: f"({value} // 1.0)", whole=True)
def floor(number: float) -> float:
    """The next whole number below.

    >>> floor(-2.1)
    -3
    """
    return number // 1.0


@function("ceil(number: number) -> number", inline=lambda _new, value: f"(0.0 - (-{value} // 1.0))", whole=True)
def ceil(number: float) -> float:
    """The next whole number above.

    >>> ceil(2.1)
    3
    """
    return 0.0 - (-number // 1.0)


@function("sign(number: number) -> number", whole=True)
def sign(number: float) -> float:
    """1 for a number above 0, -1 below, 0 for 0.

    >>> sign(-12)
    -1
    """
    return float((number > 0) - (number < 0))


@function("sqrt(number: number) -> number", partial=True)
def square_root(number: float) -> float | None:
    """The square root; empty for a number below 0.

    >>> sqrt(9)
    3
    """
    return math.sqrt(number) if number >= 0 else None


@macro("clamp(number: number, low: number, high: number) -> number")
def clamp(make: Maker, number: Node, low: Node, high: Node) -> Node:
    """The number, but at least `low` and at most `high`.

    >>> clamp(130, 0, 100)
    100
    """
    at_most = make.call("min", make.calculate(number, "+", high).type, number, high)
    return make.call("max", make.calculate(at_most, "+", low).type, low, at_most)


@macro("percent(part: number, whole: number) -> number")
def percent(make: Maker, part: Node, whole: Node) -> Node:
    """How many percent of `whole` the part is: 100 * part / whole.

    >>> percent(37, 200)
    18.5
    """
    return make.calculate(make.calculate(make.number(100), "*", part), "/", whole)


@macro("change_percent(new: number, old: number) -> number", repeats=True)
def change_percent(make: Maker, new: Node, old: Node) -> Node:
    """By how many percent `new` is more than `old`: 100 * (new - old) / old.

    >>> change_percent(124, 100)
    24
    """
    difference = make.calculate(new, "-", old)
    return make.calculate(make.calculate(make.number(100), "*", difference), "/", old)


@macro("within_percent(number: number, of: number, percent: number) -> condition", repeats=True)
def within_percent(make: Maker, number: Node, of: Node, percent: Node) -> Node:
    """Whether a number is at most so many percent away from another; 0 is within any percentage of 0.

    >>> within_percent(1.1, 1.0, 10)
    yes
    >>> within_percent(89.99, 100, 10)
    no
    """
    away = make.calculate(number, "-", of)
    left = make.calculate(make.call("abs", away.type, away), "*", make.number(100))
    return make.compare(left, "<=", make.calculate(percent, "*", make.call("abs", of.type, of)))


@macro("mod(number: number, by: number) -> number")
def remainder(make: Maker, number: Node, by: Node) -> Node:
    """What is left over after dividing, with the sign of the divisor; the same as `%`.

    >>> mod(-7, 3)
    2
    """
    return make.calculate(number, "%", by)


@macro("average(first: number, *more: number) -> number")
def average(make: Maker, *numbers: Node) -> Node:
    """The sum of the numbers divided by their count; empty when one of them is.

    >>> average(2, 3, 7)
    4
    """
    total = reduce(lambda a, b: make.calculate(a, "+", b), numbers)
    return make.calculate(total, "/", make.number(len(numbers)))


@macro("between(value: ordered, low: ordered, high: ordered) -> condition", repeats=True)
def between(make: Maker, value: Node, low: Node, high: Node) -> Node:
    """Whether a number or date lies between two others, both included.

    >>> between(10, 1, 10)
    yes
    """
    return make.both(make.compare(value, ">=", low), make.compare(value, "<=", high))
