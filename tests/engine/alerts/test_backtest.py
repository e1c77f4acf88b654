"""Backtests: what the past says a rule would have done is what it did when the past was lived through."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import alerts
from engine.alerts.backtest.task import LIVE, TRIED, start_backtest
from engine.alerts.rows import Alert, AlertEvent, Notification, RuleSchedule
from engine.db import create_system_tables, make_engine
from engine.errors import ConfigError, EngineError, Refused
from engine.jobs import Job, run_all
from tests.support.house import NINE, House, open_house
from tests.support.lead_desk import Rule, lead_desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told(key: str, when: str, **more: Any) -> Rule:
    rule = {"key": key, "label": key, "form": "lead", "when": when, "message": "{name}", "notify": [{"to": ["owner"]}]}
    return {**rule, **more}


RULES = [
    told("plain", "score > 50"),
    told("held", "score > 50", **{"for": {"hours": 6}}),
    told("until", "score > 60", until="score < 30"),
    told("held_until", "score > 60", until="score < 30", **{"for": {"hours": 5}}),
    told("by_date", "follow_up_on < today and not accepted"),
    told("by_hour", "hours_between(created_at, now) >= 30 and score > 40"),
    told("standing", "stage == 'fresh' and days_in_stage >= 2"),
    told("clockwork", "score > 50", on_change=False, every={"hours": 4}),
    told("dotted", "owner.region == 'south' and score > 30"),
    told("in_time", "not accepted", at={"field": "follow_up_on", "after": {"hours": 10}}),
    told("came", "score > 40", created=True),
    told("turned", "score > 10", changed={"field": ["score", "accepted"]}),
    told("too_long", "score > 20", in_stage={"stages": ["fresh"], "longer_than": {"hours": 30}}),
]


@pytest.fixture
def desk(database_url: str) -> Iterator[Callable[..., House]]:
    opened: list[House] = []

    def start(*rules: Rule) -> House:
        engine = make_engine(database_url)
        create_system_tables(engine)
        house = House(engine, "desk")
        house.publish(lead_desk(*rules), NINE - DAY)
        house.hire("ada", "admin", is_admin=True)
        house.hire("dan", "sdr", region="north")
        house.hire("eve", "sdr", region="south")
        opened.append(house)
        return house

    yield start
    for house in opened:
        house.engine.dispose()


def live_through(house: House, days: int) -> None:
    """Days full of changes, the same ones every time; whatever is due between them is done at its moment."""
    dice, ids = random.Random(4), list[int]()
    house.tick(NINE)
    for hour in range(24 * days):
        for minute in sorted(dice.sample(range(1, 59), dice.choice([0, 0, 1, 3]))):
            now = NINE + hour * HOUR + timedelta(minutes=minute)
            let_pass(house, now)
            change(house, dice, ids, now)
    let_pass(house, NINE + days * DAY - timedelta(minutes=1))


def let_pass(house: House, now: datetime) -> None:
    """Tick at every moment at which something is due, up to this one."""
    while (due := next_moment(house)) <= now:
        house.tick(due, due_only=True)


def next_moment(house: House) -> datetime:
    with house.maker() as session:
        rule = session.scalar(select(func.min(RuleSchedule.due_at)))
        alert = session.scalar(select(func.min(Alert.wake_at)).where(Alert.state == "pending"))
    return min(one for one in (rule, alert) if one is not None)


def change(house: House, dice: random.Random, ids: list[int], now: Any) -> None:
    day = str((now + dice.randint(-2, 3) * DAY).date())
    values: dict[str, Any] = dice.choice(
        [{"score": dice.randint(0, 100)}, {"score": dice.randint(0, 100)}, {"follow_up_on": day}, {"accepted": True}]
    )
    kind = dice.random()
    if len(ids) < 3 or kind < 0.15:
        owner = house.users[dice.choice(["dan", "eve"])].id
        ids.append(house.create("lead", now, name=f"Lead {len(ids)}", owner=owner, **{"accepted": False, **values}))
    elif kind < 0.2:
        house.delete("lead", ids.pop(dice.randrange(len(ids))), now)
    elif kind < 0.3:
        house.move("lead", ids.pop(dice.randrange(len(ids))), "lost", now)
    else:
        house.update("lead", dice.choice(ids), now, **values)


def lived(house: House, rule: str) -> list[tuple[int, str]]:
    """When each alert of a rule fired, in life."""
    with house.maker() as session:
        query = select(Alert.record_id).join(AlertEvent, AlertEvent.alert_id == Alert.id)
        fired = query.where(Alert.rule == rule, AlertEvent.after == "firing").order_by(AlertEvent.number)
        first = {
            (id_, n): at
            for id_, n, at in reversed(session.execute(fired.add_columns(AlertEvent.episode, AlertEvent.at)).all())
        }
        return sorted((id_, at.isoformat()) for (id_, _), at in first.items())


def tried_out(house: House, rule: str, days: int, **more: Any) -> dict[str, Any]:
    """What the backtest says, from the day before the first record on."""
    end = NINE + days * DAY - timedelta(minutes=1)
    with house.maker.begin() as session:
        id_ = start_backtest(session, house.live(session), rule, days, house.users["ada"], end, **more).id
    run_all(house.maker, end)
    with house.maker() as session:
        job = session.get_one(Job, id_)
        assert job.state == "done", job.error
        assert job.done == job.total
        return dict(job.result)


def test_the_past_says_what_was_lived(desk: Callable[..., House]) -> None:
    house = desk(*RULES)
    live_through(house, 3)

    for rule in RULES:
        in_life = lived(house, rule["key"])
        assert in_life, f"{rule['key']} never fired: the test says nothing about it"
        found = tried_out(house, rule["key"], 3)[TRIED]
        assert sorted((one["record"], one["fired_at"]) for one in found["episodes"]) == in_life, rule["key"]
        assert found["fires"] == len(in_life)
        assert sum(count for _, count in found["days"]) == len(in_life)
        assert sum(count for _, count in found["lengths"]) == len(in_life)


def test_a_draft_stands_beside_the_live_rule(desk: Callable[..., House]) -> None:
    house = desk(told("plain", "score > 50"))
    live_through(house, 3)

    found = tried_out(house, "", 3, draft=json.dumps(told("plain", "score > 90")))

    assert 0 < found[TRIED]["fires"] < found[LIVE]["fires"]
    assert found[LIVE]["fires"] == len(lived(house, "plain"))
    with house.maker() as session:
        people = Counter(session.scalars(select(Notification.person_id)))
    assert dict(found[LIVE]["people"]) == people


def test_what_fired_before_is_carried_and_not_counted(desk: Callable[..., House]) -> None:
    house = desk(told("plain", "score > 50"))
    house.create("lead", NINE, name="Old", score=70)
    house.create("lead", NINE + 2 * DAY, name="New", score=70)
    end = NINE + 3 * DAY
    with house.maker.begin() as session:
        job = start_backtest(session, house.live(session), "plain", 2, house.users["ada"], end).id
    run_all(house.maker, end)
    with house.maker() as session:
        found = session.get_one(Job, job).result[TRIED]

    assert (found["fires"], found["carried"], found["open_at_end"]) == (1, 1, 2)


def test_only_who_configures_may_ask(desk: Callable[..., House]) -> None:
    house = desk(told("plain", "score > 50"))
    with house.maker() as session, pytest.raises(Refused):
        start_backtest(session, house.live(session), "plain", 9, house.users["dan"], NINE)


@pytest.mark.parametrize("draft", ["{", "[]", '{"label": "x"}', "[" * 9999])
def test_a_draft_that_is_no_rule_is_refused(desk: Callable[..., House], draft: str) -> None:
    house = desk(told("plain", "score > 50"))
    with house.maker() as session, pytest.raises(EngineError):
        start_backtest(session, house.live(session), "", 9, house.users["ada"], NINE, draft=draft)


def test_a_draft_with_faults_says_all_of_them(desk: Callable[..., House]) -> None:
    house = desk(told("plain", "score > 50"))
    text = json.dumps(told("plain", "scoer > 50", notify=[{"to": ["role:nobody"]}]))
    with house.maker() as session, pytest.raises(ConfigError) as refused:
        start_backtest(session, house.live(session), "", 9, house.users["ada"], NINE, draft=text)
    assert len([fault for fault in refused.value.faults if fault.level == "error"]) == 2


WEEK: Rule = {
    "key": "week",
    "label": "Week",
    "schedule": {"every": "week", "on": ["monday"], "at": "09:00"},
    "message": "Plan it.",
    "notify": [{"to": ["person:ada"]}],
}


def tried(house: House, rule: str, days: int, end: datetime) -> dict[str, Any]:
    with house.maker.begin() as session:
        job_id = start_backtest(session, house.live(session), rule, days, house.users["ada"], end).id
    run_all(house.maker, end)
    with house.maker() as session:
        job = session.get_one(Job, job_id)
        assert job.state == "done", job.error
        found: dict[str, Any] = job.result["tried"]
        return found


def test_times_of_the_calendar_are_counted_on_the_past(desk: Callable[..., House]) -> None:
    house = desk(WEEK)

    found = tried(house, "week", 16, NINE + 15 * DAY + HOUR)

    assert [one["fired_at"][:10] for one in found["episodes"]] == ["2026-03-02", "2026-03-09", "2026-03-16"]
    assert found["people"] == [[house.users["ada"].id, 3]]


def test_a_figure_is_asked_as_it_was(desk: Callable[..., House]) -> None:
    measure = {"label": "Hot", "of": "lead", "agg": "count", "where": "score > 50", "window": "all"}
    rule = {k: v for k, v in WEEK.items() if k != "schedule"}
    many = {**rule, "key": "many", "figure": {"measure": "hot"}, "when": "value >= 2", "until": "value < 1"}
    house = desk()
    config = lead_desk(many)
    config["app"]["measures"] = {"hot": measure}
    house.publish(config, NINE - DAY)
    ids = [house.create("lead", NINE + n * HOUR, name=f"Lin {n}", score=70) for n in range(2)]
    house.update("lead", ids[0], NINE + 30 * HOUR, score=10)
    house.update("lead", ids[1], NINE + 50 * HOUR, score=10)

    found = tried(house, "many", 4, NINE + 3 * DAY)

    moments = [(one["fired_at"], one["ended_at"]) for one in found["episodes"]]
    assert moments == [((NINE + HOUR).isoformat(), (NINE + 50 * HOUR).isoformat())]


def test_a_rule_that_fires_at_a_release_cannot_be_tried_on_the_past(database_url: str) -> None:
    rule = {k: v for k, v in WEEK.items() if k != "schedule"} | {"key": "new_plan", "okr_changed": "sales"}
    house = open_house(database_url, lambda config: config.update(alerts=[rule]))
    try:
        with house.maker() as session, pytest.raises(EngineError) as refused:
            start_backtest(session, house.live(session), "new_plan", 9, house.users["ada"], NINE)
    finally:
        house.engine.dispose()
    assert refused.value.faults[0].code == "backtest.kind"


def test_who_would_be_told_now_writes_nothing(desk: Callable[..., House]) -> None:
    house = desk(told("plain", "score > 50"))
    id_ = house.create("lead", NINE, name="Lin", score=40, owner=house.users["dan"].id)
    with house.maker() as session:
        live = house.live(session)
        from engine.alerts.backtest.draft import draft_rule

        app, rule = draft_rule(session, live, json.dumps(told("plain", "score > 30")))
        found = alerts.dry_run(session, app, rule, house.users["ada"], NINE)
        assert session.scalars(select(Alert)).all() == []

    assert (found.count, found.records) == (1, (id_,))
    stranger = house.hire("zoe")
    with house.maker() as session:
        dull = alerts.dry_run(session, house.live(session), rule, stranger, NINE)
    assert [one.text for one in dull.messages] == ["—"]
    [message] = found.messages
    assert (message.person.sign_in, message.via, message.text) == ("dan", "owner", "Lin")
