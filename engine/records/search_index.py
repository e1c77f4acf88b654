"""The index over search texts: FTS5 with threes of letters on SQLite, pg_trgm on PostgreSQL where it can be had.

Triggers keep SQLite's index: whoever stores a record, in whatever way, stores what finds it in the same transaction.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from engine.records.narrowing import index_table, marks_of
from engine.records.search import segments

#: Not the prefix of the indexes that follow from a config: publishing leaves this one alone.
PREFIX = "sws_"
#: Bytes of entries that FTS5 gathers before it writes a piece of an index: while it is made anew, and otherwise.
GATHERED, DEFAULT_GATHERED = 64 * 1024 * 1024, 1024 * 1024


def ensure_search_index(connection: Connection, table: str, *, fill: bool = False) -> bool:
    """Make the index of a table unless it is there; `fill` takes in the records that are there already."""
    if connection.dialect.name == "sqlite":
        return _ensure_sqlite(connection, table, fill=fill)
    return _ensure_postgresql(connection, table)


def _ensure_sqlite(connection: Connection, table: str, *, fill: bool) -> bool:
    index = index_table(table)
    found = connection.scalar(sa.text("SELECT 1 FROM sqlite_master WHERE name = :name"), {"name": index})
    if found:
        return False
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE \"{index}\" USING fts5(search_text, content='{table}', content_rowid='id', "
        "tokenize='trigram case_sensitive 1', detail=none)"
    )
    make_triggers(connection, table)
    if fill:
        rebuild(connection, table)
    return True


def make_triggers(connection: Connection, table: str) -> None:
    """Let SQLite's index follow its table."""
    index = index_table(table)
    out = f'INSERT INTO "{index}"("{index}", rowid, search_text) VALUES (\'delete\', old.id, old.search_text);'  # noqa: S608 - names of our own tables
    into = f'INSERT INTO "{index}"(rowid, search_text) VALUES (new.id, new.search_text);'  # noqa: S608
    changed = "WHEN old.search_text IS NOT new.search_text"
    for name, event, body in (
        ("new", "AFTER INSERT", into),
        ("set", f'AFTER UPDATE OF search_text ON "{table}" {changed}', out + " " + into),
        ("gone", "AFTER DELETE", out),
    ):
        on = event if " ON " in event else f'{event} ON "{table}"'
        connection.exec_driver_sql(f'CREATE TRIGGER "{index}_{name}" {on} BEGIN {body} END')


def drop_triggers(connection: Connection, table: str) -> None:
    """Let the index rest while very many records are filled in at once; `rebuild` takes them in."""
    for name in ("new", "set", "gone"):
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{index_table(table)}_{name}"')


def rebuild(connection: Connection, table: str) -> None:
    """Take in all search texts of a table anew, gathered in memory so that few pieces of the index are merged."""
    index = index_table(table)
    connection.exec_driver_sql(_gathering(index, GATHERED))
    connection.exec_driver_sql(f'INSERT INTO "{index}"("{index}") VALUES (\'rebuild\')')  # noqa: S608
    connection.exec_driver_sql(_gathering(index, DEFAULT_GATHERED))


def _gathering(index: str, size: int) -> str:
    return f'INSERT INTO "{index}"("{index}", rank) VALUES (\'hashsize\', {size})'  # noqa: S608 - names of our own tables


def lacks_index(connection: Connection, table: str) -> bool:
    """Tell whether an index is to be made that takes long and can wait: a search without it is slower, and as right."""
    if connection.dialect.name != "postgresql":
        return False
    found = connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": f'"{postgresql_name(table)}"'})
    return found is None and _has_trigrams(connection)


def _ensure_postgresql(connection: Connection, table: str) -> bool:
    if not lacks_index(connection, table):
        return False
    name = postgresql_name(table)
    connection.exec_driver_sql(f'CREATE INDEX "{name}" ON "{table}" USING gin (search_text gin_trgm_ops)')
    return True


def postgresql_name(table: str) -> str:
    """Name the index of a table on PostgreSQL, which cuts names at 63 bytes."""
    from hashlib import sha256

    return f"{PREFIX}{table[:40]}_{sha256(table.encode()).hexdigest()[:10]}"


def _has_trigrams(connection: Connection) -> bool:
    """Tell whether pg_trgm is there; who may is let install it, everybody else searches without an index."""
    known = sa.text("SELECT installed_version IS NOT NULL FROM pg_available_extensions WHERE name = 'pg_trgm'")
    installed = connection.scalar(known)
    if installed is not False:
        return bool(installed)
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError:
        return False
    return True


def take_in_earlier(connection: Connection) -> None:
    """Index the records of tables that were made before there were indexes; marks are added to their texts."""
    for name in sa.inspect(connection).get_table_names():
        columns = {column["name"] for column in sa.inspect(connection).get_columns(name)}
        if "__" in name and {"search_text", "deleted_at", "version"} <= columns and "valid_from" not in columns:
            _add_marks(connection, name)
            ensure_search_index(connection, name, fill=True)


def _add_marks(connection: Connection, name: str) -> None:
    table = sa.table(name, sa.column("id", sa.BigInteger), sa.column("search_text", sa.Text))
    last = 0
    while True:
        found = sa.select(table.c.id, table.c.search_text).where(table.c.id > last).order_by(table.c.id).limit(1000)
        rows = connection.execute(found).all()
        if not rows:
            return
        texts = [(id_, text, marks_of(*segments(text).values())) for id_, text in rows]
        wanted = [{"the_id": id_, "text": text + marks} for id_, text, marks in texts if marks]
        if wanted:
            changed = sa.update(table).where(table.c.id == sa.bindparam("the_id"))
            connection.execute(changed.values(search_text=sa.bindparam("text")), wanted)
        last = rows[-1][0]
