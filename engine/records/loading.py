"""Many rows into one table by the fastest way of the database: COPY on PostgreSQL, with ids taken beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.db import BUSY_STATES
from engine.errors import Busy

#: Rows from which on it pays.
ENOUGH = 50

Row = Mapping[str, object]


def copies(session: Session, rows: Sequence[Row]) -> bool:
    """Tell whether rows are better copied than inserted."""
    return len(rows) >= ENOUGH and session.get_bind().dialect.name == "postgresql"


def load(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Write rows that have the same columns."""
    if copies(session, rows):
        _copy(session, table, rows)
    elif rows:
        session.execute(sa.insert(table), rows)


def load_with_ids(session: Session, table: Table, rows: Sequence[Row]) -> list[int]:
    """Write rows on PostgreSQL and return their ids, in order."""
    sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', "id")
    numbers = sa.select(sa.func.nextval(sa.cast(sequence, sa.Text))).select_from(
        sa.func.generate_series(1, len(rows)).table_valued("n")
    )
    ids = list(session.scalars(numbers))
    _copy(session, table, [{**row, "id": id_} for row, id_ in zip(rows, ids, strict=True)])
    return ids


def _copy(session: Session, table: Table, rows: Sequence[Row]) -> None:
    from psycopg import DatabaseError
    from psycopg import IntegrityError as Violated

    connection = session.connection()
    columns = [column for column in table.c if column.name in rows[0]]
    binders = [_binder(column, connection.dialect) for column in columns]
    names = ", ".join(f'"{column.name}"' for column in columns)
    driver: Any = connection.connection.dbapi_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row([bind(row[c.name]) for c, bind in zip(columns, binders, strict=True)])
    except Violated as error:
        raise IntegrityError("COPY", None, error) from error
    except DatabaseError as error:
        if error.sqlstate in BUSY_STATES:
            raise Busy from error
        raise


def _binder(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[object], object]:
    """Return what turns a value into what the driver is given."""
    found: Callable[[object], object] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return found if found is not None else _same


def _same(value: object) -> object:
    return value
