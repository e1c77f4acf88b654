"""Search texts of very many records written at once: their index rests meanwhile and is made anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from engine.records.loading import load
from engine.records.search import searchable, texts_of_columns
from engine.records.search_index import drop_triggers, make_triggers, postgresql_name, rebuild
from engine.sql.sqlite import handed_over
from forms.defs import FormDef

#: Records from which on an index is sooner made anew than brought along record by record.
MANY = 5000


#: The id of a record, and what its search text ought to be.
Text = tuple[int, str | None]


def write_texts(session: Session, table: Table, form: FormDef, wanted: sa.ColumnElement[bool]) -> int:
    """Write the search texts anew of records that meet a condition; return how many were other than they ought to be."""
    texts = stale_texts(session, table, form, wanted)
    write_stale(session, table, texts)
    return len(texts)


def stale_texts(session: Session, table: Table, form: FormDef, wanted: sa.ColumnElement[bool]) -> list[Text]:
    """Return what the search texts ought to be of those records that meet a condition and hold another."""
    names = [one.key for one in searchable(form)]
    columns = [table.c.id, table.c.search_text, *(table.c.get(name, sa.null()) for name in names)]
    rows = session.execute(sa.select(*columns).where(wanted).order_by(table.c.id)).all()
    if not rows:
        return []
    ids, stored, *values = zip(*rows, strict=True)
    made = texts_of_columns(form, dict(zip(names, values, strict=True))) if names else [None] * len(rows)
    return [(id_, text) for id_, was, text in zip(ids, stored, made, strict=True) if text != was]


def write_stale(session: Session, table: Table, texts: Sequence[Text], *, at_rest: bool = False) -> None:
    """Write search texts; with `at_rest`, whoever calls makes the index anew."""
    if not texts:
        return
    if session.get_bind().dialect.name == "postgresql":
        _write_postgresql(session, table, texts)
    elif at_rest or len(texts) < MANY:
        _write_sqlite(session.connection(), table, texts)
    else:
        with index_at_rest(session.connection(), table.name):
            _write_sqlite(session.connection(), table, texts)


@contextmanager
def index_at_rest(connection: Connection, table: str) -> Iterator[None]:
    """Let the index rest and make it anew at the end: on SQLite at once, on PostgreSQL when a release is done."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f'DROP INDEX IF EXISTS "{postgresql_name(table)}"')
        yield
        return
    drop_triggers(connection, table)
    yield
    make_triggers(connection, table)
    rebuild(connection, table)


def _write_sqlite(connection: Connection, table: Table, texts: Sequence[Text]) -> None:
    if len(texts) < MANY:
        changed = f'UPDATE "{table.name}" SET search_text = ? WHERE id = ?'  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(changed, [(text, id_) for id_, text in texts])
        return
    with handed_over(dict(texts)):
        connection.exec_driver_sql(f'UPDATE "{table.name}" SET search_text = sw_anew(id) WHERE sw_is_anew(id)')  # noqa: S608


def _write_postgresql(session: Session, table: Table, texts: Sequence[Text]) -> None:
    columns = sa.Column("id", table.c.id.type), sa.Column("search_text", table.c.search_text.type)
    made = sa.Table("sw_texts", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    made.create(session.connection())
    load(session, made, [{"id": id_, "search_text": text} for id_, text in texts])
    session.execute(sa.update(table).values(search_text=made.c.search_text).where(table.c.id == made.c.id))
    made.drop(session.connection())
