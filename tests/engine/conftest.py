"""A published app with people, for everything that is tested on records."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from engine import pipeline, records
from engine.db import create_system_tables, make_engine, sessions
from engine.people import SYSTEM, Person, User, load_user
from engine.records import Page, Record
from engine.releases import Live, Release, live, publish
from tests.support.configs import Config, tiny_app
from tests.support.people import make_people
from tests.support.postgres import Server, drop_database, shared_server

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

#: Monday, 2 March 2026, 09:00 in Shanghai, as in the fixture `now`.
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def house(database_url: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on a database without any app."""
    engine = make_engine(database_url)
    create_system_tables(engine)
    yield sessions(engine)
    engine.dispose()


@dataclass
class Tiny:
    """The app `tiny`, live on one database, and short words for what its people do; each act is a transaction."""

    db: sessionmaker[Session]
    now: datetime
    users: dict[str, User] = field(default_factory=dict)

    def publish(self, config: Config, now: datetime | None = None) -> Release:
        with self.db.begin() as session:
            return publish(session, config, SYSTEM, now or self.now, "for a test")

    def user(self, name: str) -> User:
        if name == "system":
            return SYSTEM
        with self.db() as session:
            wanted = sa.select(Person.id).where(Person.sign_in == name)
            return load_user(session, session.scalars(wanted).one())

    def create(self, form: str, by: str = "alice", now: datetime | None = None, **values: Any) -> Record:
        with self.db.begin() as session:
            via = values.pop("via", "form")
            return records.create(session, self.live(session), form, values, self.user(by), now or self.now, via)

    def update(
        self, record: Record, by: str = "alice", now: datetime | None = None, version: int | None = None, **values: Any
    ) -> Record:
        with self.db.begin() as session:
            via = values.pop("via", "form")
            app, user = self.live(session), self.user(by)
            return records.update(
                session, app, record.form, record.id, values, user, now or self.now, via, version=version
            )

    def delete(self, record: Record, by: str = "ada", now: datetime | None = None) -> Record:
        with self.db.begin() as session:
            app = self.live(session)
            return records.delete(session, app, record.form, record.id, self.user(by), now or self.now)

    def restore(self, record: Record, by: str = "ada", now: datetime | None = None) -> Record:
        with self.db.begin() as session:
            app = self.live(session)
            return records.restore(session, app, record.form, record.id, self.user(by), now or self.now)

    def move(self, record: Record, to: str, by: str = "alice", now: datetime | None = None, **values: Any) -> Record:
        with self.db.begin() as session:
            app = self.live(session)
            return pipeline.move(session, app, record.form, record.id, to, values, self.user(by), now or self.now)

    def get(self, record: Record, by: str = "alice", at: datetime | None = None, *, deleted: bool = False) -> Record:
        with self.db() as session:
            app = self.live(session)
            return records.get(session, app, record.form, record.id, self.user(by), self.now, at, deleted=deleted)

    def query(self, form: str, by: str = "alice", **more: Any) -> Page:
        with self.db() as session:
            return records.query(session, self.live(session), form, self.user(by), more.pop("now", self.now), **more)

    def names(self, form: str, by: str = "alice", **more: Any) -> list[object]:
        """Return the titles of a page, in order."""
        with self.db() as session:
            title = self.live(session).form(form).title
        return [record[title] for record in self.query(form, by, **more).records]

    def live(self, session: Session) -> Live:
        return live(session, "tiny")


def _prepare(url: str) -> None:
    engine = make_engine(url)
    create_system_tables(engine)
    maker = sessions(engine)
    with maker.begin() as session:
        make_people(session, "tiny", NINE)
        publish(session, tiny_app(), SYSTEM, NINE, "for a test")
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the published app and its people, to be copied."""
    path = tmp_path_factory.mktemp("template") / "tiny.db"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    """A database with the published app and its people, to be copied by the server."""
    url = postgres_server.create_database()
    _prepare(url)
    yield make_url(url).database or ""
    drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def tiny(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[Tiny]:
    """The app `tiny` as the tests ship it, published, with its people and without records, once on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), tmp_path / 'tiny.db')}"
    else:
        template = request.getfixturevalue("postgres_template")
        url = shared_server().create_database(template=template)
    engine = make_engine(url)
    yield Tiny(sessions(engine), now)
    engine.dispose()
    if request.param == "postgresql":
        drop_database(url)


@contextmanager
def _counted(db: sessionmaker[Session]) -> Iterator[list[str]]:
    """Collect the statements that run meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = db.kw["bind"]
    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def statements(tiny: Tiny) -> Any:
    """`with statements() as seen:` collects what is sent to the database."""
    return lambda: _counted(tiny.db)
