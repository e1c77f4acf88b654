"""Index-friendly rewrites: a comparison of a rising or falling function of one date becomes a range of that date.

`days_since(f) > 90`, `year(f) == 2017`, `workdays_between(f, today) >= 3` and `add_days(f, 30) < today` all hold for one
stretch of dates, found by bisection with the evaluator of rules/: exact by construction, and an index serves it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from engine.sql.dialects import steady_since
from engine.sql.literals import Sql, literal
from rules.functions.dates import date_of
from rules.tree import Binary, Call, Compare, Name, Node
from rules.types import YES_NO, Kind

if TYPE_CHECKING:
    from engine.sql.compile import Compiler, Test

#: Function -> the arguments in which it never turns back: it only rises, or only falls.
MONOTONE: dict[str, frozenset[int]] = {
    "days_between": frozenset({0, 1}),
    "hours_between": frozenset({0, 1}),
    "minutes_between": frozenset({0, 1}),
    "months_between": frozenset({0, 1}),
    "years_between": frozenset({0, 1}),
    "workdays_between": frozenset({0, 1}),
    "add_days": frozenset({0}),
    "add_hours": frozenset({0}),
    "add_months": frozenset({0}),
    "add_workdays": frozenset({0}),
    "start_of": frozenset({0}),
    "end_of": frozenset({0}),
    "year": frozenset({0}),
    "date_of": frozenset({0}),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The first and last position of dates and of moments.
_DAYS = tuple((day - _EPOCH.date()).days for day in (date.min, date.max))
_DAY = 24 * 60 * 60 * 1000
_MOMENTS = _DAYS[0] * _DAY, _DAYS[1] * _DAY + _DAY - 1


class Leaf(NamedTuple):
    """The one name that differs from record to record in a comparison."""

    name: Name
    #: Position (days or milliseconds since 1970) -> what the evaluator is given under that name.
    value: Callable[[int], object]
    #: Position -> the bound of the column.
    bound: Callable[[int], object]
    column: Sql
    first: int
    last: int


def as_range(c: Compiler, op: str, left: Node, right: Node) -> Test | None:
    """Return the range of dates in which `left op right` is yes, or None when that is no range of one date."""
    if isinstance(left, Name) and left.path[-1] != "days_in_stage":
        return None
    name = _rising_or_falling(c, left)
    leaf = None if name is None else _leaf(c, name)
    if leaf is None:
        return None
    if op in {"==", "!="}:
        bounds = _both(_stretch(c, leaf, ">=", left, right), _stretch(c, leaf, "<=", left, right))
    else:
        bounds = _stretch(c, leaf, op, left, right)
    return None if bounds is None else _as_test(leaf, bounds, inside=op != "!=")


def _rising_or_falling(c: Compiler, node: Node) -> Name | None:
    """Return the date that a node depends on without ever turning back."""
    match node:
        case Name():
            counts_days = node.path[-1] == "days_in_stage" and "today" in c.source.constants
            return node if counts_days or node.type.kind in {Kind.DATE, Kind.DATETIME} else None
        case Call(function=function, args=args):
            varying = [place for place, arg in enumerate(args) if not c.constants.covers(arg)]
            if len(varying) == 1 and varying[0] in MONOTONE.get(function, frozenset()):
                return _rising_or_falling(c, args[varying[0]])
        case Binary(op="+" | "-" | "*", left=left, right=right):
            if c.constants.covers(right):
                return _rising_or_falling(c, left)
            if c.constants.covers(left):
                return _rising_or_falling(c, right)
    return None


def _leaf(c: Compiler, name: Name) -> Leaf:
    if name.path[-1] == "days_in_stage":
        column = c.source.column((*name.path[:-1], "stage_entered_at"))
        today: date = c.source.constants["today"]  # type: ignore[assignment]
        return Leaf(name, lambda at: (today - date_of(c.context, _moment(at))).days, _moment, column, *_MOMENTS)
    column = c.source.column(name.path)
    if name.type.kind is Kind.DATE:
        return Leaf(name, _day, _day, column, *_DAYS)
    return Leaf(name, _moment, _moment, column, *_MOMENTS)


def _moment(position: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=position)


def _day(position: int) -> date:
    return _EPOCH.date() + timedelta(days=position)


Stretch = tuple[int | None, int | None]


def _stretch(c: Compiler, leaf: Leaf, op: str, left: Node, right: Node) -> Stretch | None:
    """Return the first and last position for which the comparison is yes: None is open; (1, 0) holds nothing."""
    names, dotted, here = dict(c.constants.values), ".".join(leaf.name.path), (left.start, left.end)
    compare = c.constants.condition((op, id(left), id(right)), lambda: Compare(YES_NO, *here, op, left, right))
    empty = c.constants.condition(("empty", id(left)), lambda: Call(YES_NO, *here, "is_empty", (left,)))

    def defined(position: int) -> bool:
        names[dotted] = leaf.value(position)
        return empty(names) is False

    def holds(position: int) -> bool:
        names[dotted] = leaf.value(position)
        return compare(names) is True

    known = _where(leaf, defined, _now(c, leaf))
    if known is None:
        return None
    low, high = known
    if holds(low) == holds(high):
        bounds: Stretch = (low, high) if holds(low) else (1, 0)
    elif holds(high):
        bounds = _first(holds, low, high), high
    else:
        bounds = low, _first(lambda position: not holds(position), low, high) - 1
    if not _steady(c, leaf, bounds, holds):
        return None
    return _opened(leaf, bounds)


def _where(leaf: Leaf, defined: Callable[[int], bool], middle: int) -> tuple[int, int] | None:
    """Return the positions between which the function has a value."""
    if not defined(middle):
        return None
    low = leaf.first if defined(leaf.first) else _first(defined, leaf.first, middle)
    if defined(leaf.last):
        return low, leaf.last
    return low, _first(lambda position: not defined(position), middle, leaf.last) - 1


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the first position that holds, when `low` does not and `high` does."""
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def _now(c: Compiler, leaf: Leaf) -> int:
    moment = (c.source.now - _EPOCH) // timedelta(milliseconds=1)
    return moment if leaf.bound is _moment else moment // _DAY


def _opened(leaf: Leaf, bounds: Stretch) -> Stretch:
    low, high = bounds
    return None if low == leaf.first else low, None if high == leaf.last else high


def _steady(c: Compiler, leaf: Leaf, bounds: Stretch, holds: Callable[[int], bool]) -> bool:
    """Tell whether local time runs forward around the bounds: a date may come twice where summer time ends."""
    if leaf.bound is not _moment:
        return True
    steady = steady_since(c.zone)
    for bound in bounds:
        if bound is None or bound in {leaf.first, leaf.last, 0, 1}:
            continue
        if steady is not None and (steady[0] is None or _moment(bound) > steady[0]):
            continue
        inside = [holds(bound + 60_000 * minute) for minute in range(-180, 181)]
        if sum(a != b for a, b in pairwise(inside)) > 1:
            return False
    return True


def _both(one: Stretch | None, other: Stretch | None) -> Stretch | None:
    if one is None or other is None:
        return None
    lows = [low for low, _ in (one, other) if low is not None]
    highs = [high for _, high in (one, other) if high is not None]
    return max(lows, default=None), min(highs, default=None)


def _as_test(leaf: Leaf, bounds: Stretch, *, inside: bool) -> Test:
    low, high = bounds
    tests = []
    if low is not None and high is not None and low > high:
        return (sa.false() if inside else sa.true()), True
    if low is not None and low == high:
        tests.append(leaf.column == literal(leaf.bound(low)))
    else:
        tests += [leaf.column >= literal(leaf.bound(low))] if low is not None else []
        tests += [leaf.column <= literal(leaf.bound(high))] if high is not None else []
    found = sa.and_(*tests) if tests else leaf.column.is_not(None)
    return (found, False) if inside else (found.is_not(sa.true()), True)
