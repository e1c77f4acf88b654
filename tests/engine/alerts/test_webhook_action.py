"""A rule that calls a webhook: signed, under one key, tried again, and never into the house unless the operator says so."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.alerts import outlets
from engine.alerts.acting import ATTEMPTS
from engine.alerts.action_rows import ActionRow
from engine.alerts.channel_rows import ChannelRow
from engine.db import create_system_tables, make_engine
from engine.people import SYSTEM
from tests.support.house import NINE, House
from tests.support.lead_desk import a_rule, lead_desk
from tests.support.receivers import WebReceiver

SECRET = "key of the hook"
CALL = {
    "do": "webhook",
    "channel": "crm",
    "send": {"name": "name", "worth": "amount", "due": "follow_up_on", "at": "created_at", "who": "owner.name"},
}


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebReceiver]:
    monkeypatch.setenv("STEERWAY_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("STEERWAY_SECRET_KEY", "for a test")
    receiver = WebReceiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def house(database_url: str, web: WebReceiver) -> Iterator[House]:
    engine = make_engine(database_url)
    create_system_tables(engine)
    found = House(engine, "desk")
    found.publish(lead_desk(a_rule("hook", "score > 50", [CALL])))
    dan = found.hire("dan", "sdr")
    with found.maker.begin() as session:
        typed = {"key": "crm", "name": "CRM", "url": web.url("/in"), "secret": SECRET}
        outlets.save(session, None, typed, SYSTEM, NINE, type_key="webhook")
    found.create("lead", NINE, name="林", score=70, amount="12.5", follow_up_on="2026-03-05", owner=dan.id)
    yield found
    engine.dispose()


def row(house: House) -> ActionRow:
    with house.maker() as session:
        return session.scalars(select(ActionRow)).one()


def test_a_call_is_signed_and_tells_what_the_rule_sends(house: House, web: WebReceiver) -> None:
    house.tick(NINE)
    house.tick(NINE + timedelta(hours=1))

    [got] = web.received
    moment = got.headers["Steerway-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{moment}.".encode() + got.body, hashlib.sha256).hexdigest()
    assert got.headers["Steerway-Signature"] == f"sha256={expected}"
    assert got.headers["Idempotency-Key"] == got.json["idempotency_key"] == "desk/hook/1/1/0/action/0"
    assert got.json["values"] == {
        "name": "林", "worth": 12.5, "due": "2026-03-05", "at": "2026-03-02T01:00:00Z", "who": "Dan"
    }  # fmt: skip
    assert row(house).state == "done"


def test_a_failed_call_is_made_again_under_the_same_key(house: House, web: WebReceiver) -> None:
    web.answers = [(503, "busy"), (429, "slowly"), (200, "{}")]
    for minutes in (0, 0.5, 1, 3, 6):
        house.tick(NINE + timedelta(minutes=minutes))

    assert [got.headers["Steerway-Attempt"] for got in web.received] == ["1", "2", "3"]
    assert len({got.headers["Idempotency-Key"] for got in web.received}) == 1
    assert len({got.body for got in web.received}) == 1
    assert (row(house).state, row(house).attempts) == ("done", 3)


def test_a_call_that_never_comes_through_ends_and_says_why(house: House, web: WebReceiver) -> None:
    web.answers = [(500, f"no {SECRET}")]
    for hours in range(12):
        house.tick(NINE + timedelta(hours=hours))

    failed = row(house)
    assert (failed.state, failed.attempts) == ("failed", ATTEMPTS)
    assert len(web.received) == ATTEMPTS
    assert "HTTP 500" in (failed.error or {})["text"]
    assert SECRET not in (failed.error or {})["text"]


def test_an_inner_address_is_refused_at_once(house: House, web: WebReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEERWAY_ALLOW_NETWORKS")
    house.tick(NINE)

    assert web.received == []
    assert row(house).state == "failed"
    assert "inner address" in (row(house).error or {})["text"]


def test_a_webhook_that_is_switched_off_is_said(house: House, web: WebReceiver) -> None:
    with house.maker.begin() as session:
        outlets.switch(session, session.scalars(select(ChannelRow)).one(), SYSTEM, NINE, enabled=False)
    house.tick(NINE)

    failed: Any = row(house)
    assert (failed.state, failed.error["code"]) == ("failed", "action.channel")
    assert web.received == []
