"""Indexes that rest while a release writes very many records anew: they are dropped first and made again at the end."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection, Table, inspect
from sqlalchemy.exc import DBAPIError

from engine.records import search_index
from engine.records.search_many import MANY
from engine.releases import indexes

_logger = logging.getLogger(__name__)
#: Begin the names of what publishing makes, and makes again: nobody else's index is touched.
_OURS = (indexes.PREFIX, search_index.PREFIX)
#: What a history is looked up by.
HISTORY_COLUMNS = ("id", "valid_from")


def rest_indexes(connection: Connection, tables: Iterable[str], *, large: bool | None = None) -> set[str]:
    """Take the indexes away from large tables of which much is about to be written, and return which these were.

    `follow_indexes` makes them again. `large` tells whether the tables are, for those who have counted.

    On PostgreSQL a row that is written gets a new entry in each of them, which takes ten times as long as the row. SQLite
    writes entries of what has changed alone.
    """
    if connection.dialect.name != "postgresql":
        return set()
    quoted = connection.dialect.identifier_preparer.quote
    found = {
        table: names
        for table in tables
        if (has_many(connection, table) if large is None else large) and (names := _ours(connection, table))
    }
    for names in found.values():
        connection.exec_driver_sql(f"DROP INDEX {', '.join(map(quoted, names))}")
    return set(found)


def drop_indexes_on(connection: Connection, table: str, key: str) -> None:
    """Drop the indexes of a column that is about to be renamed or rewritten; they come back at the end if wanted."""
    quoted = connection.dialect.identifier_preparer.quote
    for one in inspect(connection).get_indexes(table):
        read = [*one["column_names"], *one.get("expressions", ())]
        if str(one["name"]).startswith(indexes.PREFIX) and any(key in (text or "") for text in read):
            connection.exec_driver_sql(f"DROP INDEX {quoted(str(one['name']))}")


def compact(connection: Connection, table: Table) -> None:
    """Write a table anew without what its rows were earlier in this transaction, all of which indexes would take in.

    Left as it is where PostgreSQL refuses, as it does where somebody's view shows the column that is named for it.
    """
    quoted, column = connection.dialect.identifier_preparer.quote, table.c.search_text
    type_ = column.type.compile(connection.dialect)
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(
                f"ALTER TABLE {quoted(table.name)} ALTER COLUMN {column.name} TYPE {type_} USING {column.name} || ''"
            )
    except DBAPIError as error:
        _logger.info("%s is not written anew: %s", table.name, error.orig)


def has_many(connection: Connection, table: str) -> bool:
    """Tell whether a table has so many rows that an index is sooner made anew than brought along."""
    found = sa.select(sa.literal(1)).select_from(sa.table(table)).limit(1).offset(MANY)
    return connection.scalar(found) is not None


def _ours(connection: Connection, table: str) -> Sequence[str]:
    return [str(one["name"]) for one in inspect(connection).get_indexes(table) if str(one["name"]).startswith(_OURS)]
