from __future__ import annotations

from datetime import timedelta

import pytest

from engine import alerts
from engine.errors import NotFound
from tests.engine.alerts.test_evaluate import at, deal
from tests.support.house import House


def _first(house: House, person: str) -> alerts.Item:
    with house.maker() as session:
        return alerts.inbox(session, house.users[person])[0]


def _unread(house: House, person: str) -> int:
    with house.maker() as session:
        return alerts.unread(session, house.users[person])


def test_inbox_shows_what_was_said_and_how_it_stands(house: House) -> None:
    one = deal(house)
    house.tick(at(days=30))

    item = _first(house, "alice")

    assert (item.app_key, item.form, item.record_id, item.rule) == ("tiny", "deal", one, "stale_deal")
    assert (item.subject, item.text, item.state, item.over) == (
        "Deal stands still",
        "Pump stands in Open.",
        "firing",
        False,
    )
    assert (item.at, item.severity, item.read_at) == (at(days=30), "warning", None)


def test_unread_counts_until_read(house: House) -> None:
    deal(house)
    house.tick(at(days=30))
    assert (_unread(house, "alice"), _unread(house, "mona")) == (1, 0)

    with house.maker.begin() as session:
        assert alerts.mark_read(session, house.users["bob"], at(days=30)) == 0
        assert alerts.mark_read(session, house.users["alice"], at(days=30)) == 1

    assert _unread(house, "alice") == 0
    assert _first(house, "alice").read_at == at(days=30)


def test_resolved_alert_asks_for_no_attention(house: House) -> None:
    one = deal(house)
    house.tick(at(days=30))

    house.move("deal", one, "lost", at(days=31), lost_reason="price")

    assert _unread(house, "alice") == 0
    with house.maker() as session:
        alice = house.users["alice"]
        assert alerts.inbox(session, alice) == []
        assert [item.over for item in alerts.inbox(session, alice, which="closed")] == [True]


def test_acknowledging_ends_escalation_and_names_the_person(house: House) -> None:
    deal(house)
    house.tick(at(days=30))

    with house.maker.begin() as session:
        alerts.acknowledge(session, _first(house, "alice").alert_id, house.users["alice"], at(days=30, hours=1))
    house.tick(at(days=40))

    item = _first(house, "alice")
    assert (item.state, item.acknowledged_by, _unread(house, "alice"), _unread(house, "mona")) == (
        "acknowledged",
        "Alice",
        0,
        0,
    )
    with house.maker() as session:
        (alert,) = alerts.alerts_of(session, "tiny")
        assert alerts.why(session, alert)[-1].reason.text == "Alice has taken note."


def test_acknowledging_twice_changes_nothing(house: House) -> None:
    deal(house)
    house.tick(at(days=30))
    alert_id = _first(house, "alice").alert_id

    for person, hours in (("alice", 1), ("mona", 2)):
        with house.maker.begin() as session:
            alerts.acknowledge(session, alert_id, house.users[person], at(days=30) + timedelta(hours=hours))

    assert _first(house, "alice").acknowledged_by == "Alice"


def test_stranger_cannot_acknowledge_nor_learn_that_it_exists(house: House) -> None:
    deal(house)
    house.tick(at(days=30))
    alert_id = _first(house, "alice").alert_id

    with house.maker.begin() as session:
        for stranger, unknown in ((house.users["charlie"], alert_id), (house.users["alice"], 999)):
            with pytest.raises(NotFound):
                alerts.acknowledge(session, unknown, stranger, at(days=31))

    assert _first(house, "alice").state == "firing"


def test_evidence_with_a_hidden_field_is_kept_from_its_readers(house: House) -> None:
    deal(house)
    house.tick(at(days=30))

    with house.maker() as session:
        (alert,) = alerts.alerts_of(session, "tiny")
        shown = alerts.why(session, alert, house.users["alice"], at(days=30))[0]
        assert shown.evidence is not None
