"""Records in cells (days, stages, lanes): of each its count, a sum, and its first records; one statement for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records.filters import Filter
from engine.records.query import Page, tests_of
from engine.records.read import records_of, row_keys, source_of
from engine.records.record import Record
from engine.records.sight import sight_columns
from engine.records.sort import sort_keys, write_cursor
from engine.releases.live import Live
from engine.rights import may, visible
from engine.sql.compile import Source
from rules.checked import Checked

#: Begin the names of what stands beside a row's own columns.
_CELL, _NTH, _COUNT, _SUM = "_cell", "_nth", "_count", "_sum"
#: Makes columns or conditions over the records of a form.
Columns = Callable[[Source], Sequence[ColumnElement[Any]]]


@dataclass(frozen=True)
class Cell:
    """What stands in one cell: `total` is what the asked column adds up to, as it is stored."""

    key: tuple[Any, ...]
    count: int
    total: int | float | None = None
    records: tuple[Record, ...] = ()


def cells(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    by: Columns,
    *,
    most: int,
    within: Columns | None = None,
    where: Checked | None = None,
    text: str = "",
    filters: Iterable[Filter] = (),
    sort: Sequence[str] = (),
    value: str = "",
) -> list[Cell]:
    """Return the cells that hold records which this person may see, each with its first ones in the given order.

    What makes the cells and what is added up must be seen by this person on every record (`visible`): the caller picks
    it from there.
    """
    if not may(user, "read", live, form):
        return []
    source = source_of(session, live, form, user, now)
    places = [column.label(f"{_CELL}{number}") for number, column in enumerate(by(source))]
    tests = [*tests_of(session, source, live, user, where, text, filters, None, deleted=False)]
    tests += within(source) if within else []
    order = [key.order() for key in sort_keys(source, live, form, user, sort)]
    parts = [place.element for place in places]
    columns = [
        *(source.table.c[key] for key in row_keys(live, form)),
        *sight_columns(source, live, form, user),
        *places,
        sa.func.row_number().over(partition_by=parts, order_by=order).label(_NTH),
        sa.func.count().over(partition_by=parts).label(_COUNT),
    ]
    if value and value in visible(live, form, user) and value in source.table.c:
        columns.append(sa.func.sum(source.table.c[value]).over(partition_by=parts).label(_SUM))
    inner = source.select(*columns).where(*tests).subquery()
    outer = sa.select(inner).where(inner.c[_NTH] <= max(most, 1)).order_by(inner.c[_NTH])
    rows = [dict(row) for row in session.execute(outer).mappings()]
    return _gathered(session, live, form, rows, user, now, len(places), most)


def _gathered(
    session: Session,
    live: Live,
    form: str,
    rows: Sequence[dict[str, Any]],
    user: User,
    now: datetime,
    width: int,
    most: int,
) -> list[Cell]:
    extra = {_NTH, _COUNT, _SUM, *(f"{_CELL}{number}" for number in range(width))}
    plain = [{key: value for key, value in row.items() if key not in extra} for row in rows]
    records = records_of(session, live, form, plain, user, now)
    found: dict[tuple[Any, ...], tuple[dict[str, Any], list[Record]]] = {}
    for row, record in zip(rows, records, strict=True):
        key = tuple(row[f"{_CELL}{number}"] for number in range(width))
        found.setdefault(key, (row, []))[1].append(record)
    return [
        Cell(key, int(row[_COUNT]), _number(row.get(_SUM)), tuple(held[:most])) for key, (row, held) in found.items()
    ]


def _number(value: Any) -> int | float | None:
    if value is None:
        return None
    return value if isinstance(value, float) else int(value)


def columns_of(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    key: str,
    values: Sequence[str],
    *,
    most: int,
    where: Checked | None = None,
    text: str = "",
    filters: Iterable[Filter] = (),
    sort: Sequence[str] = (),
) -> dict[str, Page]:
    """Return the first records of each value of a field: one statement, of which an index may serve every part."""
    if not values or not may(user, "read", live, form) or key not in visible(live, form, user):
        return {value: Page(()) for value in values}
    source = source_of(session, live, form, user, now)
    tests = tests_of(session, source, live, user, where, text, filters, None, deleted=False)
    keys = sort_keys(source, live, form, user, sort)
    places = [one.expression.label(f"{_CELL}{number}") for number, one in enumerate(keys)]
    columns = [*(source.table.c[one] for one in row_keys(live, form)), *sight_columns(source, live, form, user)]
    parts = []
    for number, value in enumerate(values):
        part = source.select(*columns, *places, sa.literal_column(str(number), sa.Integer).label(_NTH))
        part = part.where(*tests, source.table.c[key] == value).order_by(*(one.order() for one in keys))
        parts.append(sa.select(part.limit(most + 1).subquery()))
    rows = [dict(row) for row in session.execute(sa.union_all(*parts)).mappings()]
    found: dict[str, Page] = {}
    for number, value in enumerate(values):
        mine = [row for row in rows if row[_NTH] == number]
        plain = [{name: row[name] for name in row if not name.startswith((_CELL, _NTH))} for row in mine[:most]]
        more = len(mine) > most
        last = [mine[most - 1][f"{_CELL}{place}"] for place in range(len(keys))] if more else []
        found[value] = Page(
            records_of(session, live, form, plain, user, now), more, next=write_cursor(keys, last) if more else ""
        )
    return found
