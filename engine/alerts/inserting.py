"""Inserting rows that may be there already: a unique key is how two workers agree on who was first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.db import Base


def insert_new(session: Session, row: type[Base], values: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows unless their unique key is there already; return how many are new."""
    if not values:
        return 0
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = inspect(row).local_table
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    return len(session.execute(statement, [dict(one) for one in values]).all())
