"""An import that is killed again and again, and gone on with each time: what stands in the end is what one run makes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine.acts.doing import act_of, advance, take_back
from engine.acts.importing import start_import
from engine.acts.rows import Act, ActLine
from engine.changes import Change
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.people import SYSTEM
from engine.releases import live
from tests.support import postgres
from tests.support.house import NINE, House, open_house
from tests.support.kills import assert_whole, killed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

LATER = NINE + timedelta(days=1)
#: More than enough rows that a killed part holds new, changed, unchanged and refused ones.
ROWS, KNOWN, PART = 330, 60, 60
SHEET = "name,region,phone\n" + "".join(
    f"Firm {number},{'nowhere' if number % 31 == 5 else 'north' if number % 3 else 'south'},{13800138000 + number}\n"
    for number in range(ROWS)
)
#: Numbers of their own: what a database gives out anew after a kill, and what points to it.
GIVEN = frozenset({"id", "change_id", "_line", "record_id"})


@pytest.fixture
def second_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'second.db'}"
        return
    url = postgres.shared_server().create_database()
    yield url
    postgres.drop_database(url)


def begin(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store some of the firms, and keep the sheet that brings them all."""
    monkeypatch.setattr("engine.acts.importing.PART", PART)
    for number in range(KNOWN):
        house.create("account", name=f"Firm {number}", region="north", phone=str(13800138000 + number))
    with house.maker.begin() as session:
        app, table = live(session, "tiny"), read(SHEET.encode())
        mapping = guess(app.form("account"), None, table.header)
        start_import(session, app, "account", table, mapping, SYSTEM, LATER, at_once=0)


def go_on(db: sessionmaker[Session], act: int = 1) -> None:
    """Do what is left of an act, a part in each transaction."""
    more = True
    while more:
        with db.begin() as session:
            more = advance(session, act_of(session, live(session, "tiny"), act), SYSTEM, LATER)


def everything(house: House) -> dict[str, Any]:
    """Return records, history, changes and the result of the act, each with the name of its firm for its number."""
    with house.maker() as session:
        tables = live(session, "tiny").tables
        account = tables.current("account")
        names = {row[0]: row[1] for row in session.execute(sa.select(account.c.id, account.c.name))}
        lines, changes = ActLine.__table__, Change.__table__
        found = {
            "now": _rows(session, account, account.c.id, names),
            "history": _rows(session, tables.history("account"), tables.history("account").c.id, names),
            "changes": _rows(session, changes, changes.c.record_id, names, changes.c.form == "account"),
            "lines": _rows(session, lines, lines.c.record_id, names),
        }
        return {**found, "counts": session.scalars(sa.select(Act.counts)).all()}


def _rows(session: Session, table: Any, about: Any, names: dict[int, str], *tests: Any) -> list[str]:
    rows = session.execute(sa.select(table).where(*tests)).mappings()
    return sorted(
        str((names.get(row[about.name]), [(key, value) for key, value in row.items() if key not in GIVEN]))
        for row in rows
    )


def living(house: House) -> list[Any]:
    with house.maker() as session:
        table = live(session, "tiny").tables.current("account")
        own = [column for column in table.c if column.name not in ("version", "updated_at", "updated_by")]
        return session.execute(sa.select(*own).where(table.c.deleted_at.is_(None)).order_by(table.c.id)).all()


def test_an_import_killed_at_any_moment_ends_like_one_that_was_not_and_is_taken_back_whole(
    database_url: str, second_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, broken = open_house(second_url), open_house(database_url)
    for house in (unbroken, broken):
        begin(house, monkeypatch)
    before = living(broken)
    go_on(unbroken.maker)
    chance = random.Random(20261128)

    kills = sum(killed(go_on, database_url, chance.randint(5, 90)) for _ in range(5))
    go_on(broken.maker)

    assert kills >= 3
    assert everything(broken) == everything(unbroken)
    counts = everything(broken)["counts"][0]
    assert set(counts) == {"create", "update", "unchanged", "refused"}
    with broken.maker() as session:
        assert_whole(session, "tiny")
    with broken.maker.begin() as session:
        back = take_back(session, live(session, "tiny"), 1, SYSTEM, LATER).id
    go_on(broken.maker, back)
    assert living(broken) == before
    for house in (unbroken, broken):
        house.engine.dispose()
