"""Python values as bound parameters of the right SQL type."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.types import TypeEngine

from engine.db import UtcDateTime
from engine.sql.numbers import double
from rules.types import Kind

Sql = ColumnElement[Any]

#: What an expression of a kind is in SQL; a money name inside an expression is a number.
SQL_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.NUMBER: sa.Double(),
    Kind.MONEY: sa.Double(),
    Kind.TEXT: sa.Text(),
    Kind.CHOICE: sa.Text(),
    Kind.YES_NO: sa.Boolean(),
    Kind.DATE: sa.Date(),
    Kind.DATETIME: UtcDateTime(),
    Kind.REFERENCE: sa.BigInteger(),
    Kind.PERSON: sa.BigInteger(),
}


def literal(value: object, kind: Kind | None = None) -> Sql:
    """Bind a value; None is a NULL of the kind's type."""
    if value is None:
        return sa.cast(sa.null(), SQL_TYPES[kind]) if kind in SQL_TYPES else sa.null()
    if isinstance(value, bool):
        return sa.true() if value else sa.false()
    if kind in {Kind.REFERENCE, Kind.PERSON}:
        return sa.literal(value, sa.BigInteger)
    if isinstance(value, int | float):
        return double(value)
    if isinstance(value, datetime):
        return sa.literal(value, UtcDateTime)
    if isinstance(value, date):
        return sa.literal(value, sa.Date)
    return sa.literal(str(value), sa.Text)
