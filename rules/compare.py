"""How two sides of a comparison are compared: as they are, after rounding, or as exact money."""

from __future__ import annotations

import math
from fractions import Fraction

from rules.nodes import NUMERIC
from rules.registry import FUNCTIONS
from rules.tree import Call, ListNode, Literal, Name, Node
from rules.types import Kind

RAW, ROUNDED, EXACT_MONEY = "raw", "rounded", "money"


def style(left: Node, right: Node) -> str:
    """Return RAW, ROUNDED or EXACT_MONEY.

    ROUNDED: both sides are numbers and at least one was computed; they are compared by their difference, rounded to
    9 decimals, half away from zero: `a == b` is |a - b| < HALF_NINTH, `a < b` is a - b <= -HALF_NINTH, `a <= b` is
    a - b < HALF_NINTH. EXACT_MONEY: a plain money field and a written number; see `money_bound`. RAW: everything
    else, whole-valued functions included; two plain money fields of one currency scale compare their minor units.
    """
    if left.type.kind not in NUMERIC or right.type.kind not in NUMERIC:
        return RAW
    moneys = [n for n in (left, right) if n.type.kind is Kind.MONEY and isinstance(n, Name)]
    if len(moneys) == 2:
        return RAW if left.type.scale == right.type.scale else ROUNDED
    if moneys:
        other = right if moneys[0] is left else left
        return EXACT_MONEY if isinstance(other, Literal) else ROUNDED
    return RAW if _is_plain(left) and _is_plain(right) else ROUNDED


def list_style(left: Node, right: ListNode) -> str:
    """Return how a value is compared with every item of a list; EXACT_MONEY: all of them as minor units."""
    styles = {style(left, item) for item in right.items}
    if ROUNDED in styles or (EXACT_MONEY in styles and not isinstance(left, Name)):
        return ROUNDED
    return EXACT_MONEY if left.type.kind is Kind.MONEY else RAW


def _is_plain(node: Node) -> bool:
    if isinstance(node, Call):
        return FUNCTIONS[node.function].whole
    return isinstance(node, Name | Literal)


def money_bound(op: str, value: float, scale: int) -> tuple[str, int] | bool:
    """Turn `money op value` into a comparison of whole minor units, or into its answer for every filled amount.

    `amount < 10.005` with two digits is `minor <= 1000`; `amount == 10.005` is never so.
    """
    minor = Fraction(str(value)) * 10**scale
    if minor.denominator == 1:
        return op, int(minor)
    if op in {"==", "!="}:
        return op == "!="
    return ("<=", math.floor(minor)) if op in {"<", "<="} else (">=", math.ceil(minor))


#: The comparison with its sides exchanged.
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
