"""Importing, publishing, moving and ticking, each killed at one moment after another: all of it is there, or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.alerts.rows import Alert, Notification
from engine.imports.mapping import mapping_of
from engine.imports.read import read
from engine.imports.run import run
from engine.jobs import tick
from engine.people import SYSTEM
from engine.pipeline import move
from engine.releases import live, publish
from tests.support.configs import field_of, tiny_app
from tests.support.house import NINE, House, open_house
from tests.support.kills import assert_whole, at_every_moment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

pytestmark = pytest.mark.slow
LATER = NINE + timedelta(days=60)
ROWS = 120


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    opened = open_house(database_url)
    opened.create("account", name="Acme", region="north")
    yield opened
    opened.engine.dispose()


def import_deals(db: sessionmaker[Session]) -> None:
    lines = "".join(f"Deal {number},Acme,{number}\n" for number in range(1, ROWS + 1))
    config = {"key": ["name", "account"], "columns": {"name": "name", "account": "account", "amount": "amount"}}
    with db.begin() as session:
        app = live(session, "tiny")
        mapping = mapping_of(config, app.app.forms["deal"], app.app.pipeline_of("deal"))
        run(session, app, "deal", read(f"name,account,amount\n{lines}".encode()), mapping, SYSTEM, NINE)


def publish_more(db: sessionmaker[Session]) -> None:
    config = tiny_app()
    quantity = field_of(config, "deal", "quantity")
    quantity["type"] = "text"  # its column is made anew and filled
    del quantity["min"], quantity["decimals"]
    config["forms"][0]["fields"].append({"key": "city", "type": "text", "label": "City"})
    config["forms"].append(
        {
            "key": "note",
            "label": "Note",
            "title": "text",
            "fields": [{"key": "text", "type": "text", "label": "Text", "required": True}],
        }
    )
    with db.begin() as session:
        publish(session, config, SYSTEM, LATER, "more")


def move_deal(db: sessionmaker[Session]) -> None:
    with db.begin() as session:
        move(session, live(session, "tiny"), "deal", 1, "offer", {}, SYSTEM, LATER)


def tick_later(db: sessionmaker[Session]) -> None:
    tick(db, LATER)


def look(house: House) -> tuple[int, int, int, int]:
    """The live release and how many deals, alerts and messages there are, all of them whole."""
    with house.maker() as session:
        assert_whole(session, "tiny")
        app = live(session, "tiny")
        deals, alerts, messages = (
            session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (app.tables.current("deal"), Alert, Notification)
        )
        return app.number, deals, alerts, messages


def test_an_import_that_is_killed_leaves_nothing_behind(house: House, database_url: str) -> None:
    seen = at_every_moment(import_deals, database_url, lambda: look(house))

    assert len(seen) > 5
    assert {one[1] for one in seen[:-1]} == {0}
    assert seen[-1][1] == ROWS


def test_a_publishing_that_is_killed_leaves_the_release_before(house: House, database_url: str) -> None:
    def tables() -> set[str]:
        found = sa.inspect(house.engine)
        columns = {f"account.{one['name']}" for one in found.get_columns("tiny__account")}
        own = {name for name in found.get_table_names() if "note" in name and "search" not in name}
        return own | (columns & {"account.city"})

    house.create("deal", NINE, name="Roof", account=1, quantity=7)

    seen = at_every_moment(publish_more, database_url, lambda: (look(house)[0], tables()))

    assert len(seen) > 5
    assert seen[:-1] == [(1, set())] * (len(seen) - 1)
    assert seen[-1] == (2, {"tiny__note", "tiny__note__history", "account.city"})
    assert house.create("account", LATER, name="Bolt", region="south", city="Ulm") == 2


def test_a_move_that_is_killed_did_not_happen(house: House, database_url: str) -> None:
    deal = house.create("deal", NINE, name="Roof", account=1, amount=5)
    assert deal == 1

    def stage() -> tuple[str, int]:
        look(house)
        with house.maker() as session:
            table = live(session, "tiny").tables.current("deal")
            found = session.execute(sa.select(table.c.stage, table.c.version)).one()
            return found[0], found[1]

    seen = at_every_moment(move_deal, database_url, stage)

    assert len(seen) > 5
    assert set(seen[:-1]) == {("open", 1)}
    assert seen[-1] == ("offer", 2)


def test_a_tick_that_is_killed_tells_nobody_twice(house: House, database_url: str) -> None:
    for number in range(12):
        house.create("deal", NINE, name=f"Roof {number}", account=1, amount=900_000, owner=house.users["alice"].id)

    seen = at_every_moment(tick_later, database_url, lambda: look(house))
    tick(house.maker, LATER)

    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1][2] > 0
    assert look(house) == seen[-1]
