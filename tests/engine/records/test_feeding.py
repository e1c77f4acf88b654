"""The feed: writes in their order, one at a time, while the next is made ready; an error ends it."""

from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from engine.records.feeding import MOST_WAITING, TURN, Feed


def connection(dialect: str) -> Any:
    return SimpleNamespace(dialect=SimpleNamespace(name=dialect))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_feed_writes_in_order_and_has_written_all_when_it_ends(dialect: str) -> None:
    own, written = connection(dialect), []

    def write(number: int, of: object) -> None:
        time.sleep(0.002 * (number % 3))
        written.append((number, of is own))

    with Feed(own) as feed:
        for number in range(20):
            feed.put(lambda of, number=number: write(number, of))

    assert written == [(number, True) for number in range(20)]


def test_feed_lets_the_next_be_made_ready_and_no_more_than_a_few_wait() -> None:
    gate, taken = threading.Event(), []

    def make_ready() -> None:
        with Feed(connection("postgresql")) as feed:
            for number in range(MOST_WAITING + 5):
                feed.put(lambda _: gate.wait(5))
                taken.append(number)

    maker = threading.Thread(target=make_ready)
    maker.start()
    end = time.monotonic() + 5
    while len(taken) < MOST_WAITING and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(0.02)

    assert taken == list(range(MOST_WAITING))  # while nothing is written yet
    gate.set()
    maker.join()
    assert len(taken) == MOST_WAITING + 5


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_feed_ends_with_the_first_error_and_writes_nothing_behind_it(dialect: str) -> None:
    written: list[str] = []

    def refuse(_: object) -> None:
        raise ValueError("taken")

    def feed_all() -> None:
        with Feed(connection(dialect)) as feed:
            feed.put(lambda _: written.append("before"))
            feed.put(refuse)
            feed.put(lambda _: written.append("behind"))
            feed.put(lambda _: written.append("far behind"))

    with pytest.raises(ValueError, match="taken"):
        feed_all()
    assert written == ["before"]


def test_feed_is_at_rest_when_making_ready_fails() -> None:
    written: list[str] = []
    begun = threading.Event()

    def slow(_: object) -> None:
        begun.set()
        time.sleep(0.02)
        written.append("whole")

    def fail() -> None:
        with Feed(connection("postgresql")) as feed:
            feed.put(slow)
            begun.wait(5)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        fail()
    assert written == ["whole"]


def test_turns_of_threads_are_short_while_anything_is_fed_and_as_before_afterwards() -> None:
    before = sys.getswitchinterval()

    with Feed(connection("sqlite")):
        assert sys.getswitchinterval() == before
    with Feed(connection("postgresql")):
        with Feed(connection("postgresql")):
            assert sys.getswitchinterval() == pytest.approx(TURN)
        assert sys.getswitchinterval() == pytest.approx(TURN)
    assert sys.getswitchinterval() == before
    with pytest.raises(RuntimeError), Feed(connection("postgresql")):
        raise RuntimeError
    assert sys.getswitchinterval() == before
