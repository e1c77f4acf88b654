"""The requirements of alerts, each by its number; docs/reference/alert-requirements.md names the tests of all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from engine.alerts import notifications_of
from engine.config.load import load_folder
from engine.db import create_system_tables, make_engine
from tests.engine.alerts.conftest import rule
from tests.support.configs import tiny_app
from tests.support.house import NINE, House, open_house

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "sample_configs" / "sales_pipeline"
Open = Callable[..., House]


def at(**later: float) -> datetime:
    return NINE + timedelta(**later)


@pytest.fixture
def sales(database_url: str) -> Iterator[House]:
    """The sample with a representative and a manager of the east, and a second server on the same database."""
    engine = make_engine(database_url)
    create_system_tables(engine)
    config = load_folder(SAMPLE).to_dict()
    found = House(engine, "sales_pipeline")
    found.publish(config)
    found.hire("mei", "manager", region="east")
    found.hire("lei", "rep", manager="mei", region="east")
    yield found
    engine.dispose()


def restarted(house: House) -> House:
    """The same app as another process sees it."""
    other = House(make_engine(house.engine.url), house.app_key)
    other.users = house.users
    return other


def tick_after_restart(house: House, now: datetime) -> None:
    other = restarted(house)
    other.tick(now)
    other.engine.dispose()


def told(house: House, key: str) -> list[str]:
    with house.maker() as session:
        return [sign_in for one, sign_in in notifications_of(session, house.app_key) if one.rule == key]


def two_workers(house: House, now: datetime) -> None:
    """Two processes tick at once, each twice."""
    ready = Barrier(2)

    def work(one: House) -> None:
        ready.wait(10)
        one.tick(now)
        one.tick(now)
        one.engine.dispose()

    workers = [Thread(target=work, args=(restarted(house),)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)


def test_al_02_key_customer_fires_at_day_90_once_to_owner_and_manager(sales: House) -> None:
    lei = sales.users["lei"].id
    one = sales.create(
        "customer", code="C-9001", name="Alpha", tier="key", region="east", owner=lei, acquired_on="2026-03-02"
    )
    sales.tick(at(days=89, hours=14))
    assert told(sales, "key_customer_untouched") == []

    two_workers(sales, at(days=90))
    tick_after_restart(sales, at(days=91))
    assert told(sales, "key_customer_untouched") == ["lei", "mei"]

    day = (NINE + timedelta(days=92)).date().isoformat()
    sales.create("visit", at(days=92), customer=one, visited_on=day, kind="on_site", subject="A visit", owner=lei)
    sales.tick(at(days=92))
    assert [state[2:] for state in sales.alerts() if state[0] == "key_customer_untouched"] == [("resolved", 1)]
    two_workers(sales, at(days=182))

    assert told(sales, "key_customer_untouched") == ["lei", "mei", "lei", "mei"]


def test_al_03_lead_of_nine_is_called_for_at_seventeen_once_and_by_the_manager_at_48_hours(sales: House) -> None:
    one = sales.create(
        "lead",
        company="Alpha",
        email="a@example.com",
        source="marketing",
        received_at=NINE,
        owner=sales.users["lei"].id,
    )
    sales.tick(at(hours=7, minutes=59), due_only=True)
    assert told(sales, "lead_not_followed_up") == []

    sales.tick(at(hours=8), due_only=True)
    assert told(sales, "lead_not_followed_up") == ["lei"]
    for hours in (8, 9, 24, 47.9):
        tick_after_restart(sales, at(hours=hours))
    assert told(sales, "lead_not_followed_up") == ["lei"]

    two_workers(sales, at(hours=48))
    assert told(sales, "lead_not_followed_up") == ["lei", "mei"]
    sales.update("lead", one, at(hours=49), first_followup_at=at(hours=49))
    sales.tick(at(hours=72))

    assert [state[2:] for state in sales.alerts() if state[0] == "lead_not_followed_up"] == [("resolved", 1)]


def test_al_04_key_result_that_is_yellow_twice_is_escalated(database_url: str) -> None:
    watched = {
        "key": "yellow_twice",
        "label": "Yellow twice",
        "figure": {"okr": "sales", "key_result": "revenue", "ago": {"weeks": 1}},
        "when": "health in ['yellow', 'red'] and health_before in ['yellow', 'red']",
        "message": "{value} of {target}, {health}",
        "notify": [{"to": ["role:manager"]}, {"to": ["role:admin"], "after": {"working_days": 1}}],
    }
    house = open_house(database_url, lambda config: config.update(alerts=[watched]))
    account = house.create("account", name="Alpha", region="north")
    house.create("deal", name="Pump", account=account, amount=1000, owner=house.users["alice"].id)

    house.tick(at(days=3))
    house.tick(at(days=20))
    house.tick(at(days=21))
    house.tick(at(days=22))
    found = [(who, via) for who, via, _, _ in house.told()]
    house.engine.dispose()

    assert found == [("mona", "role:manager"), ("ada", "role:admin")]


def test_al_05_figure_below_sixty_percent_is_told(database_url: str) -> None:
    share = {"of": "deal", "agg": "avg", "value": "discount", "window": "all"}
    low = {
        "key": "relevance",
        "label": "Relevance",
        "figure": {"measure": "relevance"},
        "when": "value < 60",
        "message": "{value}",
        "notify": [{"to": ["role:manager"]}],
    }

    def change(config: dict[str, object]) -> None:
        config["app"]["measures"]["relevance"] = share  # type: ignore[index]
        config["alerts"] = [low]

    house = open_house(database_url, change)
    account = house.create("account", name="Alpha", region="north")
    one = house.create("deal", name="Pump", account=account, discount=60, owner=house.users["alice"].id)
    house.tick(at(hours=1))
    assert house.told() == []

    house.update("deal", one, at(hours=2), discount=59)
    house.tick(at(hours=3))
    found = house.told()
    house.engine.dispose()

    assert [text for *_, text in found] == ["59"]


def test_al_06_check_in_missing_this_week_skips_who_checked_in(open_with: Open) -> None:
    missing = {"form": "visit", "via": "account", "date": "visited_on", "in": "week"}
    weekly = {"every": "week", "on": ["friday"], "at": "16:00"}
    plain = {key: one for key, one in rule(form="account", message="{name}").items() if key != "when"}
    house = open_with({**plain, "missing": missing, "schedule": weekly})
    owner = house.users["alice"].id
    ids = [house.create("account", at(days=-30), name=name, region="north", owner=owner) for name in ("Here", "Gone")]
    house.create("visit", at(days=2), subject="Check-in", account=ids[0], visited_on="2026-03-04")

    house.tick(at(days=4, hours=6, minutes=59), due_only=True)
    assert house.told() == []
    house.tick(at(days=4, hours=7), due_only=True)
    house.tick(at(days=4, hours=8), due_only=True)

    assert [text for *_, text in house.told()] == ["Gone"]


def test_al_10_figure_is_told_at_a_time_of_the_month(database_url: str) -> None:
    monthly = {
        "key": "open_deals_monthly",
        "label": "Open deals",
        "figure": {"measure": "open_deals"},
        "schedule": {"every": "month", "on": ["first_working_day"], "at": "09:00"},
        "when": "value > 0",
        "message": "{value} on {today}",
        "notify": [{"to": ["role:manager"]}],
    }
    house = open_house(database_url, lambda config: config.update(alerts=[monthly]))
    account = house.create("account", name="Alpha", region="north")
    house.create("deal", name="Pump", account=account, owner=house.users["alice"].id)
    for day in range(1, 91):
        house.tick(at(days=day), due_only=True)
    found = [text for *_, text in house.told()]
    house.engine.dispose()

    # Holidays in China: 1 to 5 May 2026, and 4 to 6 April; 1 April is a Wednesday.
    assert found == ["1 on 2026-04-01", "1 on 2026-05-06"]


def test_al_11_several_steps_by_the_clock_of_working_hours(open_with: Open) -> None:
    steps = [
        {"to": ["owner"]},
        {"to": ["manager"], "after": {"working_hours": 8}},
        {"to": ["role:admin"], "after": {"working_days": 2}},
    ]
    house = open_with(rule(when="urgent", message="{name}", notify=steps))
    account = house.create("account", name="Alpha", region="north")
    friday = at(days=4, hours=8)  # 17:00
    house.create("deal", friday, name="Pump", account=account, owner=house.users["alice"].id, urgent=True)

    seen = []
    for hours in (0, 70.9, 71.1, 95.9, 96.1):  # Monday 16:00 is 8 working hours later, Tuesday 17:00 two working days
        house.tick(friday + timedelta(hours=hours))
        seen.append(len(house.told()))

    assert seen == [1, 1, 2, 2, 3]


def test_catch_up_over_a_weekend_and_a_jump_of_the_clock(database_url: str) -> None:
    daily = {
        "key": "stand_up",
        "label": "Stand-up",
        "schedule": {"every": "day", "at": "02:30"},
        "message": "{now}",
        "notify": [{"to": ["role:manager"]}],
    }
    for policy, wanted in {
        "each": ["2026-03-28 02:30", "2026-03-29 03:00", "2026-03-30 02:30"],
        "latest": ["2026-03-30 02:30"],
    }.items():
        config = {**tiny_app(), "alerts": [{**daily, "catch_up": policy}]}
        config["app"] = {**config["app"], "time_zone": "Europe/Berlin", "calendar": "DE", "key": policy}
        engine = make_engine(database_url)
        create_system_tables(engine)
        house = House(engine, policy)
        house.publish(config)
        if not house_has(house, "mona"):
            house.hire("mona", "manager")
        house.tick(datetime(2026, 3, 27, 12, tzinfo=UTC))

        house.tick(datetime(2026, 3, 30, 12, tzinfo=UTC))
        house.tick(datetime(2026, 3, 30, 13, tzinfo=UTC))

        with house.maker() as session:
            assert [one.text for one, _ in notifications_of(session, policy)] == wanted
        engine.dispose()


def house_has(house: House, sign_in: str) -> bool:
    from engine import people

    with house.maker.begin() as session:
        person = people.person_named(session, sign_in)
        if person is not None:
            people.grant(session, person, house.app_key, "manager")
        return person is not None


def test_every_requirement_names_tests_that_exist() -> None:
    table = (ROOT / "docs" / "reference" / "alert-requirements.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    wanted = {f"AL-{number:02}" for number in range(1, 16)} | {"PL-11", "HA-07"}

    assert set(re.findall(r"^\| ((?:AL|PL|HA)-\d+)", table, re.MULTILINE)) == wanted
    assert [name for name in re.findall(r"`(test_\w+)`", table) if f"def {name}(" not in sources] == []
