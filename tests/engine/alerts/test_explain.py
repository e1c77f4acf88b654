"""Why at a moment: the values of then, the alert as it stood, who was named and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.alerts import acknowledge
from engine.alerts.explain import Explained, explain
from engine.alerts.hushes import silence
from engine.alerts.inbox import may_see
from engine.alerts.rows import Alert
from engine.alerts.wishes import Wishes, keep_wishes
from engine.db import create_system_tables, make_engine
from engine.errors import NotFound
from tests.support.house import NINE, House
from tests.support.lead_desk import Rule, lead_desk

HOUR = timedelta(hours=1)
RULE: Rule = {
    "key": "hot",
    "label": "Hot",
    "form": "lead",
    "when": "score > 50 and days_since(created_at) >= 0",
    "for": {"hours": 2},
    "message": "{name}",
    "notify": [{"to": ["owner"]}, {"to": ["role:head"], "after": {"hours": 8}}],
}


@pytest.fixture
def desk(database_url: str) -> Iterator[Callable[..., House]]:
    opened: list[House] = []

    def start(*rules: Rule, hidden: str = "amount") -> House:
        engine = make_engine(database_url)
        create_system_tables(engine)
        house = House(engine, "desk")
        config = lead_desk(*rules)
        rights = {
            "roles": ["sdr"],
            "actions": ["read", "update"],
            "records": "owner == me",
            "fields": {hidden: "hidden"},
        }
        config["forms"][0]["permissions"] = [rights, {"roles": ["head"], "actions": ["read", "configure"]}]
        house.publish(config, NINE - HOUR)
        house.hire("ada", "admin", is_admin=True)
        house.hire("hal", "head")
        for name in ("dan", "eve"):
            house.hire(name, "sdr")
        opened.append(house)
        return house

    yield start
    for house in opened:
        house.engine.dispose()


def why(house: House, id_: int, at: datetime, by: str = "ada", rule: str = "hot") -> Explained:
    with house.maker() as session:
        return explain(session, house.live(session), rule, id_, at, house.users[by], NINE + 99 * HOUR)


def codes(found: Explained) -> list[str]:
    return [line.said.code.removeprefix("why.") for line in found.lines]


def live_through(house: House) -> int:
    """A lead with 70 at nine, told at eleven, the head at seven in the evening, 10 at eight."""
    id_ = house.create("lead", NINE, name="Lin", score=70, owner=house.users["dan"].id)
    for hour in (0, 1, 2, 3, 10):
        house.tick(NINE + hour * HOUR)
    house.update("lead", id_, NINE + 11 * HOUR, score=10)
    house.tick(NINE + 11 * HOUR)
    return id_


def values(tree: Any) -> dict[str, Any]:
    found = {tree["text"]: tree["value"]}
    for child in tree.get("children", ()):
        found |= values(child)
    return found


def test_before_during_and_after(desk: Callable[..., House]) -> None:
    house = desk(RULE)
    id_ = live_through(house)

    before, waiting, told, later, after = (why(house, id_, NINE + h * HOUR) for h in (-0.5, 1.5, 4, 10.5, 12))

    assert codes(before) == ["no_record", "on_change", "next", "no_alert"]
    assert (waiting.fired, waiting.holds, "must_hold" in codes(waiting)) == (False, True, True)
    assert [(one.name, one.why_not) for one in waiting.people] == [("Dan", "pending"), ("Hal", "pending")]
    assert (told.fired, told.holds) == (True, True)
    assert [(one.name, one.channel, one.state, one.why_not) for one in told.people] == [
        ("Dan", "inbox", "sent", ""),
        ("Hal", "", "", "not_due"),
    ]
    assert [(one.name, one.via, one.channel) for one in later.people] == [
        ("Dan", "owner", "inbox"),
        ("Hal", "role:head", "inbox"),
    ]
    assert (after.fired, after.holds) == (False, False)


def test_values_are_those_of_then(desk: Callable[..., House]) -> None:
    house = desk(RULE)
    id_ = live_through(house)
    assert values(why(house, id_, NINE + 3 * HOUR).condition)["score"] == 70
    assert values(why(house, id_, NINE + 12 * HOUR).condition)["score"] == 10
    assert values(why(house, id_, NINE + 12 * HOUR).evidence)["score"] == 70


def test_a_rule_that_was_not_there_yet_and_one_that_was_changed(desk: Callable[..., House]) -> None:
    house = desk()
    id_ = house.create("lead", NINE, name="Lin", score=70)
    house.publish(_with_rights(lead_desk(RULE)), NINE + 5 * HOUR)
    house.publish(_with_rights(lead_desk({**RULE, "when": "score > 90"})), NINE + 20 * HOUR)

    assert codes(why(house, id_, NINE + HOUR)) == ["no_rule"]
    assert why(house, id_, NINE + 6 * HOUR).holds is True
    assert why(house, id_, NINE + 21 * HOUR).holds is False


def _with_rights(config: Any) -> Any:
    config["forms"][0]["permissions"] = [{"roles": ["sdr"], "actions": ["read"], "records": "owner == me"}]
    return config


def test_silences_and_rules_that_speak_for_others_are_named(desk: Callable[..., House]) -> None:
    loud = {**RULE, "key": "loud", "when": "score > 60", "for": {"minutes": 1}}
    house = desk({**RULE, "muted_by": ["loud"]}, loud)
    id_ = house.create("lead", NINE, name="Lin", score=70, owner=house.users["dan"].id)
    with house.maker.begin() as session:
        live = house.live(session)
        silence(session, live, house.users["ada"], NINE, NINE + 5 * HOUR, rule="hot", own=False)
    for minutes in (0, 1, 121):
        house.tick(NINE + timedelta(minutes=minutes))

    found = why(house, id_, NINE + 3 * HOUR)
    assert {"silence", "muted"} <= set(codes(found))
    assert "silence" not in codes(why(house, id_, NINE + 6 * HOUR))


def test_quiet_hours_steps_and_who_took_note_are_named(desk: Callable[..., House]) -> None:
    steps = [{"to": ["owner"]}, {"to": ["role:head"], "after": {"working_hours": 8}}]
    house = desk({**RULE, "for": {"minutes": 1}, "notify": steps})
    dan = house.users["dan"]
    with house.maker.begin() as session:
        keep_wishes(session, dan.id or 0, Wishes(quiet_from="08:00", quiet_to="12:00"))
    id_ = house.create("lead", NINE, name="Lin", score=70, owner=dan.id)
    for minutes in (1, 180, 181):
        house.tick(NINE + timedelta(minutes=minutes))

    found = why(house, id_, NINE + 4 * HOUR)
    waited = next(line.said.facts for line in found.lines if line.said.code == "why.waited_quiet_hours")
    assert (waited["person"], waited["at"]) == ("Dan", NINE + 3 * HOUR)
    assert [one.why_not for one in found.people] == ["", "not_due"]
    assert {"step_due", "step_later"} <= set(codes(found))
    with house.maker.begin() as session:
        acknowledge(session, session.scalars(select(Alert.id)).one(), house.users["ada"], NINE + 5 * HOUR)

    noted = why(house, id_, NINE + 30 * HOUR)
    assert "step_stopped" in codes(noted)
    assert [one.why_not for one in noted.people] == ["", "acknowledged"]


def test_strangers_learn_nothing_and_hidden_fields_stay_hidden(desk: Callable[..., House]) -> None:
    house = desk({**RULE, "when": "score > 50 and amount > 5"})
    id_ = house.create("lead", NINE, name="Lin", score=70, amount="9", owner=house.users["dan"].id)
    for hour in (0, 2):
        house.tick(NINE + hour * HOUR)

    with pytest.raises(NotFound):
        why(house, id_, NINE + 3 * HOUR, by="eve")
    found = why(house, id_, NINE + 3 * HOUR, by="dan")
    assert (found.hidden, found.condition, found.evidence, found.holds) == (True, None, None, None)
    assert "no_part" in codes(found)
    assert not {"holds", "fails"} & set(codes(found))
    assert why(house, id_, NINE + 3 * HOUR, by="hal").condition is not None


def test_whoever_was_not_told_learns_nothing_of_a_rule_on_hidden_fields(desk: Callable[..., House]) -> None:
    house = desk({**RULE, "when": "amount > 5", "notify": [{"to": ["role:head"]}], "for": {"minutes": 1}})
    rich, poor = (house.create("lead", NINE, name="Lin", amount=a, owner=house.users["dan"].id) for a in ("9", "1"))
    for minutes in (1, 2):
        house.tick(NINE + timedelta(minutes=minutes))

    for id_ in (rich, poor):
        for hours in (-1, 0, 3):
            found = why(house, id_, NINE + hours * HOUR, by="dan")
            assert (codes(found), found.fired, found.people, found.events) == (["closed"], None, (), ())
    assert why(house, rich, NINE + 3 * HOUR, by="hal").fired is True
    with house.maker() as session:
        alert = session.scalars(select(Alert)).one()
        assert may_see(session, alert, house.users["hal"], NINE + 3 * HOUR)
        assert not may_see(session, alert, house.users["dan"], NINE + 3 * HOUR)


def test_people_named_by_a_hidden_field_are_not_listed(desk: Callable[..., House]) -> None:
    house = desk({**RULE, "for": {"minutes": 1}, "notify": [{"to": ["owner", "field:helper"]}]}, hidden="helper")
    hal, dan = house.users["hal"], house.users["dan"]
    id_ = house.create("lead", NINE, name="Lin", score=70, owner=dan.id, helper=hal.id)
    for minutes in (1, 2):
        house.tick(NINE + timedelta(minutes=minutes))

    assert [one.name for one in why(house, id_, NINE + HOUR, by="dan").people] == ["Dan"]
    assert [one.name for one in why(house, id_, NINE + HOUR, by="ada").people] == ["Dan", "Hal"]


def test_a_rule_with_a_trigger_says_whether_it_was_time(desk: Callable[..., House]) -> None:
    rule = {**RULE, "when": "not accepted", "at": {"field": "follow_up_on", "after": {"hours": 10}}}
    house = desk({name: value for name, value in rule.items() if name != "for"})
    id_ = house.create("lead", NINE, name="Lin", accepted=False, follow_up_on="2026-03-03")

    assert "trigger_no" in codes(why(house, id_, NINE + HOUR))
    assert "trigger_yes" in codes(why(house, id_, NINE + 26 * HOUR))
