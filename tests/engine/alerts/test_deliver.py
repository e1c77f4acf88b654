from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.event import listen

from engine.alerts.absences import be_away
from engine.alerts.deliver import deliver
from engine.alerts.rows import Notification
from engine.channels import CHANNELS, Channel, ChannelError, Outgoing, Setup
from engine.people import Person
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


def waiting(house: House, count: int, **more: object) -> None:
    """Put messages in the queue that waited for the end of somebody's quiet hours."""
    common = {"app_key": house.app_key, "rule": "stale_deal", "form": "deal", "episode": 9, "step": 0, "via": "owner"}
    said = {"severity": "info", "subject": "s", "text": "t", "state": "queued", "attempts": 0, "channel": "inbox"}
    when = {"created_at": at(), "due_at": at(minutes=1), "waits_for": "quiet_hours"}
    who = {"person_id": house.users["alice"].id}
    rows = [{**common, **said, **when, **who, "alert_id": n, "record_id": n, **more} for n in range(1, count + 1)]
    with house.maker.begin() as session:
        session.execute(insert(Notification), rows)


def test_many_go_into_inboxes_once_whoever_is_at_it(house: House) -> None:
    waiting(house, 1200)
    waiting(house, 5, episode=10, due_at=at(hours=1))

    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: deliver(house.maker, at(minutes=1)), range(3)))

    with house.maker() as session:
        rows = select(Notification.state, Notification.attempts, Notification.sent_at, func.count())
        mine = rows.where(Notification.episode >= 9).group_by(Notification.state, Notification.attempts, "sent_at")
        found = {tuple(row) for row in session.execute(mine)}
    assert found == {("sent", 1, at(minutes=1), 1200), ("queued", 0, None, 5)}
    assert sum(one["sent"] for one in done) == 1201  # and the pigeon's


def test_inbox_of_somebody_who_left_or_is_away_is_left_to_who_is_there(house: House) -> None:
    alice, bob, mona = (house.users[name] for name in ("alice", "bob", "mona"))
    waiting(house, 2, person_id=bob.id)
    with house.maker.begin() as session:
        be_away(session, bob.id or 0, at().date(), at(days=3).date(), mona.id, at())
    house.leave("alice")
    waiting(house, 1, episode=8, record_id=7)
    assert alice.id != bob.id

    deliver(house.maker, at(minutes=1))

    with house.maker() as session:
        query = select(Person.sign_in, Notification.state, Notification.record_id).where(Notification.episode >= 8)
        rows = session.execute(query.join(Person, Person.id == Notification.person_id)).all()
    assert {row.sign_in: row.state for row in rows if row.record_id == 1} == {"bob": "passed_on", "mona": "sent"}
    assert ("alice", "failed", 7) in {tuple(row) for row in rows}


def test_message_that_cannot_be_begun_stops_no_other(house: House, pigeon: Pigeon) -> None:
    waiting(house, 1, app_key="gone", channel="pigeon", due_at=at(), person_id=house.users["bob"].id)
    waiting(house, 2, channel="pigeon")
    house.leave("bob")

    deliver(house.maker, at(minutes=1))

    with house.maker() as session:
        stuck = session.scalars(select(Notification).where(Notification.app_key == "gone")).one()
    assert (stuck.state, stuck.attempts, stuck.due_at) == ("queued", 1, at(minutes=2))
    assert len(pigeon.sent) == 3
    assert {state for channel, state, _ in states(house) if channel == "pigeon"} == {"sent", "queued"}
    for hours in range(1, 6):
        deliver(house.maker, at(hours=2 * hours))
    with house.maker() as session:
        rows = session.scalars(select(Notification).where(Notification.app_key == "gone"))
        assert sorted((one.channel, one.state) for one in rows) == [("inbox", "sent"), ("pigeon", "failed")]


def test_result_and_the_next_attempt_are_one_transaction(house: House, pigeon: Pigeon) -> None:
    waiting(house, 29, channel="pigeon")
    commits: list[object] = []
    listen(house.engine, "commit", commits.append)

    deliver(house.maker, at(minutes=1))

    assert len(pigeon.sent) == 30
    assert len(commits) <= 30 + 10
    assert len({one.idempotency_key for one in pigeon.sent}) == 30
