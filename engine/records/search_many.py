"""Search texts of very many records written at once: their index rests meanwhile and is made anew."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import Session

from engine.records.loading import load
from engine.records.search import searchable, texts_of_columns
from engine.records.search_index import drop_triggers, make_triggers, rebuild
from engine.sql.sqlite import handed_over
from forms.defs import FormDef

#: Records from which on an index is sooner made anew than brought along record by record.
MANY = 5000


def write_texts(session: Session, table: Table, form: FormDef, wanted: sa.ColumnElement[bool]) -> int:
    """Write the search texts anew of records that meet a condition; return how many were other than they ought to be."""
    names = [one.key for one in searchable(form)]
    columns = [table.c.id, table.c.search_text, *(table.c.get(name, sa.null()) for name in names)]
    rows = session.execute(sa.select(*columns).where(wanted).order_by(table.c.id)).all()
    if not rows:
        return 0
    ids, stored, *values = zip(*rows, strict=True)
    made = texts_of_columns(form, dict(zip(names, values, strict=True))) if names else [None] * len(rows)
    texts = [(id_, text) for id_, was, text in zip(ids, stored, made, strict=True) if text != was]
    if texts:
        (_write_sqlite if session.get_bind().dialect.name == "sqlite" else _write_postgresql)(session, table, texts)
    return len(texts)


def _write_sqlite(session: Session, table: Table, texts: list[tuple[int, str | None]]) -> None:
    connection, rests = session.connection(), len(texts) >= MANY
    if not rests:
        changed = f'UPDATE "{table.name}" SET search_text = ? WHERE id = ?'  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(changed, [(text, id_) for id_, text in texts])
        return
    drop_triggers(connection, table.name)
    with handed_over(dict(texts)):
        connection.exec_driver_sql(f'UPDATE "{table.name}" SET search_text = sw_anew(id) WHERE sw_is_anew(id)')  # noqa: S608
    make_triggers(connection, table.name)
    rebuild(connection, table.name)


def _write_postgresql(session: Session, table: Table, texts: list[tuple[int, str | None]]) -> None:
    columns = sa.Column("id", table.c.id.type), sa.Column("search_text", table.c.search_text.type)
    made = sa.Table("sw_texts", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    made.create(session.connection())
    load(session, made, [{"id": id_, "search_text": text} for id_, text in texts])
    session.execute(sa.update(table).values(search_text=made.c.search_text).where(table.c.id == made.c.id))
    made.drop(session.connection())
