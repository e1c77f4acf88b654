"""Each trigger: when it fires, when it does not, and that it fires once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from engine.alerts.rows import AlertEvent
from engine.alerts.wish_rows import Bundle
from tests.engine.alerts.conftest import rule
from tests.support.configs import tiny_app
from tests.support.house import NINE, House

Open = Callable[..., House]
ALICE = ("alice", "owner", 0)


def at(**later: float) -> datetime:
    return NINE + timedelta(**later)


def trigger(**members: object) -> dict[str, object]:
    """Return a rule on deals that tells the owner, without the condition of the stale deal."""
    plain = {key: value for key, value in rule(message="{name}", notify=[{"to": ["owner"]}]).items() if key != "when"}
    return {**plain, "key": "watch", **members}


def without_form(**members: object) -> dict[str, object]:
    plain = trigger(**{"message": "now", "notify": [{"to": ["role:manager"]}], **members})
    return {key: value for key, value in plain.items() if key != "form"}


def deal(house: House, now: datetime = NINE, by: str = "", **values: object) -> int:
    account = house.create("account", now, name=f"Account {values.get('name', '')}{now}", region="north")
    given = {"name": "Pump", "account": account, "amount": 1000, "owner": house.users["alice"].id, **values}
    return house.create("deal", now, by, **given)


def told(house: House) -> list[tuple[str, str, int]]:
    return [(who, via, step) for who, via, step, _ in house.told()]


# -- relative to a date -----------------------------------------------------------------------------------------------


def test_hours_after_a_datetime_fire_at_the_minute(open_with: Open) -> None:
    house = open_with(trigger(at={"field": "next_call_at", "after": {"hours": 8}}))
    one = deal(house, next_call_at="2026-03-02T09:10")

    house.tick(at(hours=8, minutes=9), due_only=True)
    assert house.alerts() == []
    house.tick(at(hours=8, minutes=10), due_only=True)
    house.tick(at(hours=9), due_only=True)

    assert house.alerts() == [("watch", one, "firing", 1)]
    assert told(house) == [ALICE]


def test_working_days_before_a_date_at_a_time_of_day(open_with: Open) -> None:
    house = open_with(trigger(at={"field": "expected_on", "before": {"working_days": 2}, "time": "08:30"}))
    deal(house, expected_on="2026-03-10")  # a Tuesday: two working days before is Friday the 6th

    house.tick(datetime(2026, 3, 6, 0, 29, tzinfo=UTC))
    assert house.alerts() == []
    house.tick(datetime(2026, 3, 6, 0, 30, tzinfo=UTC), due_only=True)

    assert told(house) == [ALICE]


def test_a_reminder_moves_with_its_date(open_with: Open) -> None:
    house = open_with(trigger(at={"field": "expected_on", "before": {"days": 1}}))
    one = deal(house, expected_on="2026-03-04")
    house.tick(at(days=1))
    assert house.alerts() == [("watch", one, "firing", 1)]

    house.update("deal", one, at(days=1, hours=1), expected_on="2026-03-10")
    assert house.alerts() == [("watch", one, "resolved", 1)]
    house.tick(at(days=8))

    assert house.alerts() == [("watch", one, "firing", 2)]


def test_a_date_behind_a_reference_counts(open_with: Open) -> None:
    house = open_with(
        trigger(form="visit", message="{subject}", at={"field": "deal.expected_on", "after": {"days": 1}})
    )
    one = deal(house, expected_on="2026-03-05")
    with house.maker() as session:
        account = session.execute(house.live(session).tables.current("deal").select()).mappings().one()["account"]
    house.create("visit", subject="A call", account=account, deal=one, owner=house.users["alice"].id)

    house.tick(at(days=3))
    assert house.alerts() == []
    house.tick(at(days=4))

    assert told(house) == [ALICE]


def test_what_is_kept_for_a_day_is_told_after_three_days_of_silence_and_then_over(open_with: Open) -> None:
    house = open_with(trigger(at={"field": "expected_on", "time": "09:00", "keep": {"days": 1}}))
    one = deal(house, expected_on="2026-03-04")
    house.tick(at(days=1))

    house.tick(at(days=5))  # nothing ran on the day itself
    assert house.alerts() == [("watch", one, "firing", 1)]
    house.tick(at(days=5, hours=1))

    assert house.alerts() == [("watch", one, "resolved", 1)]
    assert told(house) == [ALICE]


# -- stages -----------------------------------------------------------------------------------------------------------


def test_working_hours_in_a_stage(open_with: Open) -> None:
    house = open_with(trigger(in_stage={"stages": ["open"], "longer_than": {"working_hours": 12}}))
    one = deal(house)  # Monday 09:00

    house.tick(at(days=1, hours=2, minutes=59), due_only=True)
    assert house.alerts() == []
    house.tick(at(days=1, hours=3), due_only=True)
    assert house.alerts() == [("watch", one, "firing", 1)]

    house.move("deal", one, "offer", at(days=1, hours=4))
    assert house.alerts() == [("watch", one, "resolved", 1)]


# -- events -----------------------------------------------------------------------------------------------------------


def test_created_record_is_told_of_in_its_own_transaction(open_with: Open) -> None:
    house = open_with(trigger(created=True, when="amount >= 1000"))
    one = deal(house)
    deal(house, at(minutes=1), amount=10)

    house.tick(at(hours=1))
    house.update("deal", one, at(hours=2), amount=5000)

    assert house.alerts() == [("watch", one, "firing", 1)]
    assert told(house) == [ALICE]


def test_changed_field_fires_from_something_to_something_by_somebody(open_with: Open) -> None:
    house = open_with(trigger(changed={"field": "stage", "from": "open", "to": ["offer", "won"], "by": ["rep"]}))
    one, other = deal(house), deal(house, at(seconds=1), name="Valve")

    house.move("deal", one, "offer", at(hours=1))  # by the system, which is no representative
    assert house.alerts() == []

    from engine import pipeline

    with house.maker.begin() as session:
        pipeline.move(session, house.live(session), "deal", other, "offer", {}, house.users["alice"], at(hours=1))
    assert house.alerts() == [("watch", other, "firing", 1)]


def test_event_fires_again_each_time_and_asks_for_attention_a_week(open_with: Open) -> None:
    house = open_with(trigger(changed={"field": "urgent", "to": True}))
    one = deal(house)
    for hour, urgent in enumerate((True, False, True), 1):
        house.update("deal", one, at(hours=hour), urgent=urgent)
    assert house.alerts() == [("watch", one, "firing", 2)]

    house.tick(at(days=6))
    assert house.alerts() == [("watch", one, "firing", 2)]
    house.tick(at(days=7, hours=4))

    assert house.alerts() == [("watch", one, "resolved", 2)]
    assert told(house) == [ALICE, ALICE]


# -- what is missing --------------------------------------------------------------------------------------------------

MISSING = {"form": "visit", "via": "account", "date": "visited_on", "for": {"days": 90}}


def test_missing_visit_fires_on_day_90_and_a_visit_clears_and_rearms_it(open_with: Open) -> None:
    house = open_with(trigger(form="account", missing=MISSING, when="tier == 'key_account'"))
    one = house.create("account", name="Alpha", region="north", tier="key_account", owner=house.users["alice"].id)
    house.create("account", name="Beta", region="north", owner=house.users["alice"].id)
    house.create("visit", subject="First", account=one, visited_on="2026-03-02")

    house.tick(at(days=89))
    assert house.alerts() == []
    house.tick(at(days=90))
    house.tick(at(days=90))
    assert house.alerts() == [("watch", one, "firing", 1)]

    house.create("visit", at(days=91), subject="Second", account=one, visited_on="2026-06-01")
    assert house.alerts() == [("watch", one, "resolved", 1)]
    house.tick(at(days=180))
    assert house.alerts() == [("watch", one, "resolved", 1)]
    house.tick(at(days=181))
    assert house.alerts() == [("watch", one, "firing", 2)]


def test_new_record_is_not_missed_on_its_first_day(open_with: Open) -> None:
    house = open_with(trigger(form="account", missing=MISSING))
    one = house.create("account", name="Alpha", region="north", owner=house.users["alice"].id)

    house.tick(at(days=89))
    assert house.alerts() == []
    house.tick(at(days=91))

    assert house.alerts() == [("watch", one, "firing", 1)]


# -- figures ----------------------------------------------------------------------------------------------------------


def test_measure_over_its_threshold_with_hysteresis(open_with: Open) -> None:
    figure = without_form(
        figure={"measure": "open_deals"}, when="value >= 3", until="value < 2", message="{value} open deals"
    )
    house = open_with(figure)
    ids = [deal(house, at(seconds=n), name=f"Pump {n}") for n in range(3)]
    house.tick(at(hours=1))
    assert house.alerts() == [("watch", 0, "firing", 1)]
    assert house.told() == [("mona", "role:manager", 0, "3 open deals")]

    house.move("deal", ids[0], "lost", at(hours=2), lost_reason="price")
    house.tick(at(hours=3))
    assert house.alerts() == [("watch", 0, "firing", 1)]
    house.move("deal", ids[1], "lost", at(hours=4), lost_reason="price")
    house.tick(at(hours=5))

    assert house.alerts() == [("watch", 0, "resolved", 1)]


def test_condition_with_hysteresis_fires_at_one_bound_and_ends_at_another(open_with: Open) -> None:
    house = open_with(trigger(when="amount >= 5000", until="amount < 3000"))
    one = deal(house, amount=5000)
    assert house.alerts() == [("watch", one, "firing", 1)]

    house.update("deal", one, at(hours=1), amount=4000)
    house.tick(at(hours=2))
    assert house.alerts() == [("watch", one, "firing", 1)]
    house.update("deal", one, at(hours=3), amount=2000)
    assert house.alerts() == [("watch", one, "resolved", 1)]
    house.update("deal", one, at(hours=4), amount=4000)
    assert house.alerts() == [("watch", one, "resolved", 1)]


# -- the calendar -----------------------------------------------------------------------------------------------------

WEEKLY = {"every": "week", "on": ["monday"], "at": "09:00"}


def test_every_monday_at_nine_is_told_once_each(open_with: Open) -> None:
    house = open_with(without_form(schedule=WEEKLY, message="Week of {today}"))
    house.tick(at(hours=1))

    house.tick(at(days=7, seconds=-1), due_only=True)
    assert house.told() == []
    for hour in range(3):
        house.tick(at(days=7, hours=hour), due_only=True)
    house.tick(at(days=14), due_only=True)

    assert [text for *_, text in house.told()] == ["Week of 2026-03-09", "Week of 2026-03-16"]


@pytest.mark.parametrize(("policy", "wanted"), [("each", 3), ("latest", 1), ("digest", 3)])
def test_missed_mondays_are_told_as_the_rule_says(open_with: Open, policy: str, wanted: int) -> None:
    house = open_with(without_form(schedule=WEEKLY, catch_up=policy, message="Week of {today}"))
    house.tick(at(hours=1))

    house.tick(at(days=22))
    house.tick(at(days=22, hours=1))

    assert len(house.told()) == wanted
    assert house.told()[-1][3] == "Week of 2026-03-23"
    with house.maker() as session:
        assert session.query(Bundle).count() == (1 if policy == "digest" else 0)


def test_schedule_looks_at_records_then_and_only_then(open_with: Open) -> None:
    house = open_with(trigger(schedule={"every": "day", "at": "18:00"}, when="urgent"))
    one = deal(house, urgent=True)
    house.tick(at(hours=1))
    assert house.alerts() == []

    house.tick(at(hours=9), due_only=True)
    assert house.alerts() == [("watch", one, "firing", 1)]
    house.tick(at(hours=33), due_only=True)
    house.update("deal", one, at(hours=34), urgent=False)

    assert house.alerts() == [("watch", one, "resolved", 2)]
    assert told(house) == [ALICE, ALICE]


# -- OKR pages --------------------------------------------------------------------------------------------------------


def test_changed_okr_is_told_to_its_members_once(open_with: Open) -> None:
    config = without_form(okr_changed=tiny_app()["okrs"][0]["key"], notify=[{"to": ["role:rep", "role:manager"]}])
    house = open_with(config)
    house.tick(at(hours=1))
    house.tick(at(hours=2))
    assert house.told() == []

    changed = {**tiny_app(), "alerts": [config]}
    changed["okrs"][0]["objectives"][0]["label"] = "Another direction"
    house.publish(changed, at(hours=3))
    house.tick(at(hours=3), due_only=True)
    house.tick(at(hours=4))

    assert {who for who, *_ in house.told()} == {"alice", "bob", "charlie", "mona"}
    assert len(house.told()) == 4


def test_reason_of_every_firing_is_kept(open_with: Open) -> None:
    house = open_with(trigger(changed={"field": "urgent", "to": True}))
    one = deal(house)
    house.update("deal", one, at(hours=1), urgent=True)
    house.update("deal", one, at(hours=2), urgent=False)
    house.update("deal", one, at(hours=3), urgent=True)

    with house.maker() as session:
        codes = [event.reason["code"] for event in session.query(AlertEvent).order_by(AlertEvent.id)]
    assert codes == ["fired", "occasion"]
