"""Numbers as both databases and Python must agree on them: double arithmetic, 9-decimal comparison, exact money."""

from __future__ import annotations

import math
import struct
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql.operators import custom_op

from rules.limits import HALF_NINTH, MAX_NUMBER

#: SQLAlchemy's own precedences of `+ -` and `* /`.
_PRECEDENCE = {"+": 7, "-": 7, "*": 8, "/": 8}

Number = ColumnElement[float]


def double(value: float) -> Number:
    """Bind a number as a double: a decimal literal would make PostgreSQL compute with numeric."""
    return sa.literal(float(value), sa.Double)


def as_double(value: ColumnElement[Any]) -> Number:
    """Return the value as a double, casting what is an integer in SQL."""
    if isinstance(value.type, sa.Float):
        return value
    return sa.cast(value, sa.Double)


def arithmetic(op: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> Number:
    """Combine two doubles exactly in the order written.

    SQLAlchemy's own operators would drop the parentheses of `a + (b + c)` and cast divisors to numeric.
    """
    operator: custom_op[float] = custom_op(op, precedence=_PRECEDENCE[op], return_type=sa.Double())
    return left.operate(operator, right)


def divide(left: ColumnElement[Any], right: ColumnElement[Any]) -> Number:
    """Divide; by zero is empty."""
    return arithmetic("/", left, sa.func.nullif(right, double(0), type_=sa.Double))


def negative(value: ColumnElement[Any]) -> Number:
    """Change the sign, without a zero of the wrong sign."""
    return arithmetic("-", double(0), value)


def clipped(value: ColumnElement[Any]) -> Number:
    """Return the value, or empty when it is not a number or too large to mean one."""
    return sa.case((sa.func.abs(value, type_=sa.Double) <= double(MAX_NUMBER), value))


def _ordered(value: float) -> int:
    """Map doubles to integers in the same order."""
    bits = int(struct.unpack("<q", struct.pack("<d", value))[0])
    return bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)


def _unordered(number: int) -> float:
    bits = number if number >= 0 else -number | -0x8000000000000000
    return float(struct.unpack("<d", struct.pack("<q", bits))[0])


@lru_cache(4096)
def threshold(value: float, *, above: bool) -> float:
    """Return the smallest double that counts as equal to `value` in a rounded comparison (`above`: as more than it).

    `x - value > -HALF_NINTH` is then the plain comparison `x >= threshold`, which costs nothing per row.
    """
    low, high = _ordered(-1e300), _ordered(1e300)
    while low < high:
        middle = (low + high) // 2
        difference = _unordered(middle) - value
        if difference >= HALF_NINTH if above else difference > -HALF_NINTH:
            high = middle
        else:
            low = middle + 1
    return _unordered(low)


def below(value: float) -> float:
    """Return the next smaller double."""
    return math.nextafter(value, -math.inf)


@lru_cache(4096)
def minor_threshold(value: float, scale: int) -> int:
    """Return the smallest whole number of minor units whose amount in major units is not below `value`."""
    unit: int = 10**scale
    guess: int = math.floor(Decimal(value) * unit) - 2
    while guess / unit < value:
        guess += 1
    return guess
