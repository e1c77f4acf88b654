"""The values of a field that changed its type, written anew by statements: each different value is converted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType, TypeEngine

from engine.records.loading import load
from engine.releases.fitting import FieldStep, Kept, MisfitError, converter
from engine.releases.live import Live
from engine.sql.sqlite import handed_over
from engine.tables import storage_type

#: A stored value as the database compares it, and as Python knows it.
_Value = tuple[object, object]


def fill_in(session: Session, step: FieldStep, live: Live) -> None:
    """Tell history what a field that comes back held while it was hidden: nobody could change it."""
    if step.gone_at is None:
        return
    current, history = live.tables.current(step.form), live.tables.history(step.form)
    key, kept = step.new.key, storage_type(step.old_type.kind)
    types = {"id": current.c.id.type, "valid_from": history.c.valid_from.type, "valid_to": sa.DateTime(), key: kept}
    record, line = _seen(current, types), _seen(history, types)
    hidden = sa.or_(line.c.valid_from > step.gone_at, line.c.valid_to.is_(None))
    _set(session, line, key, record.c[key], record.c.id == line.c.id, line.c[key].is_(None), hidden)


def rewrite(session: Session, step: FieldStep, live: Live, aside: str) -> None:
    """Fill the new column of a form's records and of their history from the one that was set aside.

    1. Every value is converted. 2. Where the field had this type once before, and a value is still what was made of
    the one that people entered then, that one comes back as it was; what was entered since is kept. What does not
    fit, in deleted records and in the past, is empty from now on; the columns set aside keep it.
    """
    if step.new.is_derived:
        return
    current, history = live.tables.current(step.form), live.tables.history(step.form)
    source, old, new = step.source or aside, storage_type(step.old_type.kind), storage_type(step.new_type.kind)
    convert = careful(converter(step, live))
    types = {"id": current.c.id.type, "valid_to": sa.DateTime(), source: old, step.new.key: new}
    types |= {step.back.column: new} if step.back else {}
    tables = _seen(current, types), _seen(history, types)
    made = [(raw, convert(value)) for raw, value in _values(session, tables, source)]
    _convert(session, (current, history), tables, source, step.new.key, made)
    if step.back is not None:
        _take_back(session, step, step.back, convert, tables, source)
    record, line = tables
    _set(session, line, step.new.key, record.c[step.new.key], record.c.id == line.c.id, line.c.valid_to.is_(None))


def _take_back(
    session: Session,
    step: FieldStep,
    back: Kept,
    convert: Callable[[object], object],
    tables: tuple[sa.TableClause, sa.TableClause],
    source: str,
) -> None:
    """Give back the values of an earlier time that nobody has changed since, where converting does not yield them."""
    types = storage_type(back.old_type.kind), storage_type(step.old_type.kind)
    wanted = []
    for raw, value in _values(session, tables, back.column):
        became = back.became(value)
        if (became is None or convert(became) != value) and not step.new.type.validate(step.new, value):
            wanted.append((raw, became))
    if not wanted:
        return
    record, line = tables
    with _loaded(session, *types, wanted) as pairs:
        same = record.c[source].is_not_distinct_from(pairs.c.made)
        _set(session, record, step.new.key, record.c[back.column], record.c[back.column] == pairs.c.was, same)
        # Lines written since know what was set aside from their record alone.
        kept = sa.func.coalesce(line.c[back.column], record.c[back.column])
        same = line.c[source].is_not_distinct_from(pairs.c.made)
        own = sa.or_(line.c[back.column].is_not(None), line.c[source].is_not(None))
        _set(session, line, step.new.key, kept, record.c.id == line.c.id, kept == pairs.c.was, same, own)


def _convert(
    session: Session,
    kept: Sequence[Table],
    seen: Sequence[sa.TableClause],
    source: str,
    key: str,
    made: Sequence[tuple[object, object]],
) -> None:
    """Fill a column by what each value was made into, the fastest way there is: every record and line is written."""
    fitting = [(raw, value) for raw, value in made if value is not None]
    if not fitting:
        return
    connection = session.connection()
    if _is_lite(session):
        bind = seen[0].c[key].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        values = {raw: bind(value) if bind else value for raw, value in fitting}
        with handed_over(values):
            for table in seen:
                value = sa.func.sw_anew(sa.type_coerce(table.c[source], NullType()))
                session.execute(sa.update(table).values({table.c[key]: value}).where(table.c[source].is_not(None)))
        return
    with _loaded(session, seen[0].c[source].type, seen[0].c[key].type, fitting) as pairs:
        for own, table in zip(kept, seen, strict=True):
            if len(fitting) == len(made) and _casts_alike(session, pairs):
                _cast(connection, own, source, key)
            else:
                _set(session, table, key, pairs.c.made, table.c[source] == pairs.c.was)


def _casts_alike(session: Session, pairs: sa.Table) -> bool:
    """Tell whether PostgreSQL's own cast says the same of every value there is."""
    other = sa.cast(pairs.c.was, pairs.c.made.type).is_distinct_from(pairs.c.made)
    try:
        with session.begin_nested():
            return not session.scalar(sa.select(sa.exists().where(other)))
    except DBAPIError:
        return False


def _cast(connection: Connection, table: Table, source: str, key: str) -> None:
    """Fill a new column while the table is written anew as a whole: ten times as fast as an UPDATE of all rows."""
    quoted, type_ = connection.dialect.identifier_preparer.quote, table.c[key].type.compile(connection.dialect)
    plain = type_.partition(" COLLATE ")[0]
    connection.exec_driver_sql(
        f"ALTER TABLE {quoted(table.name)} ALTER COLUMN {quoted(key)} TYPE {type_} USING CAST({quoted(source)} AS {plain})"
    )


def careful(convert: Callable[[object], object]) -> Callable[[object], object]:
    """Return a conversion that makes nothing of what does not fit."""

    def converted(value: object) -> object:
        try:
            return convert(value)
        except MisfitError:
            return None

    return converted


def _seen(table: Table, types: Mapping[str, TypeEngine[Any]]) -> sa.TableClause:
    return sa.table(table.name, *(sa.column(name, type_) for name, type_ in types.items()))


def _values(session: Session, tables: Iterable[sa.TableClause], name: str) -> Iterator[_Value]:
    """Yield the different values of a column in some tables."""
    found: dict[object, object] = {}
    for table in tables:
        column = table.c[name]
        # SQLite compares what is stored, which may be spelt in other ways than values are bound.
        raw: Any = sa.type_coerce(column, NullType()) if _is_lite(session) else sa.cast(column, sa.Text)
        rows = session.execute(sa.select(column, raw.label("raw")).where(column.is_not(None)).distinct())
        found |= {raw: value for value, raw in rows}
    for raw, value in found.items():
        yield (raw if _is_lite(session) else value), value


def _set(session: Session, table: sa.TableClause, key: str, value: Any, *where: Any) -> None:
    session.execute(sa.update(table).values({table.c[key]: value}).where(*where, table.c[key].is_distinct_from(value)))


@contextmanager
def _loaded(
    session: Session, was: TypeEngine[Any], made: TypeEngine[Any], pairs: Iterable[tuple[object, object]]
) -> Iterator[sa.Table]:
    """Put pairs into a table of this transaction's own."""
    connection, lite = session.connection(), _is_lite(session)
    columns = sa.Column("was", NullType() if lite else was), sa.Column("made", made)
    table = sa.Table("sw_conversion", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    rows: Sequence[dict[str, object]] = [{"was": one, "made": other} for one, other in pairs]
    if lite:
        connection.exec_driver_sql("CREATE TEMP TABLE sw_conversion (was, made)")
    else:
        table.create(connection)
    load(session, table, rows)
    connection.exec_driver_sql("CREATE INDEX sw_conversion_was ON sw_conversion (was)") if lite and rows else None
    yield table
    connection.exec_driver_sql("DROP TABLE sw_conversion")


def _is_lite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
