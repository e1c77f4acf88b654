from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from engine.alerts.rows import Notification
from engine.channels import CHANNELS, Channel, ChannelError, Outgoing, Setup
from forms.labels import Label
from tests.engine.alerts.conftest import rule
from tests.engine.alerts.test_evaluate import Open, at, deal
from tests.support.house import House


class Pigeon(Channel):
    """A channel that does what the test tells it to."""

    key = "pigeon"
    label = Label({"en": "Pigeon", "zh_Hans": "信鸽", "zh_Hant": "信鴿"})
    max_attempts = 3

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.troubles: list[ChannelError] = []

    def send(self, message: Outgoing, setup: Setup) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(message)


@pytest.fixture
def pigeon() -> Iterator[Pigeon]:
    CHANNELS["pigeon"] = bird = Pigeon()
    yield bird
    del CHANNELS["pigeon"]


@pytest.fixture
def house(open_with: Open, pigeon: Pigeon) -> House:
    found = open_with(rule(when="urgent", notify=[{"to": ["owner"], "channels": ["inbox", "pigeon"]}]))
    deal(found, urgent=True)
    return found


def states(house: House) -> list[tuple[str, str, int]]:
    with house.maker() as session:
        query = select(Notification.channel, Notification.state, Notification.attempts).order_by(Notification.channel)
        return [(row[0], row[1], row[2]) for row in session.execute(query)]


def test_inbox_is_sent_at_once_and_others_at_the_next_tick(house: House, pigeon: Pigeon) -> None:
    assert states(house) == [("inbox", "sent", 1), ("pigeon", "queued", 0)]

    house.tick(at(minutes=1))
    house.tick(at(minutes=2))

    assert states(house) == [("inbox", "sent", 1), ("pigeon", "sent", 1)]
    assert [(one.name, one.text, one.attempt) for one in pigeon.sent] == [("Alice", "Pump stands in Open.", 1)]


def test_failed_attempt_is_made_again_after_a_pause(house: House, pigeon: Pigeon) -> None:
    pigeon.troubles = [ChannelError("pigeon", "hawk")]

    house.tick(at(minutes=1))
    assert states(house)[1] == ("pigeon", "queued", 1)
    house.tick(at(minutes=1.5))
    assert pigeon.sent == []
    house.tick(at(minutes=2))

    assert [one.attempt for one in pigeon.sent] == [2]


def test_attempts_end(house: House, pigeon: Pigeon) -> None:
    pigeon.troubles = [ChannelError("pigeon", "hawk")] * 9

    for hours in range(1, 9):
        house.tick(at(hours=hours))

    assert (states(house)[1], len(pigeon.troubles)) == (("pigeon", "failed", 3), 6)


def test_permanent_trouble_ends_at_once(house: House, pigeon: Pigeon) -> None:
    pigeon.troubles = [ChannelError("pigeon", "no address", permanent=True)]

    house.tick(at(minutes=1))

    assert states(house)[1] == ("pigeon", "failed", 1)


def test_attempt_that_never_ended_is_made_again_with_the_same_key(house: House, pigeon: Pigeon) -> None:
    house.tick(at(minutes=1))
    with house.maker.begin() as session:  # as if the process had died between sending and writing it down
        lost = {"state": "sending", "due_at": at(minutes=1) + timedelta(minutes=5)}
        session.execute(update(Notification).where(Notification.channel == "pigeon").values(**lost))

    house.tick(at(minutes=5))
    assert len(pigeon.sent) == 1
    house.tick(at(minutes=6))

    assert len({one.idempotency_key for one in pigeon.sent}) == 1
    assert [one.attempt for one in pigeon.sent] == [1, 2]


def test_attempt_cut_off_longer_ago_than_receivers_remember_goes_to_the_inbox(house: House, pigeon: Pigeon) -> None:
    house.tick(at(minutes=1))
    with house.maker.begin() as session:
        lost = {"state": "sending", "due_at": at(minutes=6)}
        session.execute(update(Notification).where(Notification.channel == "pigeon").values(**lost))
        session.execute(delete(Notification).where(Notification.channel == "inbox"))

    house.tick(at(days=1, minutes=7))

    assert len(pigeon.sent) == 1
    assert states(house) == [("inbox", "sent", 1), ("pigeon", "failed", 1)]


def test_attempt_that_failed_long_ago_is_made_again(house: House, pigeon: Pigeon) -> None:
    pigeon.troubles = [ChannelError("pigeon", "wind")]
    house.tick(at(minutes=1))
    house.tick(at(days=3))

    assert [one.attempt for one in pigeon.sent] == [2]


def test_channel_that_is_no_more_fails_without_stopping_others(house: House, pigeon: Pigeon) -> None:
    del CHANNELS["pigeon"]
    try:
        house.tick(at(minutes=1))
    finally:
        CHANNELS["pigeon"] = pigeon

    assert states(house) == [("inbox", "sent", 1), ("pigeon", "failed", 1)]
