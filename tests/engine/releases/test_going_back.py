"""Going back where releases treat records as very many: columns are kept and taken up, indexes come later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.changes import Change
from engine.db import create_system_tables, make_engine, sessions
from engine.errors import ConfigError
from engine.jobs import Job, run_all
from engine.people import SYSTEM
from engine.records.search_index import lacks_index
from engine.records.sweep import sweep
from engine.releases import roll_back
from tests.engine.conftest import Tiny
from tests.engine.records.test_property_derived import assert_history_continues
from tests.support.configs import Config, field_of, form_of, tiny_app
from tests.support.people import make_people
from tests.support.postgres import drop_database, shared_server, with_extensions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from engine.records import Record

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three records be very many."""
    for module in ("resting", "shifting", "texts", "worked_out"):
        monkeypatch.setattr(f"engine.releases.{module}.MANY", 1)
    monkeypatch.setattr("engine.records.search_many.MANY", 2)


@pytest.fixture
def deals(tiny: Tiny) -> dict[str, Record]:
    """Three deals, and one that was deleted."""
    tiny.create("account", name="Acme", region="north")
    made = {
        name: tiny.create("deal", name=name, account=1, amount=amount, quantity=quantity)
        for name, amount, quantity in (
            ("One", 100, "11"),
            ("Two", 200, "22"),
            ("Three", 300, "33"),
            ("Gone", 400, "44"),
        )
    }
    tiny.delete(made["Gone"])
    return made


def changed(change: Callable[[Config], object]) -> Config:
    config = tiny_app()
    change(config)
    return config


def tripled(config: Config) -> None:
    field_of(config, "deal", "net_amount")["expression"] = "amount * 3"
    more = {"key": "more", "type": "computed", "label": "More", "expression": "net_amount + 1", "result": "money"}
    form_of(config, "deal")["fields"].append(more)


def quantity_in_words(config: Config) -> None:
    one = field_of(config, "deal", "quantity")
    label = one["label"]
    one.clear()
    one |= {"key": "quantity", "type": "text", "label": label}


def back(tiny: Tiny, number: int, now: int = 9) -> None:
    with tiny.db.begin() as session:
        roll_back(session, "tiny", number, SYSTEM, tiny.now + now * HOUR, "not that")


def columns(tiny: Tiny, table: str = "tiny__deal") -> set[str]:
    with tiny.db() as session:
        return {one["name"] for one in sa.inspect(session.connection()).get_columns(table)}


def assert_sound(tiny: Tiny) -> None:
    """Nothing is stale, and history goes on from what it knew."""
    with tiny.db() as session:
        app = tiny.live(session)
        assert [one for one in sweep(session, app, tiny.now) if one.stale] == []
        for form in app.app.forms:
            assert_history_continues(session, app, form)


def net(record: Record) -> int:
    """Return the net amount in whole units."""
    return int(record["net_amount"]) // 100


# -- derived values ----------------------------------------------------------------------------------------------------


def test_going_back_takes_up_what_was_worked_out_before(tiny: Tiny, deals: dict[str, Record]) -> None:
    tiny.publish(changed(tripled), tiny.now + HOUR)
    assert net(tiny.get(deals["One"])) == 300
    tiny.update(deals["Two"], now=tiny.now + 2 * HOUR, amount=50)
    new = tiny.create("deal", now=tiny.now + 2 * HOUR, name="New", account=1, amount=70, quantity="1")

    back(tiny, 1)

    found = {one["name"]: net(one) for one in tiny.query("deal").records}
    assert found == {"One": 100, "Two": 50, "Three": 300, "New": 70}
    assert net(tiny.get(deals["Two"], at=tiny.now + 3 * HOUR)) == 150
    assert net(tiny.get(new, at=tiny.now + 3 * HOUR)) == 210
    assert_sound(tiny)
    with tiny.db() as session:
        told = session.scalars(sa.select(Change).where(Change.release == 3, Change.form == "deal").order_by(Change.id))
        assert [(one.record_id, one.verb, one.diff) for one in told] == [
            (1, "derive", {"net_amount": [30000, 10000]}),
            (2, "derive", {"net_amount": [15000, 5000]}),
            (3, "derive", {"net_amount": [90000, 30000]}),
            (5, "derive", {"net_amount": [21000, 7000]}),
        ]


def test_columns_are_kept_where_rows_are_dear_and_one_of_each(tiny: Tiny, deals: dict[str, Record]) -> None:
    dear = tiny.db.kw["bind"].dialect.name == "postgresql"

    for number, factor in enumerate((3, 4, 5), 2):
        formula = f"amount * {factor}"
        tiny.publish(
            changed(lambda config, formula=formula: field_of(config, "deal", "net_amount").update(expression=formula))
        )  # type: ignore[misc]
        kept = {one for one in columns(tiny) if "__was_" in one}
        assert kept == ({f"net_amount__was_{number}"} if dear else set())
        assert net(tiny.get(deals["Three"])) == 300 * factor
    assert_sound(tiny)


def test_other_formula_does_not_take_up_what_was_kept(tiny: Tiny, deals: dict[str, Record]) -> None:
    tiny.publish(changed(lambda config: field_of(config, "deal", "net_amount").update(expression="amount * 3")))

    tiny.publish(changed(lambda config: field_of(config, "deal", "net_amount").update(expression="amount * 7")))

    assert net(tiny.get(deals["One"])) == 700
    assert_sound(tiny)


def test_what_follows_from_something_that_did_not_change_is_worked_out_too(
    tiny: Tiny, deals: dict[str, Record]
) -> None:
    def with_share(config: Config, factor: str = "2", net_amount: str = "amount") -> None:
        computed = {"type": "computed", "result": "number"}
        form_of(config, "account")["fields"].append({**computed, "key": "factor", "label": "F", "expression": factor})
        share = {**computed, "key": "share", "label": "Share", "expression": "probability * account.factor"}
        form_of(config, "deal")["fields"].append(share)
        form_of(config, "deal")["fields"].append({"key": "probability", "type": "number", "label": "Probability"})
        field_of(config, "deal", "net_amount")["expression"] = net_amount

    tiny.publish(changed(with_share), tiny.now + HOUR)
    tiny.publish(changed(lambda config: with_share(config, "1 + 1", "amount * 3")), tiny.now + 2 * HOUR)
    new = tiny.create("deal", now=tiny.now + 3 * HOUR, name="New", account=1, amount=70, quantity="1", probability=5)

    back(tiny, 2)

    assert (tiny.get(new)["share"], net(tiny.get(new))) == (10, 70)
    assert_sound(tiny)
    assert deals


def test_deleted_record_keeps_its_values_through_both_ways(tiny: Tiny, deals: dict[str, Record]) -> None:
    tiny.publish(changed(tripled), tiny.now + HOUR)
    back(tiny, 1)
    tiny.publish(changed(tripled), tiny.now + 10 * HOUR)

    assert net(tiny.get(deals["Gone"], by="ada", deleted=True)) == 400
    assert net(tiny.restore(deals["Gone"], now=tiny.now + 11 * HOUR)) == 1200
    assert_sound(tiny)


def test_view_of_somebody_goes_on_to_show_what_is_live(tiny: Tiny, deals: dict[str, Record]) -> None:
    with tiny.db.begin() as session:
        session.execute(
            sa.text("CREATE VIEW report AS SELECT name, net_amount FROM tiny__deal WHERE deleted_at IS NULL")
        )

    tiny.publish(changed(tripled), tiny.now + HOUR)

    with tiny.db() as session:
        shown = session.execute(sa.text("SELECT name, net_amount FROM report ORDER BY net_amount")).all()
    assert [(name, int(amount)) for name, amount in shown] == [("One", 30000), ("Two", 60000), ("Three", 90000)]
    assert deals.keys() >= {name for name, _ in shown}


def test_view_that_somebody_made_meanwhile_shows_what_is_live_after_going_back(
    tiny: Tiny, deals: dict[str, Record]
) -> None:
    tiny.publish(changed(tripled), tiny.now + HOUR)
    with tiny.db.begin() as session:
        session.execute(sa.text("CREATE VIEW report AS SELECT net_amount FROM tiny__deal WHERE deleted_at IS NULL"))

    back(tiny, 1)

    with tiny.db() as session:
        shown = session.scalars(sa.text("SELECT net_amount FROM report ORDER BY net_amount"))
        assert [int(amount) for amount in shown] == [10000, 20000, 30000]
    assert_sound(tiny)
    assert deals


# -- types -------------------------------------------------------------------------------------------------------------


def test_field_gets_back_what_it_held_and_what_was_entered_since(tiny: Tiny, deals: dict[str, Record]) -> None:
    tiny.publish(changed(quantity_in_words), tiny.now + HOUR)
    tiny.update(deals["One"], now=tiny.now + 2 * HOUR, quantity="12")
    tiny.update(deals["One"], now=tiny.now + 3 * HOUR, quantity="13")
    tiny.update(deals["Two"], now=tiny.now + 3 * HOUR, name="Second")
    tiny.create("deal", now=tiny.now + 3 * HOUR, name="New", account=1, amount=7, quantity="1,000")

    back(tiny, 1)

    found = {one["name"]: one["quantity"] for one in tiny.query("deal").records}
    assert found == {"One": 13, "Second": 22, "Three": 33, "New": 1000}
    at = [tiny.get(deals["One"], at=tiny.now + hours * HOUR)["quantity"] for hours in (0, 2, 3)]
    assert at == [11, 12, 13]
    assert tiny.get(deals["Gone"], by="ada", deleted=True)["quantity"] == 44
    assert_sound(tiny)


def test_what_was_entered_since_and_does_not_fit_refuses_the_way_back(tiny: Tiny, deals: dict[str, Record]) -> None:
    tiny.publish(changed(quantity_in_words), tiny.now + HOUR)
    tiny.update(deals["Two"], now=tiny.now + 2 * HOUR, quantity="a dozen")

    with pytest.raises(ConfigError) as error:
        back(tiny, 1)

    [fault] = error.value.faults
    assert (fault.code, fault.facts["count"], str(fault.facts["examples"])) == (
        "release.narrowed",
        1,
        "“Two” (#2): a dozen",
    )
    assert tiny.get(deals["Two"])["quantity"] == "a dozen"


def test_formula_and_type_go_back_together(tiny: Tiny, deals: dict[str, Record]) -> None:
    def both(config: Config) -> None:
        tripled(config)
        quantity_in_words(config)

    tiny.publish(changed(both), tiny.now + HOUR)
    tiny.update(deals["Three"], now=tiny.now + 2 * HOUR, quantity="34", amount=1)

    back(tiny, 1)
    tiny.publish(changed(both), tiny.now + 10 * HOUR)
    back(tiny, 3, 11)

    found = {one["name"]: (one["quantity"], net(one)) for one in tiny.query("deal").records}
    assert found == {"One": (11, 100), "Two": (22, 200), "Three": (34, 1)}
    at = [tiny.get(deals["Three"], at=tiny.now + hours * HOUR)["quantity"] for hours in (0, 1, 2)]
    assert at == [33, 33, 34]
    assert_sound(tiny)


def test_values_that_followed_from_elsewhere_since_are_no_beginning(tiny: Tiny, deals: dict[str, Record]) -> None:
    def followed(config: Config) -> None:
        home = {"key": "home", "type": "computed", "label": "Home", "expression": "account.name", "result": "text"}
        form_of(config, "deal")["fields"].append(home)

    def both(config: Config) -> None:
        followed(config)
        quantity_in_words(config)

    tiny.publish(changed(followed), tiny.now + HOUR)
    tiny.publish(changed(both), tiny.now + 2 * HOUR)
    [acme] = tiny.query("account").records
    tiny.update(acme, now=tiny.now + 3 * HOUR, name="Acme Ltd")  # which gives each deal a line of history
    tiny.update(deals["One"], now=tiny.now + 4 * HOUR, name="First")

    back(tiny, 2)

    found = {one["name"]: (one["quantity"], one["home"]) for one in tiny.query("deal").records}
    assert found == {"First": (11, "Acme Ltd"), "Two": (22, "Acme Ltd"), "Three": (33, "Acme Ltd")}
    assert [tiny.get(deals["One"], at=tiny.now + hours * HOUR)["quantity"] for hours in (0, 2, 3, 4)] == [11] * 4
    assert [tiny.get(deals["Two"], at=tiny.now + hours * HOUR)["quantity"] for hours in (0, 2, 3, 4)] == [22] * 4
    assert_sound(tiny)


def test_types_of_three_releases_are_gone_back_through(tiny: Tiny, deals: dict[str, Record]) -> None:
    def dated(config: Config) -> None:
        quantity_in_words(config)
        field_of(config, "deal", "quantity")["max_length"] = 20

    tiny.publish(changed(quantity_in_words), tiny.now + HOUR)
    tiny.update(deals["One"], now=tiny.now + 2 * HOUR, quantity="0012")
    back(tiny, 1, 3)
    back(tiny, 2, 4)
    tiny.publish(changed(dated), tiny.now + 5 * HOUR)
    back(tiny, 1, 6)

    found = {one["name"]: one["quantity"] for one in tiny.query("deal").records}
    assert found == {"One": 12, "Two": 22, "Three": 33}
    back(tiny, 2, 7)
    assert {one["name"]: one["quantity"] for one in tiny.query("deal").records} == {
        "One": "0012",
        "Two": "22",
        "Three": "33",
    }
    assert_sound(tiny)


# -- search ------------------------------------------------------------------------------------------------------------


def test_search_finds_what_it_found_before(tiny: Tiny, deals: dict[str, Record]) -> None:
    tiny.publish(changed(quantity_in_words), tiny.now + HOUR)
    assert tiny.names("deal", text="33") == ["Three"]
    tiny.update(deals["Two"], now=tiny.now + 2 * HOUR, name="Second")
    tiny.create("deal", now=tiny.now + 2 * HOUR, name="Brand new", account=1, amount=7, quantity="55")

    back(tiny, 1)

    assert [tiny.names("deal", text=text) for text in ("33", "55", "second", "brand", "one")] == [
        [],
        [],
        ["Second"],
        ["Brand new"],
        ["One"],
    ]
    assert tiny.names("deal", text="two") == []
    assert_sound(tiny)
    assert deals


def test_texts_are_made_anew_where_a_field_that_is_found_had_another_type_since(
    tiny: Tiny, deals: dict[str, Record]
) -> None:
    tiny.update(deals["One"], notes="1,200")
    tiny.publish(changed(lambda config: field_of(config, "deal", "notes").update(type="number")), tiny.now + HOUR)
    tiny.update(deals["Two"], now=tiny.now + 2 * HOUR, notes="77")

    back(tiny, 1)

    assert tiny.names("deal", text="1,200") == ["One"]
    assert tiny.names("deal", text="77") == ["Two"]
    assert_sound(tiny)


@pytest.fixture
def with_trigrams(now: datetime) -> Iterator[Tiny]:
    """The app on a server that has indexes over letters in threes."""
    url = with_extensions(shared_server()).create_database()
    engine = make_engine(url)
    create_system_tables(engine)
    made = Tiny(sessions(engine), now)
    with made.db.begin() as session:
        if not session.scalar(sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")):
            pytest.skip("no PostgreSQL with pg_trgm on this machine")
        make_people(session, "tiny", now)
    made.publish(tiny_app())
    yield made
    engine.dispose()
    drop_database(url)


def test_index_of_a_large_search_is_made_after_the_release(with_trigrams: Tiny) -> None:
    tiny = with_trigrams
    tiny.create("account", name="Acme", region="north")
    for number in range(4):
        tiny.create("deal", name=f"Deal {number}", account=1, amount=1, quantity=str(30 + number))

    tiny.publish(changed(quantity_in_words), tiny.now + HOUR)

    with tiny.db() as session:
        assert lacks_index(session.connection(), "tiny__deal")
        assert [one.payload for one in session.scalars(sa.select(Job))] == [{"table": "tiny__deal"}]
    assert tiny.names("deal", text="33") == ["Deal 3"]
    assert run_all(tiny.db, tiny.now + 2 * HOUR) == {"done": 1}
    with tiny.db() as session:
        assert not lacks_index(session.connection(), "tiny__deal")
    assert tiny.names("deal", text="33") == ["Deal 3"]
