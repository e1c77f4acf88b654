"""The application over the small test app, on SQLite; that both databases answer alike is the engine's own matter."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from engine.db import create_system_tables, make_engine, sessions
from engine.people import SYSTEM
from engine.releases import publish
from tests.engine.conftest import Tiny
from tests.support.configs import tiny_app
from tests.support.people import make_people
from tests.support.site import Site, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy.orm import Session, sessionmaker


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the cast and the small app, published, without records; each test gets a copy."""
    path = tmp_path_factory.mktemp("site") / "prepared.db"
    engine = make_engine(f"sqlite:///{path}")
    create_system_tables(engine)
    now = datetime(2026, 3, 2, 1, 0, 0, tzinfo=UTC)
    with sessions(engine).begin() as session:
        make_people(session, "tiny", now)
        publish(session, tiny_app(), SYSTEM, now, "for a test")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def db(prepared: Path, tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    path = tmp_path / "steerway.db"
    shutil.copy(prepared, path)
    engine = make_engine(f"sqlite:///{path}")
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def tiny(db: sessionmaker[Session], now: datetime) -> Tiny:
    """The small app, live, without records."""
    return Tiny(db, now)


@pytest.fixture
def site(tiny: Tiny, tmp_path: Path) -> Site:
    """The application over the small app."""
    return Site(tiny.db, tiny.now, tmp_path)


@pytest.fixture
def statements(db: sessionmaker[Session]) -> Callable[[], AbstractContextManager[list[str]]]:
    return lambda: counted(db)
