"""What the database cannot compute with the same meaning is evaluated record by record, with one query for the values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.sql.functions import NoSqlForm
from engine.sql.literals import Sql
from engine.sql.source import Source

if TYPE_CHECKING:
    from rules.checked import Checked

#: Rows fetched at once.
CHUNK = 1000


def condition_of(session: Session, source: Source, checked: Checked) -> ColumnElement[bool]:
    """Return the condition of an expression in SQL, or else of the ids for which Python says yes."""
    try:
        return source.condition(checked)
    except NoSqlForm:
        return among(source, [id_ for id_, value in values_of(session, source, checked) if value is True])


def values_of(session: Session, source: Source, checked: Checked) -> Iterator[tuple[int, object]]:
    """Yield (record id, value of the expression) for every record, evaluated in Python."""
    from rules.compiled import compiled

    evaluate = compiled(checked)
    own = Source(source.app, source.tables, source.form, source.dialect, source.now, source.user, at=source.at)
    for id_, values in rows_of(session, own, checked.reads):
        yield id_, evaluate(values)


def rows_of(
    session: Session,
    source: Source,
    reads: frozenset[tuple[str, ...]],
    seen: ColumnElement[bool] | None = None,
) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield (record id, what the evaluators read) for every record: one query, dotted references included."""
    from engine.sql.names import read_columns

    constants = dict(source.constants)
    columns: dict[str, Sql] = read_columns(source, reads)
    query = source.select(source.table.c.id, *columns.values())
    if seen is not None:
        query = query.where(seen)
    for row in session.execute(query.execution_options(yield_per=CHUNK)):
        yield row[0], {**constants, **dict(zip(columns, row[1:], strict=True))}


def among(source: Source, ids: list[int]) -> ColumnElement[bool]:
    """Return the condition that a record is one of these, however many they are."""
    column: ColumnElement[Any] = source.table.c.id
    if source.dialect == "postgresql":
        return column == sa.any_(sa.literal(ids, sa.ARRAY(sa.BigInteger)))
    listed = sa.func.json_each(json.dumps(ids)).table_valued("value")
    return column.in_(sa.select(listed.c.value))
