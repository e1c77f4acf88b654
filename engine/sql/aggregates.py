"""The six aggregates: which columns a measure selects, and the figure made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.sql.literals import Sql
from engine.sql.numbers import as_double
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.defs import MeasureDef
    from engine.sql.source import Source

T = TypeVar("T")

_FUNCTIONS: dict[str, Callable[[Sql], Sql]] = {
    "sum": sa.func.sum,
    "avg": sa.func.sum,
    "min": sa.func.min,
    "max": sa.func.max,
    "count_distinct": lambda column: sa.func.count(sa.distinct(column)),
}


class Aggregate:
    """What one measure adds up, in one source."""

    def __init__(self, source: Source, measure: MeasureDef) -> None:
        self.agg = measure.agg
        #: Minor digits when money is added up exactly as integers.
        self.scale: int | None = None
        self.value: Sql | None = None if measure.value is None else self._valued(source, measure)
        self.kind = None if measure.value is None else measure.value.type.kind

    def _valued(self, source: Source, measure: MeasureDef) -> Sql:
        from engine.sql.compile import Compiler
        from engine.sql.minor import minor_units, money_scale

        checked = measure.value
        assert checked is not None
        compiler = Compiler(source, checked)
        scale = money_scale(checked.tree)
        exact = None if scale is None else minor_units(compiler, checked.tree, scale)
        if exact is not None:
            self.scale = scale
            return exact
        value = compiler.result()
        if checked.type.kind is Kind.YES_NO and self.agg in {"sum", "avg"}:
            return sa.case((value, 1.0), else_=0.0)
        return value

    @property
    def width(self) -> int:
        """Return how many columns it selects."""
        return 1 if self.agg == "count" else 2

    def columns(self, tests: Sequence[ColumnElement[bool]] | None) -> list[Sql]:
        """Return the columns: the count of records, then what the aggregate needs; `tests` narrow them when given."""
        counted = sa.func.count()
        if self.agg == "count" or self.value is None:
            return [self._narrowed(counted, tests)]
        value = self.value if self.scale is not None or self.agg not in {"sum", "avg"} else as_double(self.value)
        return [self._narrowed(counted, tests), self._narrowed(_FUNCTIONS[self.agg](value), tests)]

    def _narrowed(self, function: Any, tests: Sequence[ColumnElement[bool]] | None) -> Sql:
        return function.filter(sa.and_(*tests)) if tests else function  # type: ignore[no-any-return]

    def figure(self, make: Callable[[Any, int], T], row: Sequence[Any]) -> T:
        """Return the figure of a row that holds this aggregate's columns."""
        count = int(row[0] or 0)
        if self.agg == "count":
            return make(count, count)
        if self.agg == "count_distinct":
            return make(int(row[1] or 0), count)
        if not count or row[1] is None:
            return make(0 if self.agg == "sum" else None, count)
        return make(self._scaled(row[1], count if self.agg == "avg" else 1), count)

    def _scaled(self, value: Any, parts: int) -> Any:
        if self.scale is not None:
            return float(Fraction(int(value), parts * 10**self.scale))
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return settled(value / parts)


def settled(value: float) -> float:
    """Return a figure without the noise of adding doubles in another order: 13 digits, at most 9 decimals."""
    if not value or not math.isfinite(value):
        return value or 0.0
    return round(value, min(9, 12 - math.floor(math.log10(abs(value)))))
