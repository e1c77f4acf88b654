"""Three days without a server, over a weekend on which the clocks are changed: what fell due arrives once, as declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from engine.alerts.rows import Notification
from tests.support.configs import Config
from tests.support.house import House, open_house

BERLIN = ZoneInfo("Europe/Berlin")  # from two to three in the morning of 29 March 2026 there was no time at all
DOWN, UP = datetime(2026, 3, 27, 18, tzinfo=BERLIN), datetime(2026, 3, 30, 18, tzinfo=BERLIN)


def rule(**more: Any) -> Config:
    return {
        "key": "look",
        "label": "Look",
        "form": "visit",
        "message": "{subject}",
        "notify": [{"to": ["owner"]}],
        **more,
    }


@pytest.fixture
def open_with(database_url: str) -> Iterator[Callable[[Config], House]]:
    opened: list[House] = []

    def start(alert: Config) -> House:
        def change(config: Config) -> None:
            config["app"]["time_zone"] = "Europe/Berlin"
            config.update(alerts=[alert])

        opened.append(open_house(database_url, change))
        return opened[-1]

    yield start
    for house in opened:
        house.engine.dispose()


def visit(house: House, subject: str, day: str) -> None:
    account = house.create("account", DOWN - timedelta(days=2), name=f"Account of {subject}", region="north")
    alice = house.users["alice"].id
    house.create("visit", DOWN - timedelta(days=1), subject=subject, account=account, visited_on=day, owner=alice)


def texts(house: House) -> Counter[str]:
    return Counter(text for _, _, _, text in house.told())


def come_back(house: House) -> None:
    """Tick as the last thing before the server went down, then not for three days, then again and again."""
    house.tick(DOWN, due_only=True)
    before = len(house.told())
    assert before == 0
    for minutes in (0, 0, 1, 20):
        house.tick(UP + timedelta(minutes=minutes), due_only=True)


@pytest.mark.parametrize("time", ["09:00", "02:30"])
@pytest.mark.parametrize("catch_up", ["each", "latest", "digest"])
def test_reminders_on_dates_that_passed_meanwhile_arrive_once(
    open_with: Callable[[Config], House], catch_up: str, time: str
) -> None:
    house = open_with(rule(at={"field": "visited_on", "time": time}, catch_up=catch_up))
    for day in (28, 29, 30, 31):
        visit(house, f"On {day}", f"2026-03-{day}")

    come_back(house)

    assert texts(house) == {"On 28": 1, "On 29": 1, "On 30": 1}
    house.tick(UP + timedelta(days=1), due_only=True)
    assert texts(house) == {"On 28": 1, "On 29": 1, "On 30": 1, "On 31": 1}


@pytest.mark.parametrize(("catch_up", "count"), [("each", 3), ("latest", 1), ("digest", 3)])
def test_times_of_the_calendar_that_passed_meanwhile_arrive_as_declared(
    open_with: Callable[[Config], House], catch_up: str, count: int
) -> None:
    schedule = {"every": "day", "at": "09:00", "fires": "each_time"}
    house = open_with(rule(when="subject != ''", schedule=schedule, catch_up=catch_up))
    visit(house, "Every day", "2026-03-31")

    come_back(house)

    assert texts(house) == {"Every day": count}
    with house.maker() as session:
        bundles = session.scalars(select(Notification.bundle_id).where(Notification.rule == "look")).all()
    assert len(set(bundles) - {None}) == (1 if catch_up == "digest" else 0)
    house.tick(datetime(2026, 3, 31, 9, tzinfo=BERLIN), due_only=True)
    assert texts(house)["Every day"] == count + 1


def test_two_who_come_back_at_once_tell_once(open_with: Callable[[Config], House]) -> None:
    house = open_with(rule(at={"field": "visited_on", "time": "09:00"}, catch_up="each"))
    for number in range(20):
        visit(house, f"Visit {number}", "2026-03-29")
    house.tick(DOWN, due_only=True)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: house.tick(UP, due_only=True), range(4)))
    house.tick(UP + timedelta(minutes=10), due_only=True)

    assert texts(house) == {f"Visit {number}": 1 for number in range(20)}
