"""Inserting rows that may be there already: a unique key is how two workers agree on who was first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.db import Base
from engine.sandboxes import is_sandbox

#: What becomes of a message from a sandbox: it waits in the inbox and goes nowhere else.
_INSIDE = {"channel": "inbox", "state": "sent", "attempts": 1, "waits_for": ""}


def insert_new(session: Session, row: type[Base], values: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows unless their unique key is there already; return how many are new."""
    if not values:
        return 0
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = inspect(row).local_table
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    rows = [_inside(one) if row.__tablename__ == "sw_notification" else dict(one) for one in values]
    return len(session.execute(statement, rows).all())


def _inside(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notification as it is written: of a sandbox, into the inbox."""
    if not is_sandbox(str(values.get("app_key", ""))) or values.get("channel") == "inbox":
        return dict(values)
    return {**values, **_INSIDE, "sent_at": values.get("created_at")}
