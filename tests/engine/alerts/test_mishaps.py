"""What goes wrong in a house: clocks set wrong, rules changed while they fire, people who leave with unread mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine.alerts import unread
from engine.alerts.hushes import end_silence, silence
from engine.alerts.rows import Notification
from engine.alerts.wish_rows import Silence
from engine.alerts.wishes import Wishes, keep_wishes
from tests.engine.alerts.conftest import rule
from tests.support.configs import tiny_app
from tests.support.house import NINE, House

Open = Callable[..., House]


def at(**later: float) -> datetime:
    return NINE + timedelta(**later)


def urgent(*steps: dict[str, Any], **members: Any) -> dict[str, Any]:
    return rule(when="urgent", message="{name}", notify=list(steps or ({"to": ["owner"]},)), **members)


def deal(house: House, now: datetime = NINE, **values: Any) -> int:
    account = house.create("account", now, name=f"Account {now}", region="north")
    owner = house.users["alice"].id
    return house.create("deal", now, **{"name": "Pump", "account": account, "owner": owner, "urgent": True, **values})


def told(house: House) -> list[tuple[str, int]]:
    return [(who, step) for who, _, step, _ in house.told()]


def publish(house: House, now: datetime, *rules: dict[str, Any]) -> None:
    house.publish(tiny_app() | {"alerts": list(rules)}, now)


def test_rules_go_on_after_a_clock_that_was_a_year_ahead_is_set_right(house: House) -> None:
    house.tick(at(days=365))
    one = deal(house)

    house.tick(at(days=29), due_only=True)
    assert house.alerts() == []
    house.tick(at(days=30), due_only=True)

    assert house.alerts() == [("stale_deal", one, "firing", 1)]


def test_steps_count_from_now_when_the_clock_was_ahead_as_it_fired(open_with: Open) -> None:
    house = open_with(urgent({"to": ["owner"]}, {"to": ["manager"], "after": {"hours": 8}}))
    deal(house, at(days=300))
    house.tick(at(days=300), due_only=True)
    house.tick(at(minutes=10), due_only=True)
    house.tick(at(hours=7), due_only=True)
    assert told(house) == [("alice", 0)]

    house.tick(at(hours=9), due_only=True)

    assert told(house) == [("alice", 0), ("mona", 1)]


def test_hold_time_counts_from_now_when_the_clock_was_ahead_as_it_began(open_with: Open) -> None:
    house = open_with(urgent(**{"for": {"hours": 2}}))
    deal(house, at(days=300))
    house.tick(at(days=300), due_only=True)
    for hours in (1, 2, 3, 4):
        house.tick(at(hours=hours), due_only=True)

    assert told(house) == [("alice", 0)]


def test_a_step_that_a_release_puts_in_is_told_of_alerts_that_fire_already(open_with: Open) -> None:
    house = open_with(urgent())
    deal(house)
    house.tick(at(hours=1), due_only=True)
    publish(house, at(hours=2), urgent({"to": ["owner"]}, {"to": ["manager"], "after": {"hours": 8}}))
    for hours in (3, 7, 8, 9):
        house.tick(at(hours=hours), due_only=True)
        assert told(house) == [("alice", 0)] + [("mona", 1)] * (hours >= 8)


def test_a_step_that_a_release_takes_out_takes_no_other_with_it(open_with: Open) -> None:
    house = open_with(urgent({"to": ["owner"]}, {"to": ["manager"], "after": {"hours": 8}}))
    deal(house)
    publish(house, at(hours=2), urgent({"to": ["manager"], "after": {"hours": 8}}))
    house.tick(at(hours=3), due_only=True)
    house.tick(at(hours=8), due_only=True)

    assert told(house) == [("alice", 0), ("mona", 0)]


def test_a_release_that_takes_the_hold_time_away_fires_what_was_waiting(open_with: Open) -> None:
    house = open_with(urgent(**{"for": {"days": 5}}))
    one = deal(house)
    publish(house, at(hours=2), urgent())
    house.tick(at(hours=3), due_only=True)

    assert (house.alerts(), told(house)) == ([("stale_deal", one, "firing", 1)], [("alice", 0)])


def test_what_somebody_who_leaves_had_not_read_goes_to_the_manager_in_words_the_manager_may_read(
    open_with: Open,
) -> None:
    house = open_with(urgent())
    deal(house)
    house.leave("alice")

    assert house.tick(at(hours=1))["handed_over"] == 1
    assert "handed_over" not in house.tick(at(hours=2))

    with house.maker() as session:
        assert (unread(session, house.users["alice"]), unread(session, house.users["mona"])) == (0, 1)
    assert [(who, via, text) for who, via, _, text in house.told()] == [
        ("alice", "owner", "Pump"),
        ("mona", "fallback", "Pump"),
    ]


def test_what_was_read_or_is_over_is_not_handed_on(open_with: Open) -> None:
    house = open_with(urgent())
    one = deal(house)
    house.update("deal", one, at(hours=1), urgent=False)
    house.leave("alice")

    assert "handed_over" not in house.tick(at(hours=2))
    assert told(house) == [("alice", 0)]


def test_what_waits_says_for_what_and_comes_when_ones_own_silence_ends_early(open_with: Open) -> None:
    house = open_with(urgent())
    alice = house.users["alice"]
    with house.maker.begin() as session:
        keep_wishes(session, alice.id or 0, Wishes(quiet_from="12:00", quiet_to="14:00"))
        silence(session, house.live(session), alice, NINE, at(days=3), rule="stale_deal")
    deal(house, at(hours=1))
    assert _waiting(house) == [("queued", "silence", at(days=3))]

    with house.maker.begin() as session:
        end_silence(session, session.scalars(select(Silence)).one(), at(hours=4))
    assert _waiting(house) == [("queued", "quiet_hours", at(hours=5))]
    house.tick(at(hours=5))

    assert _waiting(house) == [("sent", "quiet_hours", at(hours=5))]


def _waiting(house: House) -> list[tuple[str, str, datetime]]:
    with house.maker() as session:
        found = session.scalars(select(Notification).order_by(Notification.id))
        return [(one.state, one.waits_for, one.due_at if one.state == "queued" else at(hours=5)) for one in found]
