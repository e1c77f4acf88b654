from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Event, Thread

from sqlalchemy import select

from engine.alerts.inbox import alerts_of, why
from engine.alerts.rows import RuleSchedule
from tests.engine.alerts.conftest import rule
from tests.support.configs import tiny_app
from tests.support.house import NINE, House

Open = Callable[..., House]

KEY_DEAL = rule(
    key="key_deal", when="stage == 'open' and account.tier == 'key_account'", message="{account.name}: {name}"
)


def at(**later: float) -> datetime:
    return NINE + timedelta(**later)


def deal(house: House, owner: str = "alice", **values: object) -> int:
    account = house.create("account", name=f"Account {len(values)} {owner}", region="north")
    values = {"name": "Pump", "account": account, "amount": 100000, **values}
    return house.create("deal", owner=house.users[owner].id if owner else None, **values)


def test_rule_fires_on_its_day_and_not_before(house: House) -> None:
    one = deal(house)

    house.tick(at(days=29))
    assert house.alerts() == []

    house.tick(at(days=30))
    assert house.alerts() == [("stale_deal", one, "firing", 1)]
    assert house.told() == [("alice", "owner", 0, "Pump stands in Open.")]


def test_second_pass_over_the_same_moment_does_nothing(house: House) -> None:
    deal(house)
    first = house.tick(at(days=30))

    second = house.tick(at(days=30))

    assert first == {"firing": 1, "notifications": 1, "rules": 1}
    assert second == {"rules": 1}


def test_escalation_reaches_the_manager_when_nobody_takes_note(house: House) -> None:
    deal(house)
    house.tick(at(days=30))

    house.tick(at(days=30, hours=7.9))
    assert len(house.told()) == 1
    house.tick(at(days=30, hours=8))
    house.tick(at(days=30, hours=9))

    assert [(who, via, step) for who, via, step, _ in house.told()] == [("alice", "owner", 0), ("mona", "manager", 1)]


def test_steps_missed_while_nothing_ran_are_told_once_each(house: House) -> None:
    deal(house)
    house.tick(at(days=30))

    house.tick(at(days=33))
    house.tick(at(days=34))

    assert [who for who, *_ in house.told()] == ["alice", "mona"]


def test_alert_of_a_time_that_passed_while_nothing_ran_fires_at_the_next_tick(house: House) -> None:
    one = deal(house)

    house.tick(at(days=90))

    assert house.alerts() == [("stale_deal", one, "firing", 1)]


def test_change_resolves_within_its_own_transaction_and_rearms(house: House) -> None:
    one = deal(house)
    house.tick(at(days=30))

    house.move("deal", one, "lost", at(days=31), lost_reason="price")
    assert house.alerts() == [("stale_deal", one, "resolved", 1)]

    house.move("deal", one, "open", at(days=32))
    house.tick(at(days=61))
    assert house.alerts() == [("stale_deal", one, "resolved", 1)]
    house.tick(at(days=62))
    assert house.alerts() == [("stale_deal", one, "firing", 2)]
    assert [(who, step) for who, _, step, _ in house.told()] == [("alice", 0), ("alice", 0)]


def test_schedule_resolves_what_time_alone_has_mended(open_with: Open) -> None:
    house = open_with(rule(when="expected_on == today"))
    one = deal(house, expected_on="2026-03-03")

    house.tick(at(days=1))
    assert house.alerts() == [("stale_deal", one, "firing", 1)]
    house.tick(at(days=2))
    assert house.alerts() == [("stale_deal", one, "resolved", 1)]


def test_change_behind_a_reference_is_noticed_at_once(open_with: Open) -> None:
    house = open_with(KEY_DEAL)
    account = house.create("account", name="Alpha", region="north")
    one = house.create("deal", name="Pump", account=account, owner=house.users["alice"].id)
    assert house.alerts() == []

    house.update("account", account, at(hours=1), tier="key_account")
    assert house.alerts() == [("key_deal", one, "firing", 1)]
    assert house.told() == [("alice", "owner", 0, "Alpha: Pump")]

    house.update("account", account, at(hours=2), tier="standard")
    assert house.alerts() == [("key_deal", one, "resolved", 1)]


def test_change_of_a_field_no_rule_reads_asks_nothing(house: House) -> None:
    one = deal(house)

    house.update("deal", one, at(days=40), notes="a call")

    assert house.alerts() == []  # nothing read `notes`, so the days in the stage were not looked at either


def test_rollup_that_changes_on_the_parent_is_noticed_at_once(open_with: Open) -> None:
    house = open_with(rule(key="big", form="account", when="won_value >= 5000", message="{name}: {won_value}"))
    account = house.create("account", name="Alpha", region="north", owner=house.users["alice"].id)
    one = house.create("deal", name="Pump", account=account, amount=6000, owner=house.users["alice"].id)

    house.move("deal", one, "offer", at(hours=1))
    assert house.alerts() == []
    house.move("deal", one, "won", at(hours=2))

    assert house.alerts() == [("big", account, "firing", 1)]
    assert house.told()[0][3] == "Alpha: 6,000.00"


def test_hold_time_is_waited_for(open_with: Open) -> None:
    house = open_with(rule(when="urgent", **{"for": {"hours": 2}}))
    one = deal(house, urgent=True)

    assert house.alerts() == [("stale_deal", one, "pending", 0)]
    house.tick(at(hours=1.9), due_only=True)
    assert house.alerts() == [("stale_deal", one, "pending", 0)]
    house.tick(at(hours=2), due_only=True)
    assert house.alerts() == [("stale_deal", one, "firing", 1)]


def test_hold_time_that_is_broken_tells_nobody(open_with: Open) -> None:
    house = open_with(rule(when="urgent", **{"for": {"hours": 2}}))
    one = deal(house, urgent=True)

    house.update("deal", one, at(hours=1), urgent=False)
    house.tick(at(hours=3))

    assert house.alerts() == [("stale_deal", one, "resolved", 0)]
    assert house.told() == []


def test_deleted_record_ends_its_alert(house: House) -> None:
    one = deal(house)
    house.tick(at(days=30))

    house.delete("deal", one, at(days=31))

    assert house.alerts() == [("stale_deal", one, "resolved", 1)]
    with house.maker() as session:
        (alert,) = alerts_of(session, "tiny")
        assert why(session, alert)[-1].reason.text == "The record was deleted."


def test_release_without_the_rule_ends_its_alerts(house: House) -> None:
    deal(house)
    house.tick(at(days=30))

    house.publish({**tiny_app(), "alerts": [KEY_DEAL]}, at(days=31))
    house.tick(at(days=31))

    with house.maker() as session:
        (alert,) = alerts_of(session, "tiny")
        last = why(session, alert)[-1]
        assert (alert.state, last.reason.text) == ("resolved", "A new release no longer has this rule.")
        assert session.scalars(select(RuleSchedule.rule)).all() == ["key_deal"]


def test_changed_rule_is_evaluated_at_the_next_tick(house: House) -> None:
    one = deal(house)
    house.tick(at(days=30))

    house.publish(
        {**tiny_app(), "alerts": [rule(when="stage == 'open' and days_in_stage >= 60")]}, at(days=30, minutes=1)
    )
    house.tick(at(days=30, minutes=2), due_only=True)

    assert house.alerts() == [("stale_deal", one, "resolved", 1)]


def test_evidence_is_what_was_true_then(house: House) -> None:
    one = deal(house)
    house.tick(at(days=30))
    house.move("deal", one, "lost", at(days=31), lost_reason="price")

    with house.maker() as session:
        (alert,) = alerts_of(session, "tiny")
        fired, resolved = why(session, alert)

    assert (fired.before, fired.after, fired.reason.text) == ("quiet", "firing", "The condition holds.")
    assert _values(fired.evidence).items() >= {"stage": "open", "days_in_stage": 30}.items()
    assert _values(resolved.evidence)["stage"] == "lost"
    assert resolved.reason.text == "The condition no longer holds."


def _values(node: object) -> dict[str, object]:
    assert isinstance(node, dict)
    found = {node["text"]: node["value"]}
    for child in node.get("children", ()):
        found |= _values(child)
    return found


def test_due_rules_alone_are_evaluated_by_the_clock(house: House) -> None:
    deal(house)

    assert house.tick(at(minutes=1), due_only=True) == {"rules": 1}
    assert house.tick(at(minutes=59), due_only=True) == {}
    assert house.tick(at(minutes=60), due_only=True) == {"rules": 1}


def test_many_changed_records_wait_for_the_next_tick(open_with: Open) -> None:
    house = open_with(KEY_DEAL)
    account = house.create("account", name="Alpha", region="north")
    with house.maker.begin() as session:
        alice, table = house.users["alice"].id, house.live(session).tables.current("deal")
        row = {"version": 1, "account": account, "stage": "open", "stage_entered_at": NINE, "owner": alice}
        session.execute(table.insert(), [{**row, "name": f"Pump {number}"} for number in range(201)])
    house.tick(at(minutes=1), due_only=True)

    house.update("account", account, at(minutes=2), tier="key_account")
    assert house.alerts() == []
    house.tick(at(minutes=2), due_only=True)

    assert len(house.alerts()) == len(house.told()) == 201


def test_two_workers_at_once_tell_once(house: House) -> None:
    account = house.create("account", name="Alpha", region="north")
    for number in range(40):
        owner = house.users[("alice", "bob")[number % 2]].id
        house.create("deal", name=f"Pump {number}", account=account, owner=owner)
    ready, errors = Barrier(4), list[Exception]()

    def work() -> None:
        try:
            ready.wait(10)
            house.tick(at(days=30))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must show it
            errors.append(error)

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert errors == []
    assert len(house.alerts()) == len(house.told()) == 40


def test_broken_rule_stops_no_other_and_is_tried_again(open_with: Open) -> None:
    house = open_with(rule(key="broken", form="visit", when="subject == 'x'", message="{subject}"), rule())
    one = deal(house)
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tiny__visit RENAME TO elsewhere")

    done = house.tick(at(days=30))

    assert (done["failed"], house.alerts()) == (1, [("stale_deal", one, "firing", 1)])
    with house.maker() as session:
        broken = session.get_one(RuleSchedule, ("tiny", "broken"))
        assert (bool(broken.error), broken.due_at) == (True, at(days=30, minutes=5))
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO tiny__visit")
    assert house.tick(at(days=30, minutes=5), due_only=True)["rules"] == 1


def test_changes_and_ticks_at_once_agree_in_the_end(open_with: Open) -> None:
    house = open_with(rule(when="urgent", message="{name}"))
    account = house.create("account", name="Alpha", region="north")
    ids = [house.create("deal", name=f"Pump {n}", account=account, owner=house.users["alice"].id) for n in range(6)]
    errors, done = list[Exception](), Event()

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must show it
            errors.append(error)

    def change(mine: list[int]) -> None:
        for turn in range(12):
            house.update("deal", mine[turn % len(mine)], at(minutes=turn), urgent=turn // len(mine) % 2 == 0)

    def tick() -> None:
        while not done.is_set():
            house.tick(at(hours=1))

    changing = [Thread(target=guarded, args=(lambda mine=mine: change(mine),)) for mine in (ids[:3], ids[3:])]
    ticking = [Thread(target=guarded, args=(tick,)) for _ in range(2)]
    for thread in changing + ticking:
        thread.start()
    for thread in changing:
        thread.join(120)
    for _ in range(2):
        house.update("deal", ids[0], at(hours=2), urgent=True)
    done.set()
    for thread in ticking:
        thread.join(120)

    assert errors == []
    assert house.alerts() == [
        ("stale_deal", id_, "firing" if id_ == ids[0] else "resolved", 3 if id_ == ids[0] else 2) for id_ in ids
    ]
    assert len(house.told()) == 13
