"""The database: engines for SQLite and PostgreSQL that behave alike, column types, system tables."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Executable,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Dialect, ExceptionContext, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as Session  # noqa: PLC0414 - the rooms above name it without knowing the library
from sqlalchemy.orm import sessionmaker as sessionmaker  # noqa: PLC0414
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine

from engine.errors import Busy
from rules.moments import cut

AnyStatement = TypeVar("AnyStatement", bound=Executable)
#: How long a writer waits for the one before it on SQLite: longer than any publishing takes.
BUSY_SECONDS = 30
#: Modules whose classes are system tables; one that is not there (yet) is passed over.
ROW_MODULES = (
    "engine.people.rows",
    "engine.people.team_rows",
    "engine.people.invitation_rows",
    "engine.staff.hand_over_rows",
    "engine.audit.rows",
    "engine.releases.rows",
    "engine.changes",
    "engine.alerts.rows",
    "engine.alerts.channel_rows",
    "engine.alerts.wish_rows",
    "engine.alerts.action_rows",
    "engine.jobs_rows",
    "engine.records.clock_rows",
    "engine.records.counter_rows",
    "engine.records.merge_rows",
    "engine.files.rows",
    "engine.talk.rows",
    "engine.drafts.rows",
    "engine.design.rows",
    "engine.links.rows",
    "engine.access.rows",
    "engine.views.rows",
    "engine.acts.rows",
    "engine.presence.rows",
    "engine.templates.rows",
)
#: PostgreSQL's codes of a deadlock, of a serialization failure, and of a lock that was not to be had in time.
BUSY_STATES = frozenset({"40P01", "40001", "55P03"})
#: Seconds after which a pooled connection is asked whether it still stands.
RESTED = 5.0
#: Statements that leave the database as it is; all others take SQLite's write lock first.
READING = ("SELECT", "PRAGMA", "EXPLAIN", "VALUES", "RELEASE", "ROLLBACK")


#: How lists and objects are written into columns.
json_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


class JsonText(str):
    """A value for a column of lists and objects that is written already."""

    __slots__ = ()


class Base(DeclarativeBase):
    """Parent of all system tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _SqliteMoment(sqlite.DATETIME):
    """Text of one width, so that its order is the order of time."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002
        return lambda value: None if value is None else value.isoformat(" ", "milliseconds")

    def literal_processor(self, dialect: Dialect) -> Callable[[datetime], str]:  # noqa: ARG002
        return lambda value: f"'{value.isoformat(' ', 'milliseconds')}'"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, to the millisecond: readable text on SQLite, timestamptz on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "sqlite":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(_SqliteMoment())  # type: ignore[no-untyped-call]  # untyped upstream

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without time zone cannot be stored: {value}")
        value = cut(value)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def id_column_type() -> TypeEngine[int]:
    """Return the type of ids: 64 bits everywhere, and SQLite's own row id there."""
    return BigInteger().with_variant(Integer(), "sqlite")


def text_type() -> TypeEngine[str]:
    """Return the type of texts: ordered by code point on both databases, whatever the server's language."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def json_type() -> TypeEngine[Any]:
    """Return the type of lists and objects; an empty value is SQL NULL, never JSON null."""
    return JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def make_engine(url: str | URL) -> Engine:
    """Return an engine for a database address."""
    address = make_url(url)
    engine = _engine(address, json_text)
    event.listen(engine, "handle_error", _tell_busy)
    return engine


def _engine(address: URL, dumps: Any) -> Engine:
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address, dumps)
    if address.get_backend_name() == "postgresql":
        # Only statements marked `kept` keep their plan: others would have one made for values of another kind, or
        # break when publishing changes a column's type under their feet.
        arguments = {"prepare_threshold": None, "options": "-c timezone=UTC -c lock_timeout=30s"}
        address = address.set(drivername="postgresql+psycopg")
        engine = create_engine(address, json_serializer=dumps, connect_args=arguments)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _ping_rested)
        event.listen(engine, "do_execute", _keep_plan)
        return engine
    raise ValueError(f"only sqlite and postgresql addresses are served: {address.render_as_string(hide_password=True)}")


def kept(statement: AnyStatement, *tables: Table) -> AnyStatement:
    """Let PostgreSQL parse and plan a statement once per connection: for what finds its rows by an id, over and over.

    What returns columns of an app's tables names them: a statement over columns of other types is another statement.
    """
    for table in tables:
        hint = f"/* {_shape_of(table)} */"
        statement = statement.with_statement_hint(hint, "postgresql")  # type: ignore[attr-defined]  # selects have it
    return statement.execution_options(kept=True)


def _shape_of(table: Table) -> str:
    """Return a digest of the names and types of a table's columns, worked out once."""
    if "shape" not in table.info:
        columns = "|".join(f"{column.name} {column.type}" for column in table.c)
        table.info["shape"] = sha256(columns.encode()).hexdigest()[:12]
    return str(table.info["shape"])


def _keep_plan(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Execute what `kept` marked; tell whether that was done."""
    if context is None or not context.execution_options.get("kept"):
        return False
    cursor.execute(statement, parameters, prepare=True)
    return True


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    """Remember when a connection went back into the pool."""
    record.info["rested_since"] = time.monotonic()


def _ping_rested(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that rested for a while whether it still stands; a busy one would only be slowed down."""
    if time.monotonic() - record.info.get("rested_since", time.monotonic()) < RESTED:
        return
    try:
        connection.execute("")
        connection.rollback()
    except Exception as error:  # whatever the driver says of a line that broke
        raise DisconnectionError from error


def read_only(session: Session) -> None:
    """Let a session that only reads do so without a transaction on PostgreSQL, which sees no more at once with one.

    READ COMMITTED gives every statement a snapshot of its own either way; what is saved is two trips per request.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


def _tell_busy(context: ExceptionContext) -> None:
    """Give a lock that was not to be had, and a deadlock, their own name: whoever asked can simply try again."""
    error = context.original_exception
    if getattr(error, "sqlstate", None) in BUSY_STATES or "database is locked" in str(error):
        raise Busy from error


def _sqlite_engine(address: URL, dumps: Any) -> Engine:
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, json_serializer=dumps, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_reading)
    event.listen(engine, "before_cursor_execute", _lock_before_writing)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own idea of when a transaction begins (only before INSERT, UPDATE, DELETE) loses consistent reads.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")
    if find_spec("engine.sql") and find_spec("engine.sql.functions"):
        register = getattr(import_module("engine.sql.functions"), "register_sqlite", None)
        if register is not None:
            register(connection)


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
    connection.info["writing"] = False


def _lock_before_writing(
    connection: Connection, _cursor: object, statement: str, _parameters: object, context: Any, _many: bool
) -> None:
    if connection.info.get("writing", True) or statement == "BEGIN":
        return
    word = statement.lstrip("( \n").split(None, 1)[0].upper()
    changing = context is not None and (context.isinsert or context.isupdate or context.isdelete or context.isddl)
    if changing or (word not in READING and word != "WITH"):
        start_writing(connection)


def start_writing(target: Session | Connection) -> None:
    """Take SQLite's write lock now, so that what is read from here on is what will be changed.

    A transaction that only read before ends here and goes on with a fresh view, as every statement does under
    PostgreSQL's READ COMMITTED. On PostgreSQL nothing happens: rows are locked one by one.
    """
    connection = target.connection() if isinstance(target, Session) else target
    if connection.dialect.name != "sqlite" or _is_writing(connection):
        return
    if isinstance(target, Session):
        target.flush()  # expiring would lose what waits to be written
        target.expire_all()
        if _is_writing(connection):
            return
    driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    if driver.in_transaction:
        driver.execute("COMMIT")
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise Busy from error
    connection.info["writing"] = True


def _is_writing(connection: Connection) -> bool:
    return bool(connection.info.get("writing"))


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the maker of sessions for an engine; rows stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(maker: sessionmaker[Session]) -> Iterator[Session]:
    """Open a session that ends without writing anything."""
    with maker() as session:
        yield session


def database_of(session: Session) -> str:
    """Name the database of a session: what processes-wide caches must be keyed by."""
    return _written(session.get_bind().engine.url)


@lru_cache(64)
def _written(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def load_row_modules() -> None:
    """Import every module that declares system tables, so that `Base.metadata` is whole."""
    for name in ROW_MODULES:
        package = name.rpartition(".")[0]
        if find_spec(package) and find_spec(name):
            import_module(name)


_creating = threading.Lock()


def create_system_tables(engine: Engine) -> None:
    """Bring the system tables to this version: create and stamp a fresh database, upgrade an older one."""
    from engine.migrations import is_newest, stamp, upgrade

    load_row_modules()
    with _creating, engine.begin() as connection:
        _lock_schema(connection)
        if inspect(connection).has_table("sw_migration"):
            if not is_newest(connection):
                upgrade(connection)
        else:
            Base.metadata.create_all(connection)
            stamp(connection)


def _lock_schema(connection: Connection) -> None:
    """Let one process at a time create or upgrade."""
    if connection.dialect.name == "sqlite":
        start_writing(connection)
    else:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727274)")
