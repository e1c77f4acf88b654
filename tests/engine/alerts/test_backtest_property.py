"""Rules made by chance over days full of changes: what a backtest says is what was lived, tick by tick."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.engine.alerts.test_backtest import desk as desk  # noqa: PLC0414 - a fixture
from tests.engine.alerts.test_backtest import live_through, lived, told, tried_out
from tests.support.house import House
from tests.support.lead_desk import Rule

CONDITIONS = (
    "score > {n}", "score < {n}", "is_empty(score)", "accepted", "not accepted and score >= {n}", "is_filled(owner)",
    "follow_up_on < today", "follow_up_on <= add_days(today, {d})", "days_between(follow_up_on, today) >= {d}",
    "hours_between(created_at, now) >= {h}", "minutes_between(updated_at, now) > {m}", "stage == 'fresh'",
    "days_in_stage >= {d}", "owner.region == 'south'", "is_workday(today)", "weekday(today) == {w}",
)  # fmt: skip
TRIGGERS: tuple[Callable[[random.Random], dict[str, Any]], ...] = (
    lambda dice: {"at": {"field": "follow_up_on", dice.choice(["after", "before"]): {"hours": dice.randint(1, 40)}}},
    lambda dice: {"at": {"field": "created_at", "after": {"working_hours": dice.randint(1, 9)}}},
    lambda dice: {"at": {"field": "follow_up_on", "time": "09:30", "keep": {"hours": dice.randint(2, 30)}}},
    lambda dice: {"in_stage": {"stages": ["fresh"], "longer_than": {dice.choice(["hours", "working_hours"]): 7}}},
    lambda dice: {"created": True},
    lambda dice: {"changed": {"field": dice.choice([["score"], ["score", "accepted"], ["follow_up_on"]])}},
    lambda dice: {"schedule": {"every": "day", "at": dice.choice(["00:00", "09:30", "23:59"])}},
    lambda dice: {"schedule": {"every": "day", "at": "12:00", "fires": "once"}},
)


def made(dice: random.Random, seed: int, number: int) -> Rule:
    """A rule made by chance."""
    facts = {"n": dice.randint(10, 90), "d": dice.randint(0, 2), "h": dice.randint(1, 50), "m": dice.randint(5, 400)}
    texts = [one.format(**facts, w=dice.randint(1, 7)) for one in dice.sample(CONDITIONS, dice.choice([1, 1, 2]))]
    more: dict[str, Any] = dice.choice([{}, {"for": {"minutes": dice.choice([20, 90, 600])}}])
    if dice.random() < 0.3:
        more = dict(dice.choice(TRIGGERS)(dice).items())
    elif dice.random() < 0.4:
        more = {**more, "until": dice.choice(CONDITIONS).format(**facts, w=dice.randint(1, 7))}
    if not {"created", "changed", "schedule"} & set(more):
        # Without a look at each change, one in the midst of a hold time is seen in life alone.
        more |= dice.choice([{}, {} if "for" in more else {"on_change": False}]) | {
            "every": {"minutes": dice.choice([15, 60, 240, 1440])}
        }
    return told(f"rule_{seed}_{number}", dice.choice([" and ", " or "]).join(texts), **more)


def rules_of(seed: int) -> list[Rule]:
    dice = random.Random(seed)
    return [made(dice, seed, number) for number in range(12)]


def test_a_backtest_says_what_ticks_did(desk: Callable[..., House]) -> None:
    rules = [*rules_of(1), *rules_of(2)]
    house = desk(*rules)
    live_through(house, 2)

    for rule in rules:
        found = tried_out(house, rule["key"], 2)
        said = sorted((row["record"], row["fired_at"]) for row in found["tried"]["episodes"])
        assert said == lived(house, rule["key"]), rule
