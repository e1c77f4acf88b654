"""A missing check-in of each person: once per person and period, ended by the check-in, told to them and their manager."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.alerts import Alert
from engine.alerts.backtest.task import start_backtest
from engine.alerts.trying import dry_run
from engine.config.check import check
from engine.config.load import load
from engine.jobs import Job, run_all
from engine.people import SYSTEM
from tests.support.configs import tiny_app
from tests.support.house import NINE, House

Open = Callable[..., House]
#: Friday 13 March, 16:00 in Shanghai; the people were hired on Monday the 2nd.
FRIDAY = NINE + timedelta(days=11, hours=7)


def weekly(**changes: Any) -> dict[str, Any]:
    missing = {"form": "visit", "via": "owner", "date": "visited_on", "in": "week", "people": ["role:rep"]}
    return {
        "key": "check_in",
        "label": "Check-in",
        "missing": missing | changes.pop("missing", {}),
        "schedule": {"every": "week", "on": ["friday"], "at": "16:00"},
        "message": "{owner} ({owner.region}, {owner.manager}) has not checked in",
        "notify": [{"to": ["owner"]}, {"to": ["manager"], "after": {"days": 1}}],
        **changes,
    }


def check_in(house: House, who: str, now: datetime) -> None:
    account = house.create("account", now, name=f"For {who} {now}", region="north")
    day = now.date().isoformat()
    house.create("visit", now, subject="Check-in", account=account, visited_on=day, owner=house.users[who].id)


def heard(house: House) -> list[tuple[str, str, str]]:
    return [(who, via, text) for who, via, _, text in house.told()]


def test_everybody_without_a_check_in_is_told_once_a_week_and_the_manager_later(open_with: Open) -> None:
    house = open_with(weekly())
    check_in(house, "bob", NINE + timedelta(days=8))

    house.tick(FRIDAY - timedelta(minutes=1), due_only=True)
    assert heard(house) == []
    for hours in (0, 1, 2):
        house.tick(FRIDAY + timedelta(hours=hours), due_only=True)

    alice = "Alice (north, Mona) has not checked in"
    charlie = "Charlie (south, —) has not checked in"
    assert heard(house) == [("alice", "owner", alice), ("charlie", "owner", charlie)]

    check_in(house, "charlie", FRIDAY + timedelta(hours=3))
    house.tick(FRIDAY + timedelta(days=1), due_only=True)
    assert heard(house)[2:] == [("mona", "manager", alice)]

    house.tick(FRIDAY + timedelta(days=7), due_only=True)
    assert [who for who, *_ in heard(house)[3:]] == ["alice", "bob", "charlie"]


def test_check_in_ends_the_alert_in_its_own_transaction(open_with: Open) -> None:
    house = open_with(weekly())
    house.tick(NINE)
    house.tick(FRIDAY, due_only=True)
    check_in(house, "alice", FRIDAY + timedelta(minutes=5))

    with house.maker() as session:
        rows = session.execute(select(Alert.record_id, Alert.state))
        states = {row.record_id: row.state for row in rows}
    ids = {who: house.users[who].id for who in ("alice", "bob", "charlie")}
    assert states == {ids["alice"]: "resolved", ids["bob"]: "firing", ids["charlie"]: "firing"}


def test_who_has_left_lost_the_role_or_came_this_week_is_not_told(open_with: Open) -> None:
    house = open_with(weekly())
    house.leave("bob")
    house.hire("dora", "rep")
    with house.maker.begin() as session:
        from engine.people import Person

        dora = session.scalars(select(Person).where(Person.sign_in == "dora")).one()
        dora.created_at = FRIDAY - timedelta(days=1)

    house.tick(NINE)
    house.tick(FRIDAY, due_only=True)
    assert [who for who, *_ in heard(house)] == ["alice", "charlie"]


def test_span_without_a_schedule_is_one_episode_until_the_check_in(open_with: Open) -> None:
    plain = {key: one for key, one in weekly().items() if key != "schedule"}
    plain["missing"] = {"form": "visit", "via": "owner", "date": "visited_on", "for": {"days": 14}}
    plain["missing"]["people"] = ["okr:sales", "person:alice"]
    house = open_with({**plain, "when": "owner.region == 'north'"})
    house.tick(NINE + timedelta(days=13))
    assert heard(house) == []

    for day in (15, 16, 20):
        house.tick(NINE + timedelta(days=day))
    assert [(who, via) for who, via, _ in heard(house)] == [
        ("mona", "owner"),
        ("alice", "owner"),
        ("ada", "fallback"),
        ("mona", "manager"),
    ]

    check_in(house, "alice", NINE + timedelta(days=21))
    assert [state for _, _, state, _ in house.alerts()] == ["firing", "resolved"]
    house.tick(NINE + timedelta(days=36))
    assert [(who, via) for who, via, _ in heard(house)][4:] == [("alice", "owner")]


def test_dry_run_and_backtest_say_the_same_as_what_was_lived(open_with: Open) -> None:
    house = open_with(weekly())
    check_in(house, "bob", NINE + timedelta(days=8))
    with house.maker() as session:
        live = house.live(session)
        tried = dry_run(session, live, live.app.alerts["check_in"], SYSTEM, FRIDAY)
    ids = {who: house.users[who].id for who in ("alice", "charlie", "mona")}
    assert tried.records == (ids["alice"], ids["charlie"])
    named = [(one.person.sign_in, one.record_id) for one in tried.messages]
    assert named == [
        ("alice", ids["alice"]),
        ("mona", ids["alice"]),
        ("charlie", ids["charlie"]),
        ("ada", ids["charlie"]),
    ]

    house.tick(NINE)
    house.tick(FRIDAY, due_only=True)
    house.tick(FRIDAY + timedelta(days=7), due_only=True)
    end = FRIDAY + timedelta(days=8)
    with house.maker.begin() as session:
        job = start_backtest(session, house.live(session), "check_in", 12, SYSTEM, end).id
    run_all(house.maker, end)
    with house.maker() as session:
        figures = session.get_one(Job, job).result["tried"]
    assert (figures["fires"], figures["records"]) == (5, 3)
    assert sorted(figures["people"]) == sorted([[ids["alice"], 2], [ids["charlie"], 2], [house.users["bob"].id, 1]])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"missing": {"people": ["alice"]}}, "people.unknown"),
        ({"missing": {"people": ["role:reps"]}}, "role.unknown"),
        ({"missing": {"people": ["okr:salse"]}}, "okr.unknown"),
        ({"missing": {"via": "account"}}, "field.unknown"),
        ({"missing": {"since": "created_at"}}, "alert.people"),
        ({"schedule": None}, "alert.people"),
        ({"okr_changed": "sales"}, "alert.people"),
        ({"form": "account"}, "alert.form"),
        ({"when": "amount > 1"}, "unknown_name"),
        ({"notify": [{"to": ["creator"]}]}, "recipient.record"),
    ],
)
def test_mistakes_are_said(changes: dict[str, Any], code: str) -> None:
    written = {key: one for key, one in weekly(**changes).items() if one is not None}
    faults = check(load({**tiny_app(), "alerts": [written]}))
    assert [fault.code for fault in faults if fault.level == "error"] == [code]
