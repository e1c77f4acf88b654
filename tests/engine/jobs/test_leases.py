from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import LEASE, acquire, release

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def maker(database_url: str) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(database_url)
    create_system_tables(engine)
    yield sessions(engine)
    engine.dispose()


def test_lease_is_held_by_one(maker: sessionmaker[Session]) -> None:
    assert acquire(maker, "ticker", "a", NOW)
    assert not acquire(maker, "ticker", "b", NOW + LEASE)
    assert acquire(maker, "ticker", "a", NOW + LEASE)


def test_lease_of_one_who_died_passes_on(maker: sessionmaker[Session]) -> None:
    acquire(maker, "ticker", "a", NOW)

    assert acquire(maker, "ticker", "b", NOW + LEASE + timedelta(seconds=1))
    assert not acquire(maker, "ticker", "a", NOW + LEASE + timedelta(seconds=1))


def test_lease_given_up_passes_on_at_once(maker: sessionmaker[Session]) -> None:
    acquire(maker, "ticker", "a", NOW)

    release(maker, "ticker", "b")
    assert not acquire(maker, "ticker", "b", NOW)
    release(maker, "ticker", "a")
    assert acquire(maker, "ticker", "b", NOW)
