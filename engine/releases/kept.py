"""Columns that a release set aside because it works their values out anew: what they are called, and how they are exchanged."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy import Connection, inspect

#: Stands between the name of a column and the number of the release that no longer had these values.
WAS = "__was_"
#: PostgreSQL has room for 1,600 columns of a table, those counted that were dropped ever since.
MOST_COLUMNS = 1000


def kept_columns(connection: Connection, table: str, name: str) -> dict[int, str]:
    """Return the number of a release -> the column with what `name` held before it."""
    columns = (str(column["name"]) for column in inspect(connection).get_columns(table))
    found = (re.fullmatch(rf"{name}{WAS}(\d+)", column) for column in columns)
    return {int(match[1]): match[0] for match in found if match}


def set_aside(connection: Connection, table: str, name: str, number: int) -> str:
    """Rename a column that no index reads; return what it is called from now on."""
    aside = f"{name}{WAS}{number}"
    rename(connection, table, name, aside)
    return aside


def rename(connection: Connection, table: str, old: str, new: str) -> None:
    """Rename a column, which both databases do without touching the rows."""
    alter(connection, table, f"RENAME COLUMN {quoted(connection, old)} TO {quoted(connection, new)}")


def add(connection: Connection, column: sa.Column[object]) -> None:
    """Add a column of a table as it is defined, empty."""
    type_ = column.type.compile(connection.dialect)
    alter(connection, column.table.name, f"ADD COLUMN {quoted(connection, column.name)} {type_}")


def alter(connection: Connection, table: str, change: str) -> None:
    """Change a table."""
    connection.exec_driver_sql(f"ALTER TABLE {quoted(connection, table)} {change}")


def quoted(connection: Connection, name: str) -> str:
    """Return a name as it is written in a statement."""
    return connection.dialect.identifier_preparer.quote(name)


def stays_in_place(connection: Connection, table: str) -> bool:
    """Tell whether the columns of a table had better not be exchanged: somebody's view reads it, or few more fit in."""
    return is_shown(connection, table) or _is_full(connection, table)


def _is_full(connection: Connection, table: str) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    found = sa.text("SELECT max(attnum) FROM pg_attribute WHERE attrelid = CAST(:name AS regclass)")
    return (connection.scalar(found, {"name": quoted(connection, table)}) or 0) > MOST_COLUMNS


def is_shown(connection: Connection, table: str) -> bool:
    """Tell whether somebody's view reads a table: it would go on to show a column that is set aside."""
    if connection.dialect.name != "postgresql":
        return False
    found = sa.text(
        "SELECT EXISTS (SELECT 1 FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = pg_depend.objid"
        " WHERE pg_depend.classid = 'pg_rewrite'::regclass AND refobjid = CAST(:name AS regclass) AND ev_class <> refobjid)"
    )
    return bool(connection.scalar(found, {"name": quoted(connection, table)}))
