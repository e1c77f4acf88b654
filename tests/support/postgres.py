"""A real PostgreSQL for tests and benchmarks: one server per run, shared by all its processes, databases for the asking.

Its collation is "C", "linguistic" (whatever sorts by language here), or "icu" (skipped where no server has it).
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import psycopg
from filelock import FileLock
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.support import postgres_process as process

#: The folder which the processes of one run share; the first one sets it, the others inherit it.
FOLDER_VARIABLE = "STEERWAY_TEST_POSTGRES_FOLDER"
_numbers = itertools.count()


class CollationMissingError(Exception):
    """This machine cannot make a database of the wanted collation."""


@dataclass(frozen=True)
class Server:
    """A running server, known by the address of its maintenance database."""

    url: URL

    def create_database(self, *, collation: str = "C", template: str = "template0") -> str:
        """Make a fresh database and return its SQLAlchemy URL."""
        if collation == "icu" and not self.has_icu:
            return _server_with_icu().create_database(collation=collation)
        name = f"steerway_test_{os.getpid()}_{next(_numbers)}"
        wanted = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        if template == "template0":
            wanted += self._collation_clause(collation)
        elif self.copies_files:
            wanted += sql.SQL(" STRATEGY FILE_COPY")
        try:
            self.run(wanted)
        except psycopg.errors.WrongObjectType as unknown:
            raise CollationMissingError(f"the given PostgreSQL does not know the locale {process.LOCALE}") from unknown
        return self.url.set(database=name).render_as_string(hide_password=False)

    def run(self, statement: sql.Composable) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    @cached_property
    def copies_files(self) -> bool:
        """Tell whether it can copy a database file by file (15 and later), which takes a third of the time."""
        with self._connect() as connection:
            return connection.info.server_version >= 150_000

    @cached_property
    def has_icu(self) -> bool:
        with self._connect() as connection:
            # Some collations are listed as ICU's even by a server that was built without it.
            found = connection.execute("SELECT count(*) FROM pg_collation WHERE collname = 'zh-x-icu'").fetchone()
        return bool(found and found[0])

    def _collation_clause(self, collation: str) -> sql.Composable:
        if collation == "C":
            return sql.SQL(" ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'")
        if self.has_icu:
            return sql.SQL(" ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-u-co-pinyin' LOCALE 'C'")
        if not process.build_locale(_folder()):
            raise CollationMissingError(
                f"this PostgreSQL has no ICU, and {process.LOCALE} could not be built: its source is missing "
                "(Debian's package locales)"
            )
        return sql.SQL(" ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE {}").format(sql.Literal(process.LOCALE))

    def _connect(self) -> psycopg.Connection[Any]:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)


def drop_database(url: str) -> None:
    """Drop a database, on whichever server it is, together with the connections that still hold it."""
    address = make_url(url)
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(address.database or ""))
    Server(address.set(database=shared_server().url.database)).run(statement)


@cache
def shared_server() -> Server:
    """The one server of this run: a given one, or the wheel's, started by whoever asks first."""
    if given := os.environ.get("STEERWAY_TEST_DATABASE_URL"):
        return Server(make_url(given).set(drivername="postgresql+psycopg"))
    return _started("wheel")


@cache
def _server_with_icu() -> Server:
    if process.system_programs() is None:
        raise CollationMissingError("no PostgreSQL on this machine was built with ICU (Debian's package postgresql is)")
    return _started("system")


def _started(kind: str) -> Server:
    home = _folder() / kind
    with FileLock(_folder() / "lock"):
        if not (home / "port").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(mode=0o755)
            programs = process.wheel_programs(home) if kind == "wheel" else process.system_programs()
            assert programs is not None
            (home / "port").write_text(str(process.start(programs, home, locales=_folder())), encoding="ascii")
    port = int((home / "port").read_text(encoding="ascii"))
    return Server(URL.create("postgresql+psycopg", "postgres", None, "127.0.0.1", port, "postgres"))


def _folder() -> Path:
    return Path(os.environ[FOLDER_VARIABLE])


def open_run() -> None:
    """Prepare for this process and its children; starting the server waits until someone asks."""
    folder = Path(tempfile.mkdtemp(prefix="steerway-postgres-", dir=process.open_temporary_folder()))
    folder.chmod(0o755)
    os.environ[FOLDER_VARIABLE] = str(folder)
    process.clean_up_after(os.getpid(), folder)


def close_run() -> None:
    """Stop the servers of this run and remove what they left."""
    folder = Path(os.environ.pop(FOLDER_VARIABLE))
    for home in (folder / "wheel", folder / "system"):
        if (home / "port").exists():
            process.stop(home)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def run() -> Iterator[Server]:
    """A server for a program outside pytest."""
    open_run()
    try:
        yield shared_server()
    finally:
        close_run()
        shared_server.cache_clear()
        _server_with_icu.cache_clear()


def with_extensions(server: Server) -> Server:
    """The system's own server where there is one, which has pg_trgm; the wheel's was built without it."""
    given = os.environ.get("STEERWAY_TEST_DATABASE_URL") or process.system_programs() is None
    return server if given else _server_with_icu()
