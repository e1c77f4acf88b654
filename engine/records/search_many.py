"""Search texts of very many records written at once: their index rests meanwhile and is made anew."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from engine.records.loading import load
from engine.records.search import search_texts, searchable
from engine.records.search_index import drop_triggers, make_triggers, postgresql_name, rebuild
from forms.defs import FormDef

#: Records from which on an index is sooner made anew than brought along record by record.
MANY = 5000


def rest_index(connection: Connection, table: str) -> None:
    """Take PostgreSQL's index away from a table of which much is about to be written; publishing makes it again.

    Whatever is written to a record there, all its entries are written anew. SQLite's index minds its own text alone.
    """
    if connection.dialect.name == "postgresql" and _is_large(connection, table):
        connection.exec_driver_sql(f'DROP INDEX IF EXISTS "{postgresql_name(table)}"')


def _is_large(connection: Connection, table: str) -> bool:
    found = sa.select(sa.literal(1)).select_from(sa.table(table)).limit(1).offset(MANY)
    return connection.scalar(found) is not None


def write_texts(session: Session, table: Table, form: FormDef, wanted: sa.ColumnElement[bool]) -> int:
    """Write the search texts anew of records that meet a condition; return how many were other than they ought to be."""
    names = {one.key for one in searchable(form) if one.key in table.c}
    columns = [table.c.id, table.c.search_text, *(table.c[name] for name in sorted(names))]
    rows: list[Any] = list(session.execute(sa.select(*columns).where(wanted).order_by(table.c.id)).mappings())
    found = zip(rows, search_texts(form, rows), strict=True)
    texts = [(row["id"], text) for row, text in found if text != row["search_text"]]
    if texts:
        (_write_sqlite if session.get_bind().dialect.name == "sqlite" else _write_postgresql)(session, table, texts)
    return len(texts)


def _write_sqlite(session: Session, table: Table, texts: list[tuple[int, str | None]]) -> None:
    connection, rests = session.connection(), len(texts) >= MANY
    if rests:
        drop_triggers(connection, table.name)
    changed = f'UPDATE "{table.name}" SET search_text = ? WHERE id = ?'  # noqa: S608 - names of our own tables
    connection.exec_driver_sql(changed, [(text, id_) for id_, text in texts])
    if rests:
        make_triggers(connection, table.name)
        rebuild(connection, table.name)


def _write_postgresql(session: Session, table: Table, texts: list[tuple[int, str | None]]) -> None:
    columns = sa.Column("id", table.c.id.type), sa.Column("search_text", table.c.search_text.type)
    made = sa.Table("sw_texts", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    made.create(session.connection())
    load(session, made, [{"id": id_, "search_text": text} for id_, text in texts])
    session.execute(sa.update(table).values(search_text=made.c.search_text).where(table.c.id == made.c.id))
    made.drop(session.connection())
