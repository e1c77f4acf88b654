"""Lists of options inside the database: their items as rows, and a list written anew with some of them replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from engine.db import json_type
from engine.sql.literals import Sql


def elements(dialect: str, items: Sql) -> sa.TableValuedAlias:
    """Return the items of a list as rows with one column, `value`."""
    each = sa.func.json_each(items) if dialect == "sqlite" else sa.func.jsonb_array_elements_text(items)
    return each.table_valued(sa.column("value", sa.Text))


def holds_any(dialect: str, items: Sql, keys: Sequence[str]) -> sa.ColumnElement[bool]:
    """Tell whether a list has one of these items."""
    each = elements(dialect, items)
    return sa.exists().select_from(each).where(each.c.value.in_(keys))


def replaced(dialect: str, items: Sql, moved: Mapping[str, str | None], order: Sequence[str]) -> Sql:
    """Return the list with items replaced, or left out (None), each once and in an order; empty when none is left."""
    each = elements(dialect, items)
    kept = {old: sa.literal(new, sa.Text) if new is not None else sa.null() for old, new in moved.items()}
    named = sa.select(sa.case(kept, value=each.c.value, else_=each.c.value).label("key")).select_from(each).subquery()
    places: dict[Any, Any] = {key: number for number, key in enumerate(order)}
    place = sa.case(places, value=named.c.key, else_=len(order)) if places else sa.literal(0)
    once = sa.select(named.c.key, sa.func.min(place).label("place")).where(named.c.key.is_not(None))
    rows = once.group_by(named.c.key).order_by("place").subquery()
    if dialect == "sqlite":
        return sa.select(sa.func.nullif(sa.func.json_group_array(rows.c.key), "[]")).scalar_subquery()
    gathered = sa.func.jsonb_agg(aggregate_order_by(rows.c.key, rows.c.place), type_=json_type())
    return sa.select(gathered).scalar_subquery()
