"""A row that was written, as it would be read again: each value in the shape in which its column gives it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table

from engine.db import UtcDateTime
from rules.moments import cut

Shape = Callable[[Any], object]


def as_stored(table: Table, row: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of a row that was just written as a select would return them."""
    shapes: Mapping[str, Shape | None] | None = table.info.get("shapes")
    if shapes is None:
        shapes = table.info["shapes"] = {column.name: _shape(column.type) for column in table.c}
    return {
        name: value if (value := row[name]) is None or shape is None else shape(value) for name, shape in shapes.items()
    }


def _shape(type_: object) -> Shape | None:
    if isinstance(type_, UtcDateTime):
        return _moment
    if isinstance(type_, sa.JSON):
        return _listed
    if isinstance(type_, sa.Double):
        return float
    return None


def _moment(value: datetime) -> datetime:
    return cut(value).astimezone(UTC)


def _listed(value: object) -> object:
    """Return lists for whatever was a sequence, all the way down."""
    if isinstance(value, Mapping):
        return {key: _listed(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_listed(one) for one in value]
    return value
