"""What the page before publishing says will happen, compared with what does happen once the draft is published."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine import records
from engine.config.source import Source
from engine.design import impact
from engine.design.impact import look_ahead
from engine.people import load_user
from tests.support.configs import Config, field_of, form_of, tiny_app
from tests.support.house import NINE, House, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

NOW = NINE + timedelta(days=40)
WORDS = {"every": {"hours": 1}, "message": "{name}", "notify": [{"to": ["owner"]}]}


def _rule(key: str, when: str) -> Config:
    return {"key": key, "label": key, "form": "deal", "when": when, **WORDS}


def _kr(key: str, measure: Config) -> Config:
    given = {"key": key, "label": key, "type": "reach", "baseline": 0, "target": 1000, "formula": "figure"}
    return {**given, "measures": {"figure": measure}}


def _before(config: Config) -> None:
    config["alerts"] = [
        _rule("big", "amount > 500"),
        _rule("old", "amount > 900"),
        _rule("same", "net_amount > 700"),
        _rule("apart", "quantity == 1"),
    ]
    amount = {"of": "deal", "agg": "sum", "value": "amount"}
    config["okrs"][0]["measures"] = {}
    config["okrs"][0]["objectives"][0]["key_results"] = [
        _kr("money", amount),
        _kr("worked", {**amount, "value": "net_amount"}),
        _kr("rolled", {"of": "account", "agg": "sum", "value": "won_value"}),
        _kr("gone", amount),
        _kr("still", {"of": "deal", "agg": "count"}),
    ]


def _after() -> Config:
    config = tiny_app()
    _before(config)
    deal = form_of(config, "deal")
    config["forms"] = [one for one in config["forms"] if one["key"] != "visit"]
    deal["fields"] = [one for one in deal["fields"] if one["key"] != "notes"]
    for name in ("list", "board"):
        deal.pop(name, None)
    deal.pop("sections", None)
    field_of(config, "deal", "net_amount")["expression"] = "amount * 2 - if_empty(extra, 0)"
    field_of(config, "account", "won_value")["measure"] |= {"value": "net_amount", "where": "stage == 'open'"}
    deal["fields"] += [
        {"key": "extra", "type": "money", "label": "Extra"},
        {"key": "partner", "type": "reference", "label": "Partner", "to": "account"},
    ]
    quantity = field_of(config, "deal", "quantity")
    label = quantity["label"]
    quantity.clear()
    quantity |= {"key": "quantity", "type": "text", "label": label}
    rep, manager, _ = deal["permissions"]
    rep |= {"records": "owner.region == me.region", "fields": {"amount": "read", "discount": "hidden"}}
    manager["actions"] = [one for one in manager["actions"] if one != "delete"]
    config["alerts"] = [
        _rule("big", "net_amount > 1500"),
        _rule("same", "net_amount > 700"),
        _rule("fresh", "amount < 300 and is_empty(extra)"),
        _rule("apart", "quantity == '1'"),
    ]
    results = config["okrs"][0]["objectives"][0]["key_results"]
    results[0] = _kr("money", {"of": "deal", "agg": "sum", "value": "amount", "where": "amount > 300"})
    results[3] = _kr("new", {"of": "deal", "agg": "sum", "value": "extra"})
    return config


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """Thirty deals of three people, some of them deleted, and the alerts that the live rules have about them."""
    found = open_house(database_url, _before)
    accounts = [found.create("account", name=f"Account {number}", region="north") for number in range(3)]
    for number in range(30):
        owner = found.users[("alice", "bob", "charlie")[number % 3]].id
        values: dict[str, Any] = {"notes": "said"} if number % 4 == 0 else {}
        values |= {"amount": number * 40, "discount": number, "quantity": number % 3}
        deal = found.create("deal", name=f"Deal {number}", account=accounts[number % 3], owner=owner, **values)
        if number % 10 == 9:
            found.delete("deal", deal, NINE)
    found.create("visit", subject="Hello", account=accounts[0], visited_on="2026-03-01")
    found.tick(NOW)
    yield found
    found.engine.dispose()


def _look(session: Session, house: House) -> impact.Ahead:
    return look_ahead(session, house.live(session), Source.from_dict(_after()), NOW)


def _alerts(house: House, *states: str) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for rule, record, state, _ in house.alerts():
        if state in states:
            found.setdefault(rule, set()).add(record)
    return found


def _read(house: House, form: str) -> dict[str, int]:
    found = {}
    with house.maker() as session:
        live = house.live(session)
        for name in ("alice", "bob", "charlie", "mona"):
            id_ = house.users[name].id
            assert id_ is not None
            page = records.query(session, live, form, load_user(session, id_), NOW)
            found[name.title()] = len(page.records)
    return found


def test_what_is_foretold_is_what_comes(house: House) -> None:
    with house.maker() as session:
        ahead = _look(session, house)
        krs = {one.label.pick("en"): one for one in impact.krs(session, house.live(session), ahead, NOW)}
        rules = {
            one.key: one for one in impact.rules_impact(session, house.live(session), ahead, house.users["ada"], NOW)
        }
        sight = impact.sight(session, house.live(session), ahead, NOW)
        assert not session.connection().info.get("writing")  # nobody else waits for who only looks
    firing, read = _alerts(house, "firing"), _read(house, "deal")
    before = {kr.definition.key: kr.current for kr in house.okr("sales", NOW).objectives[0].key_results}

    house.publish(_after(), NOW)
    house.tick(NOW)

    after = {kr.definition.key: kr.current for kr in house.okr("sales", NOW).objectives[0].key_results}
    assert {key: one.before and one.before.current for key, one in krs.items()} == {**before, "new": None}
    assert {key: one.after and one.after.current for key, one in krs.items()} == {**after, "gone": None}
    assert {key: one.kind for key, one in krs.items()} == {
        "money": "changed", "worked": "changed", "rolled": "changed", "new": "added", "gone": "removed", "still": "same"
    }  # fmt: skip
    assert [one.code for one in krs["new"].gaps] == ["new"]

    now_firing = _alerts(house, "firing")
    assert {key: (one.kind, one.firing) for key, one in rules.items()} == {
        "big": ("changed", len(firing["big"])),
        "same": ("reads", len(firing["same"])),
        "fresh": ("added", 0),
        "apart": ("changed", len(firing["apart"])),
        "old": ("removed", len(firing["old"])),
    }
    for key in ("big", "same", "fresh", "old"):
        old, new = firing.get(key, set()), now_firing.get(key, set())
        assert (rules[key].opens.count, rules[key].closes.count) == (len(new - old), len(old - new)), key
    assert rules["same"].opens.count > 0
    assert rules["big"].closes.count > 0
    assert len(rules["old"].closes.examples) == 3
    assert [(one.form, one.key, one.code) for one in rules["apart"].gaps] == [("deal", "quantity", "converted")]

    now_read = _read(house, "deal")
    told = {
        name: one.delta.records
        for one in sight.changes
        if one.form == "deal" and one.delta.records
        for name in one.people
    }
    assert told == {name: (read[name], now_read[name]) for name in read if read[name] != now_read[name]}
    assert set(told) == {"Alice", "Bob"}


def test_who_gains_and_loses_what_is_named(house: House) -> None:
    with house.maker() as session:
        found = impact.sight(session, house.live(session), _look(session, house), NOW)

    said = {
        (one.form, one.people): (
            one.delta.verbs_lost,
            {word: [str(f) for f in fields] for word, fields in one.fields.items()},
        )
        for one in found.changes
        if one.form == "deal"
    }
    fields = {"seen": ["Margin %"], "unseen": ["Discount %"], "locked": ["Amount"]}
    fields = said[("deal", ("Charlie",))][1]
    assert fields["locked"] == ["Amount"]
    assert (len(fields["seen"]), len(fields["unseen"])) == (1, 1)
    assert said[("deal", ("Alice", "Bob"))] == ((), fields)
    assert said[("deal", ("Mona",))] == (("delete",), {})
    lost = {name for one in found.changes if one.form == "visit" for name in one.people}
    assert lost == {"Alice", "Bob", "Charlie", "Mona"}
    assert found.people == 4


def test_hidden_values_and_work_are_counted(house: House) -> None:
    with house.maker() as session:
        live = house.live(session)
        ahead = _look(session, house)
        forms, fields = impact.hidden(session, live, ahead.live.app, NOW)
        cost = impact.cost_of(session, live, ahead)

    notes = sum(1 for number in range(30) if number % 4 == 0 and number % 10 != 9)
    assert [(one.key, one.count) for one in forms] == [("visit", 1)]
    assert [(one.key, one.count, one.is_derived) for one in fields] == [("notes", notes, False)]
    assert sorted(str(field) for _, field in cost.new_columns) == ["Extra", "Partner"]
    assert [(one.columns, one.rows) for one in cost.indexes] == [(("extra",), 27), (("partner",), 27)]
    assert Counter(count for _, _, count in cost.worked_out) == {27: 1, 3: 1}
    assert [count for _, _, count in cost.converted] == [27]
    assert 0 < cost.seconds < 1


def test_rules_are_tried_on_the_past_before_and_after(house: House) -> None:
    with house.maker() as session:
        live, ahead = house.live(session), _look(session, house)
        old = impact.try_on_past(session, live, live.app.alerts["old"], NINE + timedelta(days=10))
        new = impact.try_on_past(session, ahead.live, ahead.live.app.alerts["fresh"], NINE + timedelta(days=10))
        late = impact.try_on_past(session, live, live.app.alerts["old"], NOW, seconds=-1)

    kept = [number * 40 for number in range(30) if number % 10 != 9]
    assert (old.fired, old.carried, old.done) == (sum(1 for one in kept if one > 900), 0, True)
    assert new.fired == sum(1 for one in kept if one < 300)
    assert late.done
