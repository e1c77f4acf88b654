"""A database in memory with one app published in it, for as long as its tests run; nothing of it is ever kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.orm import Session, sessionmaker

from engine.config.source import Source
from engine.db import Base, load_row_modules, make_engine, start_writing
from engine.people import SYSTEM
from engine.releases.compiling import compile_source
from engine.releases.publishing import publish

#: Steps of SQLite's machine between two looks at the time.
STEPS = 50_000
#: Long before any test begins: what is published then is there on whichever day a test plays.
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


class TimeIsUp(BaseException):
    """The tests took longer than they may."""


class _Timed(Session):
    """A session that is not opened any more when there is no time left."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.info["base"].check_time()


class Scratch:
    """One connection to a database in memory; sessions on it write into savepoints."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        self.connection = connection
        self._ends_at = monotonic() + seconds
        #: Like the sessions of the house, but what they commit goes with the next roll back.
        self.sessions: sessionmaker[Session] = sessionmaker(
            connection,
            class_=_Timed,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info={"base": self},
        )

    def check_time(self) -> None:
        """Raise TimeIsUp when there is no time left."""
        if self.is_over():
            raise TimeIsUp

    def is_over(self) -> bool:
        """Tell whether there is no time left."""
        return monotonic() > self._ends_at

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back whatever is written meanwhile."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            if savepoint.is_active:
                savepoint.rollback()


@contextmanager
def scratch(source: Source, seconds: float) -> Iterator[Scratch]:
    """Open a database in memory in which a config is the live release; ConfigError with every fault of it."""
    compile_source(source)  # what is wrong with it is told before anything is opened
    load_row_modules()
    engine = make_engine("sqlite://")
    try:
        with engine.connect() as connection:
            whole = connection.begin()
            start_writing(connection)
            Base.metadata.create_all(connection)
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                publish(session, source, SYSTEM, LONG_AGO)
                session.commit()
            made = Scratch(connection, seconds)
            driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
            driver.set_progress_handler(made.is_over, STEPS)
            try:
                yield made
            finally:
                driver.set_progress_handler(None, 0)
                whole.rollback()
    finally:
        engine.dispose()
