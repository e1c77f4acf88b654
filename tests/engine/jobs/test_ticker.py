from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy.orm import Session, sessionmaker

from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import LEASE, acquire, release, start_ticker

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


def _counting(then: Callable[[int], None]) -> Callable[[], datetime]:
    calls = iter(range(1, 1_000_000))

    def clock() -> datetime:
        then(next(calls))
        return NOW

    return clock


def test_ticker_ticks_at_once_and_again_until_stopped(maker: sessionmaker[Session]) -> None:
    third = Event()

    ticker = start_ticker(maker, _counting(lambda n: third.set() if n >= 3 else None), seconds=0.01)

    assert third.wait(20)
    ticker.stop()
    assert acquire(maker, "ticker", "somebody else", NOW)


def test_ticker_outlives_an_error(maker: sessionmaker[Session], caplog: pytest.LogCaptureFixture) -> None:
    second = Event()

    def fail_first(number: int) -> None:
        if number == 1:
            raise OSError("the clock stands still")
        second.set()

    with caplog.at_level(logging.CRITICAL + 1):
        ticker = start_ticker(maker, _counting(fail_first), seconds=0.01)
        assert second.wait(20)
        ticker.stop()
