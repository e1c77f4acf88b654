"""Many rows into one table by the fastest way of the database: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice, repeat
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.db import BUSY_STATES, JsonText, json_text, start_writing
from engine.errors import Busy
from engine.records.feeding import Write

#: Rows from which on it pays.
ENOUGH = 50
#: Lines that go to the server in one piece.
_LINES = 500

#: Entries of each index that SQLite looks at for its statistics; what PostgreSQL's own sampling is multiplied with, a
#: fifth of the usual: it looks once more, and closer, when it finds the time.
LOOKED_AT, TARGET = 1000, 20

Row = Mapping[str, object]


def pays(rows: Sequence[object]) -> bool:
    """Tell whether there are enough rows to be written together."""
    return len(rows) >= ENOUGH


def load(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Write rows that have the same columns."""
    if pays(rows):
        connection = session.connection()
        loading(connection.dialect, table, rows)(connection)
    elif rows:
        session.execute(sa.insert(table), rows)


def loading(dialect: Dialect, table: Table, rows: Sequence[Row]) -> Write:
    """Make rows that have the same columns ready for the driver; return what writes them."""
    names = [column.name for column in table.c if column.name in rows[0]]
    return loading_columns(dialect, table, {name: list(map(itemgetter(name), rows)) for name in names})


def loading_columns(dialect: Dialect, table: Table, columns: Mapping[str, Sequence[object]]) -> Write:
    """The same for rows that are given column by column."""
    bound = [_bound(dialect, table.c[name], values) for name, values in columns.items()]
    names = ", ".join(f'"{name}"' for name in columns)
    if dialect.name == "postgresql":
        return partial(_copy, f'COPY "{table.name}" ({names}) FROM STDIN', _pieces(bound))
    marks = ", ".join("?" * len(columns))
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own tables
    return partial(_execute_many, statement, list(zip(*bound, strict=True)))


def _execute_many(statement: str, rows: list[tuple[object, ...]], connection: Connection) -> None:
    connection.exec_driver_sql(statement, rows)


def renew_statistics(session: Session, tables: Sequence[Table]) -> None:
    """Let the database look at what lies in tables that grew much: until it does, it plans for the rows of before."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA analysis_limit={LOOKED_AT}")
    else:
        connection.exec_driver_sql(f"SET LOCAL default_statistics_target = {TARGET}")
    for table in tables:
        connection.exec_driver_sql(f'ANALYZE "{table.name}"')


def load_with_ids(session: Session, table: Table, rows: Sequence[Row]) -> list[int]:
    """Write rows and return their ids, in order."""
    ids = take_ids(session, table, len(rows))
    load(session, table, [{**row, "id": id_} for row, id_ in zip(rows, ids, strict=True)])
    return ids


def take_ids(session: Session, table: Table, count: int) -> list[int]:
    """Return ids for rows that will be written, in order: no other row will ever have them."""
    if session.get_bind().dialect.name == "sqlite":
        start_writing(session)  # nobody else writes until the transaction ends, so what follows the last id is free
        last = session.scalar(_last_id(table)) or 0
        return list(range(last + 1, last + count + 1))
    sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', "id")
    number = sa.cast(sa.func.nextval(sa.cast(sequence, sa.Text)), sa.Text)
    # One text is read much faster than a row for each of them.
    numbers = sa.select(sa.func.string_agg(number, ",")).select_from(
        sa.func.generate_series(1, count).table_valued("n")
    )
    return sorted(map(int, session.scalars(numbers).one().split(",")))


def _last_id(table: Table) -> sa.Select[Any]:
    """Select the last id that SQLite gave out; where it may give one out again, the last that is there."""
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return sa.select(sa.func.max(table.c.id))
    given = sa.table("sqlite_sequence", sa.column("name", sa.Text), sa.column("seq", sa.Integer))
    return sa.select(given.c.seq).where(given.c.name == table.name)


def _bound(dialect: Dialect, column: sa.Column[Any], values: Sequence[object]) -> Sequence[object]:
    """Return the values of a column as the driver takes them."""
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    if isinstance(column.type, sa.JSON):
        bind = _json
    if bind is None:
        return values
    return [bind(values[0])] * len(values) if _is_one(values) else list(map(bind, values))


def _json(value: object) -> str | None:
    return None if value is None else value if isinstance(value, JsonText) else json_text(value)


def _is_one(values: Sequence[object]) -> bool:
    """Tell whether all rows share the very same value, as they do who wrote them, and when."""
    return values[0] is values[-1] and len(set(map(id, values))) == 1


# -- PostgreSQL ----------------------------------------------------------------------------------------------------------

#: What stands for itself in no line of COPY.
_SPECIAL = re.compile(r"[\\\n\r\t]")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _pieces(columns: Sequence[Sequence[object]]) -> list[bytes]:
    """Return the rows as COPY reads them."""
    lines = map("\t".join, zip(*map(_written, columns), strict=True))
    pieces = []
    while piece := list(islice(lines, _LINES)):
        pieces.append(("\n".join(piece) + "\n").encode())
    return pieces


def _copy(statement: str, pieces: Sequence[bytes], connection: Connection) -> None:
    from psycopg import DatabaseError
    from psycopg import IntegrityError as Violated

    driver: Any = connection.connection.dbapi_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for piece in pieces:
                copy.write(piece)
    except Violated as error:
        raise IntegrityError("COPY", None, error) from error
    except DatabaseError as error:
        if error.sqlstate in BUSY_STATES:
            raise Busy from error
        raise


def _written(values: Sequence[Any]) -> Iterable[str]:
    """Write the values of a column as COPY reads them; all at once where they are of one kind."""
    if _is_one(values):
        return repeat(_as_text(values[0]), len(values))
    kinds = set(map(type, values))
    if kinds == {str} and not _SPECIAL.search("".join(values)):
        return values
    return map(_WRITTEN[kinds.pop()], values) if len(kinds) == 1 else map(_as_text, values)


def _as_text(value: object) -> str:
    return _WRITTEN[type(value)](value)


def _text(value: Any) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value) if _SPECIAL.search(value) else value


#: Type of a value -> how COPY writes it.
_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    str: _text,
    int: int.__repr__,
    float: float.__repr__,
    bool: lambda value: "t" if value else "f",
    date: date.isoformat,
    datetime: datetime.isoformat,
    bytes: lambda value: f"\\\\x{value.hex()}",
    JsonText: _text,
    type(None): lambda _: "\\N",
}
