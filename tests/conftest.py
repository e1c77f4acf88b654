"""Fixtures of all rooms: databases, real data, golden files, a web server and a browser."""

from __future__ import annotations

import gc
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from engine.db import create_system_tables, make_engine, sessions
from tests.support import browser, golden, postgres, scratch, server
from tests.support.people import CHEAP, People, make_people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page
    from sqlalchemy.orm import Session, sessionmaker

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


# What is drawn at random is the same each time, so that a change is judged by itself; the fuzz targets draw anew.
hypothesis.settings.register_profile("same each time", derandomize=True, database=None)
if not any(name.startswith("FUZZ_") for name in os.environ):
    hypothesis.settings.load_profile("same each time")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files that tests compare with")


def pytest_configure(config: pytest.Config) -> None:
    # Looking for circles among the many objects that live as long as the run takes a tenth of its time.
    gc.set_threshold(100_000, 50, 100)
    if not hasattr(config, "workerinput"):
        scratch.keep_in_memory()
        postgres.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and postgres.FOLDER_VARIABLE in os.environ:
        postgres.close_run()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    whole = not hasattr(session.config, "workerinput") and not session.config.option.keyword
    if session.config.getoption("--update-golden") and whole and exitstatus == 0:
        golden.remove_unread()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords cheaply: a real hash takes a tenth of a second by design."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.people.passwords._hasher", CHEAP)
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'steerway.db'}"
        return
    url = postgres.shared_server().create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def sqlite_system(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the system tables, to be copied: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("system") / "steerway.db"
    engine = make_engine(f"sqlite:///{path}")
    create_system_tables(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_system(postgres_server: postgres.Server) -> Iterator[str]:
    """The name of a database with the system tables, to be copied by the server."""
    url = postgres_server.create_database()
    engine = make_engine(url)
    create_system_tables(engine)
    engine.dispose()
    yield engine.url.database or ""
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with nothing but the system tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_system'), tmp_path / 'steerway.db')}"
        return
    template = request.getfixturevalue("postgres_system")
    url = postgres.shared_server().create_database(template=template)
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def postgres_server() -> postgres.Server:
    """The running PostgreSQL, for tests that need more than one database of it."""
    return postgres.shared_server()


@pytest.fixture
def create_database(postgres_server: postgres.Server) -> Iterator[Callable[..., str]]:
    """Make PostgreSQL databases of a wanted collation ("C", "linguistic" or "icu"); they go with the test."""
    made: list[str] = []

    def create(collation: str = "C") -> str:
        try:
            made.append(postgres_server.create_database(collation=collation))
        except postgres.CollationMissingError as missing:
            pytest.skip(str(missing))
        return made[-1]

    yield create
    for url in made:
        postgres.drop_database(url)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, where it lies beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data sets do not lie beside this checkout (../shared/data)")
    return SHARED_DATA


@pytest.fixture
def golden_file(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the golden file of that path; --update-golden writes it instead."""

    def compare(path: Path, actual: str) -> None:
        golden.compare(path, actual, update=request.config.getoption("--update-golden"))

    return compare


@pytest.fixture
def serve() -> Iterator[Callable[[server.WsgiApp], str]]:
    """Start WSGI applications on free ports; each call returns its base address."""
    running: list[server.LiveServer] = []

    def start(app: server.WsgiApp) -> str:
        running.append(server.LiveServer(app))
        return running[-1].url

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium per worker."""
    with browser.launched() as running:
        yield running


@pytest.fixture
def complaints() -> browser.Complaints:
    """What the browser's console complained about; `complaints.expect(text)` forgives what a test provokes."""
    return browser.Complaints()


@pytest.fixture
def browser_context(chromium: Browser, complaints: browser.Complaints) -> Iterator[BrowserContext]:
    """A browser window without a past; any error or policy violation in its console fails the test."""
    context = browser.new_context(chromium, complaints)
    yield context
    context.close()
    complaints.check()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    return browser_context.new_page()


@pytest.fixture
def now() -> datetime:
    """Monday, 2 March 2026, 09:00 in Shanghai."""
    return datetime(2026, 3, 2, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Iterator[sessionmaker[Session]]:
    """The session maker of a database with the system tables, once on each database."""
    engine = make_engine(database_url)
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def session(db: sessionmaker[Session]) -> Iterator[Session]:
    """One open session; what a test does not commit is gone after it."""
    with db() as opened:
        yield opened


@pytest.fixture
def people(db: sessionmaker[Session], now: datetime) -> People:
    """Alice, Bob, Charlie, Mona and Ada, committed, with roles in the app `tiny`."""
    with db.begin() as opened:
        return make_people(opened, "tiny", now)
