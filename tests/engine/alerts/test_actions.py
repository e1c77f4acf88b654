"""What alerts do besides telling people: through the same verbs, once, in turn, and never round and round."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import records
from engine.alerts.absences import be_away
from engine.alerts.acting import DEEPEST, OFTEN, act
from engine.alerts.action_rows import ActionRow
from engine.config.check import check
from engine.config.load import load
from engine.db import create_system_tables, make_engine
from engine.people import SYSTEM
from engine.records import timeline
from tests.support.house import NINE, House
from tests.support.lead_desk import Rule, a_rule, lead_desk

HOUR = timedelta(hours=1)
ASSIGN = {"do": "assign", "among": ["role:sdr"]}
POOL = a_rule("to_somebody", "is_empty(owner)", [ASSIGN])
BACK = a_rule(
    "back", "is_filled(owner) and not accepted", [{"do": "set", "set": {"owner": "''"}}], **{"for": {"hours": 8}}
)


@pytest.fixture
def desk(database_url: str) -> Iterator[Callable[..., House]]:
    """Open the desk of leads with some rules, three people to work on them and a head."""
    opened: list[House] = []

    def start(*rules: Rule) -> House:
        engine = make_engine(database_url)
        create_system_tables(engine)
        house = House(engine, "desk")
        house.publish(lead_desk(*rules))
        house.hire("ada", "admin", is_admin=True)
        for name in ("dan", "eve", "fay"):
            house.hire(name, "sdr", region="north" if name == "dan" else "south")
        opened.append(house)
        return house

    yield start
    for house in opened:
        house.engine.dispose()


def value_of(house: House, id_: int, key: str, form: str = "lead") -> Any:
    with house.maker() as session:
        return records.get(session, house.live(session), form, id_, SYSTEM, NINE).values[key]


def owners(house: House, *ids: int) -> list[str]:
    names = {user.id: name for name, user in house.users.items()} | {None: ""}
    return [names[value_of(house, id_, "owner")] for id_ in ids]


def rows(house: House) -> list[ActionRow]:
    with house.maker() as session:
        return list(session.scalars(select(ActionRow).order_by(ActionRow.id)))


def lead(house: House, name: str = "One", **values: Any) -> int:
    return house.create("lead", name=name, **values)


def test_leads_are_assigned_in_turn(desk: Callable[..., House]) -> None:
    house = desk(POOL)
    ids = [lead(house, str(number)) for number in range(7)]

    house.tick(NINE)
    house.tick(NINE)

    assert Counter(owners(house, *ids)) == {"dan": 3, "eve": 2, "fay": 2}
    assert owners(house, *ids)[:4] == ["dan", "eve", "fay", "dan"]


def test_who_has_left_gets_nothing_and_who_comes_back_is_next(desk: Callable[..., House]) -> None:
    house = desk(POOL)
    house.leave("eve")
    ids = [lead(house, str(number)) for number in range(3)]
    house.tick(NINE)
    assert owners(house, *ids) == ["dan", "fay", "dan"]


def test_a_lead_that_is_not_accepted_goes_back_and_to_the_next(desk: Callable[..., House]) -> None:
    house = desk(POOL, BACK)
    taken, slept_on = lead(house, "Taken"), lead(house, "Slept on")
    house.tick(NINE)
    assert owners(house, taken, slept_on) == ["dan", "eve"]
    house.update("lead", taken, NINE + HOUR, accepted=True)

    house.tick(NINE + 7 * HOUR)
    assert owners(house, taken, slept_on) == ["dan", "eve"]
    house.tick(NINE + 8 * HOUR)
    house.tick(NINE + 8 * HOUR)

    assert owners(house, taken, slept_on) == ["dan", "fay"]
    assert [row.state for row in rows(house)] == ["done"] * 4


def test_the_least_loaded_gets_it(desk: Callable[..., House]) -> None:
    load = {"do": "assign", "among": ["role:sdr"], "by": "least_loaded", "load": "priority == 'high'"}
    house = desk(a_rule("even", "is_empty(owner)", [load]))
    for name in ("dan", "dan", "eve"):
        lead(house, f"Of {name}", owner=house.users[name].id, priority="high")
    for _ in range(5):
        lead(house, "Light", owner=house.users["fay"].id, priority="low")
    ids = [lead(house, str(number), priority="high") for number in range(3)]

    house.tick(NINE)

    assert owners(house, *ids) == ["fay", "eve", "fay"]


def test_an_expression_names_who_gets_it_and_nobody_is_said(desk: Callable[..., House]) -> None:
    rule = a_rule("helper", "is_empty(owner)", [{"do": "assign", "by": "expression", "expression": "helper"}])
    house = desk(rule)
    helped, alone = lead(house, helper=house.users["fay"].id), lead(house)

    house.tick(NINE)

    assert owners(house, helped, alone) == ["fay", ""]
    done, failed = rows(house)
    assert (done.state, done.result["person"]) == ("done", house.users["fay"].id)
    assert (failed.state, failed.error["code"]) == ("failed", "action.nobody")


def test_two_workers_never_give_the_same_turn(desk: Callable[..., House]) -> None:
    house = desk(POOL)
    ids = [lead(house, str(number)) for number in range(12)]
    with house.maker.begin() as session:
        assert session.scalar(select(ActionRow.id)) is not None
    workers = [threading.Thread(target=act, args=(house.maker, NINE)) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    act(house.maker, NINE)

    assert Counter(owners(house, *ids)) == {"dan": 4, "eve": 4, "fay": 4}
    assert {row.state for row in rows(house)} == {"done"}


def test_a_task_is_made_from_a_template(desk: Callable[..., House]) -> None:
    values = {
        "title": "concat('Call ', name)",
        "due_on": "add_days(today, 2)",
        "worth": "amount * 0.1",
        "doer": "owner",
        "owner": "owner",
    }
    make = {"do": "create", "form": "task", "set": values, "via": "lead"}
    house = desk(a_rule("call", "priority == 'high'", [make]))
    id_ = lead(house, "Lin", priority="high", amount="1234.55", owner=house.users["eve"].id)

    house.tick(NINE)
    house.tick(NINE + HOUR)

    [done] = rows(house)
    task = done.result["record"]
    assert value_of(house, task, "title", "task") == "Call Lin"
    assert value_of(house, task, "lead", "task") == id_
    assert value_of(house, task, "worth", "task") == 12346
    assert value_of(house, task, "doer", "task") == value_of(house, task, "owner", "task") == house.users["eve"].id
    assert str(value_of(house, task, "due_on", "task")) == "2026-03-04"


def test_history_names_the_rule(desk: Callable[..., House]) -> None:
    house = desk(a_rule("cap", "score > 50", [{"do": "set", "set": {"score": "50.4", "follow_up_on": "today"}}]))
    id_ = lead(house, score=80)
    house.tick(NINE + HOUR)

    with house.maker() as session:
        entries = timeline(session, house.live(session), "lead", id_, SYSTEM, NINE)
    [change] = [one for one in entries if one.via == "rule"]
    assert change.note == "rule cap"
    assert value_of(house, id_, "score") == 50


def test_a_move_goes_through_the_gate(desk: Callable[..., House]) -> None:
    house = desk(a_rule("work", "priority == 'high'", [{"do": "move", "to": "worked"}]))
    owned, pooled = lead(house, owner=house.users["dan"].id, priority="high"), lead(house, priority="high")
    house.tick(NINE)

    assert [value_of(house, id_, "stage") for id_ in (owned, pooled)] == ["worked", "fresh"]
    assert [row.state for row in rows(house)] == ["done", "failed"]


def test_what_does_not_fit_is_refused_and_kept_with_its_reason(desk: Callable[..., House]) -> None:
    house = desk(a_rule("too_much", "score > 50", [{"do": "set", "set": {"score": "score * 2"}}]))
    id_ = lead(house, score=80)
    assert house.tick(NINE)["actions_failed"] == 1
    house.tick(NINE + HOUR)

    [failed] = rows(house)
    assert failed.state == "failed"
    assert failed.error["field"] == "score"
    assert value_of(house, id_, "score") == 80


def test_rules_that_set_each_other_off_are_stopped(desk: Callable[..., House]) -> None:
    def swap(here: str, there: str) -> Rule:
        return a_rule(here, f"priority == '{here}'", [{"do": "set", "set": {"priority": f"'{there}'"}}])

    house = desk(swap("low", "high"), swap("high", "low"))
    lead(house, priority="low")
    for minute in range(3):
        house.tick(NINE + timedelta(minutes=minute))

    states = [row.state for row in rows(house)]
    assert states == ["done"] * DEEPEST + ["failed"]
    assert rows(house)[-1].error["code"] == "action.depth"


def test_a_rule_that_sets_itself_off_by_the_clock_is_stopped(desk: Callable[..., House]) -> None:
    more = a_rule("more", "score >= 0 and is_empty(helper)", [{"do": "set", "set": {"score": "-1"}}])
    back = a_rule("back", "score < 0", [{"do": "set", "set": {"score": "1"}}])
    house = desk(more | {"on_change": False}, back | {"on_change": False})
    lead(house, score=1)
    for minute in range(30):
        house.tick(NINE + timedelta(minutes=minute))

    states = Counter((row.rule, row.state) for row in rows(house))
    assert states["more", "done"] <= OFTEN
    assert {row.error["code"] for row in rows(house) if row.error} == {"action.often"}


def test_an_action_of_a_deleted_record_is_not_done(desk: Callable[..., House]) -> None:
    house = desk(POOL)
    id_ = lead(house)
    house.delete("lead", id_, NINE)
    house.tick(NINE)

    [row] = rows(house)
    assert (row.state, row.error["code"]) == ("failed", "action.gone")


def test_steps_act_when_they_are_due_and_once(desk: Callable[..., House]) -> None:
    rule = a_rule("late", "priority == 'high'", [{"do": "set", "set": {"score": "1"}}])
    later = {"to": ["owner"], "after": {"hours": 2}, "actions": [{"do": "set", "set": {"score": "2"}}]}
    house = desk(rule | {"notify": [*rule["notify"], later]})
    id_ = lead(house, owner=house.users["dan"].id, priority="high")

    house.tick(NINE)
    assert value_of(house, id_, "score") == 1
    assert house.told() == []
    for _ in range(2):
        house.tick(NINE + 2 * HOUR)

    assert value_of(house, id_, "score") == 2
    assert [(who, step) for who, _, step, _ in house.told()] == [("dan", 1)]


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"do": "set", "set": {"scoer": "1"}}, "field.unknown"),
        ({"do": "set", "set": {"score": "'much'"}}, None),
        ({"do": "set", "set": {"helper": "me"}}, "action.viewer"),
        ({"do": "set"}, "action.missing"),
        ({"do": "set", "set": {"score": "1"}, "form": "task"}, "action.member"),
        ({"do": "create", "form": "taks", "set": {"title": "'x'"}}, "form.unknown"),
        ({"do": "create", "form": "task", "set": {"title": "'x'"}, "via": "doer"}, "field.unknown"),
        ({"do": "assign"}, "action.among"),
        ({"do": "assign", "among": ["role:sdrr"]}, "role.unknown"),
        ({"do": "assign", "among": ["everybody"]}, "action.among"),
        ({"do": "assign", "among": ["role:sdr"], "field": "name"}, "field.unknown"),
        ({"do": "assign", "by": "expression"}, "action.expression"),
        ({"do": "move", "to": "wrked"}, "action.stage"),
        ({"do": "explode"}, None),
    ],
)
def test_what_makes_no_sense_is_said_when_it_is_saved(action: dict[str, Any], code: str | None) -> None:
    faults = [fault for fault in check(load(lead_desk(a_rule("one", "score > 1", [action])))) if fault.level == "error"]
    assert faults
    assert code is None or code in {fault.code for fault in faults}


def test_who_is_away_is_passed_over(desk: Callable[..., House]) -> None:
    house = desk(POOL)
    with house.maker.begin() as session:
        be_away(session, house.users["eve"].id or 0, NINE.date(), NINE.date() + timedelta(days=3), None, NINE)
    ids = [lead(house, str(number)) for number in range(3)]
    house.tick(NINE)
    assert owners(house, *ids) == ["dan", "fay", "dan"]

    later = lead(house, "Later")
    house.tick(NINE + timedelta(days=4))
    assert owners(house, later) != [""]
