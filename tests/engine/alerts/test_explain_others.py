"""Why at a moment, for rules that watch no records: the calendar, figures, key results, OKR pages, people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from engine.alerts.explain import Explained, explain
from engine.errors import NotFound
from tests.engine.alerts.test_missing_people import FRIDAY, check_in, weekly
from tests.support.configs import tiny_app
from tests.support.house import NINE, House

Open = Callable[..., House]
HOUR = timedelta(hours=1)
LATER = NINE + timedelta(days=60)


def why(house: House, rule: str, at: datetime, who: int = 0, by: str = "ada") -> Explained:
    with house.maker() as session:
        return explain(session, house.live(session), rule, who, at, house.users[by], LATER)


def codes(found: Explained) -> list[str]:
    return [line.said.code.removeprefix("why.") for line in found.lines]


def people(found: Explained) -> list[tuple[str, str, str]]:
    return [(one.name, one.via, one.state or one.why_not) for one in found.people]


def test_figure_says_its_values_of_then(open_with: Open) -> None:
    open_deals = {
        "key": "few",
        "label": "Few",
        "figure": {"measure": "open_deals"},
        "when": "value > 1",
        "message": "{value}",
        "notify": [{"to": ["role:manager"]}],
    }
    house = open_with(open_deals)
    account = house.create("account", name="Alpha", region="north")
    for hour in (1, 2, 3):
        house.create("deal", NINE + hour * HOUR, name=f"{hour}", account=account, owner=house.users["alice"].id)
        house.tick(NINE + hour * HOUR)

    before, after = why(house, "few", NINE + 1.5 * HOUR), why(house, "few", NINE + 2.5 * HOUR)
    assert (before.fired, before.holds, codes(before)) == (False, False, ["fails", "looked", "next", "no_alert"])
    assert before.condition is not None
    assert before.condition["children"][0] == {"text": "value", "value": 1, "path": "value"}
    assert people(before) == [("Mona", "role:manager", "not_firing")]
    assert (after.fired, after.holds, codes(after)[:2]) == (True, True, ["holds", "looked"])
    assert people(after) == [("Mona", "role:manager", "sent")]
    assert why(house, "few", NINE + 2.5 * HOUR, by="mona").condition == after.condition
    for who, by in ((0, "alice"), (5, "mona")):
        with pytest.raises(NotFound):
            why(house, "few", NINE + 2.5 * HOUR, who, by)
    earlier = why(house, "few", NINE + 1.5 * HOUR, by="mona")
    assert (earlier.condition, codes(earlier)) == (None, ["closed"])


def test_calendar_names_the_last_and_the_next_time(open_with: Open) -> None:
    monday = {
        "key": "monday",
        "label": "Monday",
        "schedule": {"every": "week", "on": ["monday"], "at": "09:30"},
        "message": "Good morning",
        "notify": [{"to": ["role:rep"]}],
    }
    house = open_with(monday)
    house.tick(NINE)
    house.tick(NINE + timedelta(days=7, minutes=30), due_only=True)

    found = why(house, "monday", NINE + timedelta(days=7, hours=1))
    assert (found.fired, codes(found)[:2]) == (True, ["holds", "calendar"])
    line = found.lines[1].said.facts
    assert (line["last"], line["next"]) == (NINE + timedelta(days=7, minutes=30), NINE + timedelta(days=14, minutes=30))
    assert people(found)[0] == ("Alice", "role:rep", "sent")
    assert why(house, "monday", NINE + timedelta(days=6)).fired is False


def test_okr_page_says_which_release_changed_it(open_with: Open) -> None:
    told = {
        "key": "okr",
        "label": "OKR",
        "okr_changed": "sales",
        "message": "Changed",
        "notify": [{"to": ["role:manager"]}],
    }
    house = open_with(told)
    house.tick(NINE)
    config = {**tiny_app(), "alerts": [told]}
    house.publish({**config, "app": {**config["app"], "label": "Another"}}, NINE + HOUR)
    house.tick(NINE + HOUR)
    config["okrs"][0]["objectives"][0]["label"] = "Another objective"
    house.publish(config, NINE + 2 * HOUR)
    house.tick(NINE + 2 * HOUR)

    found = [why(house, "okr", NINE + hours * HOUR) for hours in (0.5, 1.5, 2.5)]
    assert [one.fired for one in found] == [False, False, True]
    assert [codes(one)[1] for one in found] == ["okr_first", "okr_same", "okr_changed"]
    assert found[2].lines[1].said.facts == {"release": 3, "at": NINE + 2 * HOUR}


def test_missing_check_in_is_explained_person_by_person(open_with: Open) -> None:
    house = open_with(weekly())
    check_in(house, "bob", NINE + timedelta(days=8))
    house.tick(NINE)
    house.tick(FRIDAY, due_only=True)
    alice, bob = house.users["alice"].id, house.users["bob"].id

    told, spared = why(house, "check_in", FRIDAY + HOUR, alice), why(house, "check_in", FRIDAY + HOUR, bob)
    assert (told.fired, codes(told)[:3]) == (True, ["holds", "trigger_yes", "calendar"])
    assert people(told) == [("Alice", "owner", "sent"), ("Mona", "manager", "not_due")]
    assert (spared.fired, codes(spared)) == (False, ["holds", "trigger_no", "calendar", "no_alert"])

    check_in(house, "alice", FRIDAY + 2 * HOUR)
    assert why(house, "check_in", FRIDAY + HOUR, alice).fired is True
    assert codes(why(house, "check_in", FRIDAY + 3 * HOUR, alice))[:2] == ["holds", "trigger_no"]


def test_who_checks_in_is_the_business_of_the_person_and_of_the_manager(open_with: Open) -> None:
    house = open_with(weekly())
    house.tick(NINE)
    alice = house.users["alice"].id

    assert [why(house, "check_in", FRIDAY, alice, by).record_id for by in ("alice", "mona")] == [alice, alice]
    for other in ("bob", "charlie"):
        with pytest.raises(NotFound):
            why(house, "check_in", FRIDAY, alice, other)
