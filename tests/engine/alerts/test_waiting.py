"""What happens while messages wait: repeats, leave, hours that begin meanwhile."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from engine.alerts.absences import be_away
from engine.alerts.rows import Notification
from engine.people import Person
from tests.engine.alerts.urgent_deals import Open, at, deal, urgent, wish
from tests.support.house import House


def sent(house: House) -> list[tuple[str, str, int, datetime]]:
    """Who was told by what, of which step, and when."""
    with house.maker() as session:
        query = select(Person.sign_in, Notification.via, Notification.step, Notification.sent_at)
        rows = session.execute(query.join(Person, Person.id == Notification.person_id).order_by(Notification.id))
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_what_ends_an_alert_lets_none_begin(open_with: Open) -> None:
    house = open_with(urgent(until="amount < 500 or is_filled(reviewer)", every={"minutes": 60}))
    one, other = deal(house), deal(house, at(minutes=1), reviewer=house.users["bob"].id)
    for hours in range(4):
        house.tick(at(hours=hours))
    house.update("deal", one, at(hours=5), amount=100)
    for hours in range(6, 9):
        house.tick(at(hours=hours))

    assert house.alerts() == [("stale_deal", one, "resolved", 1)]
    house.update("deal", other, at(hours=9), reviewer=None)
    house.update("deal", one, at(hours=10), amount=900)
    assert [(state, episode) for _, _, state, episode in house.alerts()] == [("firing", 2), ("firing", 1)]


def test_a_change_ends_what_begins_at_times_of_the_calendar_and_begins_nothing(open_with: Open) -> None:
    house = open_with(urgent(schedule={"every": "day", "at": "12:00", "fires": "once"}))
    one = deal(house)
    house.tick(at(hours=1))
    assert house.alerts() == []
    house.tick(at(hours=3))
    assert house.alerts() == [("stale_deal", one, "firing", 1)]
    house.update("deal", one, at(hours=4), urgent=False)
    assert house.alerts() == [("stale_deal", one, "resolved", 1)]
    house.update("deal", one, at(hours=5), urgent=True)
    assert house.alerts() == [("stale_deal", one, "resolved", 1)]
    house.tick(at(days=1, hours=3))
    assert house.alerts() == [("stale_deal", one, "firing", 2)]


def test_repeats_do_not_pile_up_while_the_first_waits(open_with: Open) -> None:
    house = open_with(urgent(repeat={"hours": 1}, tell="working_hours"))
    deal(house, at(days=4, hours=10))  # Friday 19:00

    for hours in range(10, 73):
        house.tick(at(days=4, hours=hours))

    assert sent(house) == [("alice", "owner", 0, at(days=7))]
    house.tick(at(days=7, hours=1))
    assert [one[2:] for one in sent(house)][1:] == [(63, at(days=7, hours=1))]


def test_repeats_do_not_pile_up_in_a_digest(open_with: Open) -> None:
    house = open_with(urgent(repeat={"hours": 1}))
    wish(house, "alice", digest="daily", digest_at="18:00")
    deal(house)

    for hours in range(12):
        house.tick(at(hours=hours))

    assert [one[2:] for one in sent(house)] == [(0, at(hours=9)), (10, None)]


def test_what_waited_reaches_the_substitute_of_whoever_is_away_by_then(open_with: Open) -> None:
    house = open_with(urgent(tell="working_hours"))
    deal(house, at(days=4, hours=10))  # Friday 19:00
    with house.maker.begin() as session:
        alice, mona = house.users["alice"].id or 0, house.users["mona"].id
        be_away(session, alice, date(2026, 3, 9), date(2026, 3, 13), mona, at(days=5))

    house.tick(at(days=7))

    told = [(who, via) for who, via, _, when in sent(house) if when]
    assert told == [("mona", "substitute:alice")]


def test_groups_and_caps_wait_for_the_end_of_quiet_hours(open_with: Open) -> None:
    house = open_with(urgent(group={"minutes": 30}))
    wish(house, "alice", quiet_from="22:00", quiet_to="07:00")
    deal(house, at(hours=12, minutes=45))  # 21:45

    for hours in (13.25, 13.5, 21.9, 22):
        house.tick(at(hours=hours))

    assert [one[3] for one in sent(house)] == [at(hours=22)]
