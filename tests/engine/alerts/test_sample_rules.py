"""The rules of the sample: a lead that waits (AL-03) and a key customer whom nobody visits (AL-02)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.config.load import load_folder
from engine.db import create_system_tables, make_engine
from tests.support.house import House

SAMPLE = Path(__file__).parents[3] / "sample_configs" / "sales_pipeline"
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)  # 09:00 in Shanghai


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """The sample app with a representative and a manager of the east."""
    engine = make_engine(database_url)
    create_system_tables(engine)
    config = load_folder(SAMPLE).to_dict()
    found = House(engine, str(config["app"]["key"]))  # type: ignore[index]
    found.publish(config)
    found.hire("mei", "manager", region="east")
    found.hire("lei", "rep", manager="mei", region="east")
    yield found
    engine.dispose()


def told(house: House, rule: str) -> list[str]:
    with house.maker() as session:
        from engine.alerts import notifications_of

        return [sign_in for one, sign_in in notifications_of(session, house.app_key) if one.rule == rule]


def test_lead_is_called_for_after_eight_hours_and_escalated_after_two_days(house: House) -> None:
    lei = house.users["lei"].id
    lead = house.create(
        "lead", NINE, company="Huaxing", email="a@example.com", source="marketing", received_at=NINE, owner=lei
    )
    seen = {}
    for name, moment in {
        "16:59": NINE + timedelta(hours=7, minutes=59),
        "17:00": NINE + timedelta(hours=8),
        "20:00": NINE + timedelta(hours=11),
        "47:59": NINE + timedelta(hours=47, minutes=59),
        "48:00": NINE + timedelta(hours=48),
        "100:00": NINE + timedelta(hours=100),
    }.items():
        house.tick(moment)
        house.tick(moment, due_only=True)
        seen[name] = told(house, "lead_not_followed_up")

    assert seen == {
        "16:59": [],
        "17:00": ["lei"],
        "20:00": ["lei"],
        "47:59": ["lei"],
        "48:00": ["lei", "mei"],
        "100:00": ["lei", "mei"],
    }
    house.update("lead", lead, NINE + timedelta(hours=101), first_followup_at=NINE + timedelta(hours=101))
    assert [one[2] for one in house.alerts() if one[0] == "lead_not_followed_up"] == ["resolved"]


def test_key_customer_is_missed_on_day_ninety_and_a_visit_clears_and_rearms(house: House) -> None:
    lei = house.users["lei"].id
    facts = {"name": "Huaxing", "tier": "key", "region": "east", "acquired_on": "2026-01-01", "owner": lei}
    customer = house.create("customer", NINE, **facts)
    house.create("visit", NINE, subject="Tea", customer=customer, kind="on_site", visited_on="2026-03-02", owner=lei)

    house.tick(NINE + timedelta(days=89))
    assert told(house, "key_customer_untouched") == []
    for _ in range(2):
        house.tick(NINE + timedelta(days=90))
    assert told(house, "key_customer_untouched") == ["lei", "mei"]

    later = NINE + timedelta(days=91)
    house.create("visit", later, subject="Lunch", customer=customer, kind="on_site", visited_on="2026-06-01", owner=lei)
    assert [one[2:] for one in house.alerts() if one[0] == "key_customer_untouched"] == [("resolved", 1)]

    house.tick(later + timedelta(days=89))
    assert len(told(house, "key_customer_untouched")) == 2
    house.tick(later + timedelta(days=90))
    assert [one[2:] for one in house.alerts() if one[0] == "key_customer_untouched"] == [("firing", 2)]


def test_who_notes_no_visit_in_a_week_is_told_on_friday_and_the_manager_on_monday(house: House) -> None:
    house.hire("bao", "rep", manager="mei", region="east")
    bao, rule = house.users["bao"].id, "visit_missing_this_week"
    friday = NINE + timedelta(days=11, hours=7)
    customer = house.create("customer", code="C-9001", name="Alpha", tier="key", region="east", owner=bao)
    house.tick(NINE)
    house.create(
        "visit", friday, customer=customer, visited_on="2026-03-10", kind="on_site", subject="A visit", owner=bao
    )
    for moment in (friday, friday + timedelta(hours=1), friday + timedelta(days=3)):
        house.tick(moment, due_only=True)

    assert told(house, rule) == ["lei", "mei"]
