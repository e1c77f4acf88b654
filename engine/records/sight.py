"""What a person may see and change of each record, where field rights depend on the record: decided with the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records.env import holds, reads_of, values_for_many
from engine.releases.live import Live
from engine.rights import HIDDEN, Access, ever_visible, field_access, grants_of, record_access, visible
from engine.rights.fields import LEVELS
from engine.sql.compile import Source

#: Begins the names of the columns that tell for which conditions of the field rights a row holds.
MARK = "_sight"
#: Conditions of field rights whose combinations a search tells apart; with more it keeps to what is always shown.
MOST_CONDITIONS = 4
Row = Mapping[str, object]


def sight_columns(source: Source, live: Live, form: str, user: User) -> list[ColumnElement[Any]]:
    """Return the columns to select beside a row's own, so that what may be seen of it is known without another query."""
    grants = grants_of(live, form, user)
    conditions = grants.conditions if grants else ()
    return [source.expr(one).label(f"{MARK}{number}") for number, one in enumerate(conditions)]


def shown_when(source: Source, live: Live, form: str, user: User) -> dict[str, ColumnElement[bool]]:
    """Return field -> condition of the records on which a person may see it, for fields that they see on some alone.

    With it a search can look into such a field where it is shown, and only there. Nothing of past moments, which show
    no more than what is shown today as well.
    """
    grants = grants_of(live, form, user)
    keys = ever_visible(live, form, user) - visible(live, form, user)
    if grants is None or source.at is not None or not keys or len(grants.conditions) > MOST_CONDITIONS:
        return {}
    holds_ = [sa.func.coalesce(source.expr(one), sa.false()) for one in grants.conditions]
    found: dict[str, list[ColumnElement[bool]]] = {key: [] for key in keys}
    for flags in product((False, True), repeat=len(holds_)):
        access = record_access(live, form, user, flags)
        of_these = [one if flag else sa.not_(one) for one, flag in zip(holds_, flags, strict=True)]
        for key in keys:
            if access.get(key, HIDDEN) != HIDDEN:
                found[key].append(sa.and_(sa.true(), *of_these))
    return {key: sa.or_(sa.false(), *tests) for key, tests in found.items()}


def access_of(live: Live, form: str, user: User, row: Row) -> Access:
    """Return what a person may do with each field of a row; the least that is sure when the row does not tell."""
    grants = grants_of(live, form, user)
    count = len(grants.conditions) if grants else 0
    known = all(f"{MARK}{number}" in row for number in range(count))
    flags = [bool(row[f"{MARK}{number}"]) for number in range(count)] if known else None
    return record_access(live, form, user, flags)


def accesses(session: Session, live: Live, form: str, rows: Sequence[Row], user: User, now: datetime) -> list[Access]:
    """Return the same for rows that are already read, or not stored yet: one query per reference followed."""
    grants = grants_of(live, form, user)
    if grants is None or not rows:
        return [field_access(live, form, user)] * len(rows)
    envs = values_for_many(session, live, form, rows, reads_of(*grants.conditions), user, now)
    return [record_access(live, form, user, [holds(one, env) for one in grants.conditions]) for env in envs]


def access_now(
    session: Session, live: Live, form: str, ids: Iterable[int], user: User, now: datetime
) -> dict[int, Access] | None:
    """Return id -> what a person may do with the fields of a record as it stands today, deleted ones too.

    None when no record changes that.
    """
    if grants_of(live, form, user) is None:
        return None
    wanted = sorted(set(ids))
    source = Source(live.app, live.tables, form, session.get_bind().dialect.name, now, user)
    columns = sight_columns(source, live, form, user)
    statement = source.select(source.table.c.id, *columns, deleted=True).where(source.table.c.id.in_(wanted))
    return {row["id"]: access_of(live, form, user, dict(row)) for row in session.execute(statement).mappings()}


def both(first: Access, second: Access) -> Access:
    """Return what two accesses allow alike."""
    return {key: min(level, second.get(key, HIDDEN), key=LEVELS.__getitem__) for key, level in first.items()}
