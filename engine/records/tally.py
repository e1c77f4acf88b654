"""How many records have each value of a field, and what they add up to: exactly, or only as long as there are few."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records.filters import Filter, column_of
from engine.records.query import tests_of
from engine.records.read import source_of
from engine.releases.live import Live
from engine.rights import may, visible
from rules.checked import Checked


@dataclass(frozen=True)
class Tally:
    """The records that share a value: `total` is what the asked column adds up to, as it is stored."""

    count: int
    total: int | float | None = None


def tally(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    by: str,
    *,
    value: str = "",
    most: int | None = None,
    where: Checked | None = None,
    text: str = "",
    filters: Iterable[Filter] = (),
) -> dict[object, Tally] | None:
    """Return value -> tally over the records that this person may see; None when there are more than `most`.

    Both fields must be seen by this person on every record (`visible`): the caller picks them from there.
    """
    seen = visible(live, form, user)
    if not may(user, "read", live, form) or by not in seen:
        return {}
    source = source_of(session, live, form, user, now)
    tests = tests_of(session, source, live, user, where, text, filters, None, deleted=False)
    added = column_of(source, live, form, value) if value in seen else sa.null()
    rows = source.select(column_of(source, live, form, by).label("by"), added.label("added")).where(*tests)
    some = (rows if most is None else rows.limit(most + 1)).subquery()
    figures = [some.c.by, sa.func.count(), sa.func.sum(some.c.added) if value in seen else sa.null()]
    found = {row[0]: Tally(row[1], _number(row[2])) for row in session.execute(sa.select(*figures).group_by(some.c.by))}
    return None if most is not None and sum(one.count for one in found.values()) > most else found


def _number(value: Any) -> int | float | None:
    return value if value is None or isinstance(value, float) else int(value)
