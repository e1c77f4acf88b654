"""Pages by the place of a row: the same records as by counting, in both directions, at the same cost everywhere."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

SORTS = [
    ["-created_at"],
    ["created_at"],
    ["amount"],
    ["-amount"],
    ["-expected_on", "name"],
    ["stage", "-amount"],
    ["id"],
]


@pytest.fixture
def deals(tiny: Tiny) -> Tiny:
    account = tiny.create("account", name="Acme", region="north")
    for number in range(23):
        tiny.create(
            "deal",
            now=tiny.now - timedelta(days=number % 5),
            name=f"Deal {number:02}",
            account=account.id,
            amount=None if number % 4 == 0 else str(number % 3 * 100),
            expected_on=None if number % 3 == 0 else f"2026-03-{number % 7 + 1:02}",
        )
    return tiny


@pytest.mark.parametrize("sort", SORTS, ids=" ".join)
def test_pages_follow_each_other_in_both_directions(deals: Tiny, sort: list[str]) -> None:
    whole = [record.id for record in deals.query("deal", sort=sort, limit=50).records]
    assert len(whole) == 23
    seen, after, firsts = [], "", []
    while True:
        page = deals.query("deal", sort=sort, limit=4, after=after)
        seen += [record.id for record in page.records]
        firsts.append(page.first)
        if not page.more:
            break
        after = page.next
    assert seen == whole
    for number in range(len(firsts) - 1, 0, -1):
        page = deals.query("deal", sort=sort, limit=4, before=firsts[number])
        assert [record.id for record in page.records] == whole[number * 4 - 4 : number * 4]
        assert page.more


def test_last_page_is_not_counted(deals: Tiny, statements: Any) -> None:
    with statements() as seen:
        assert deals.query("deal", limit=50).count == 23
        assert deals.query("deal", limit=10, offset=20).count == 23
    assert not any("count(" in one for one in seen)
    assert deals.query("deal", limit=10, offset=500).count == 23
    assert deals.query("deal", limit=10).count == 23


@pytest.mark.parametrize("place", ["first", "inside"])
def test_order_of_the_list_is_read_from_its_index(deals: Tiny, statements: Any, place: str) -> None:
    page = deals.query("deal", by="mona", limit=4)
    with statements() as seen:
        deals.query("deal", by="ada", limit=4, after=page.next if place == "inside" else "", count=False, titles=())
    engine = deals.db.kw["bind"]
    if engine.dialect.name != "sqlite":
        pytest.skip("with so few records PostgreSQL takes no index")
    asked = next(one for one in seen if "LIMIT" in one and "tiny__deal" in one)
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", tuple([None] * asked.count("?"))).all()
    assert any("swx_created_at_" in str(row) for row in plan), plan
    assert not any("TEMP B-TREE" in str(row) for row in plan), plan


def test_indexes_of_the_order_hold_living_records_only(deals: Tiny) -> None:
    with deals.db() as session:
        found = sa.inspect(session.connection()).get_indexes("tiny__deal")
    columns = [[name for name in one["column_names"] if name != "deleted_at"] for one in found]
    assert ["created_at", "id"] in columns
    assert ["owner", "created_at", "id"] in columns
    assert ["stage", "stage_entered_at", "id", "amount"] in columns  # the amount that boards add up


@pytest.mark.parametrize("seed", range(4))
def test_no_record_is_skipped_or_doubled_while_others_come_in(deals: Tiny, seed: int) -> None:
    chance = random.Random(seed)
    fields = chance.sample(["amount", "expected_on", "created_at", "stage", "name", "account"], k=chance.randint(1, 3))
    sort = [chance.choice(["", "-"]) + one for one in fields]
    whole = [record.id for record in deals.query("deal", sort=sort, limit=50).records]
    seen: list[int] = []
    after = ""
    while True:
        page = deals.query("deal", sort=sort, limit=5, after=after, count=False)
        seen += [record.id for record in page.records]
        if not page.more:
            break
        after = page.next
        amount = chance.choice([None, "0", "100", "200"])
        deals.create(
            "deal",
            now=deals.now - timedelta(days=chance.randint(0, 5)),
            name=f"Deal {len(seen):02}+",
            account=1,
            amount=amount,
        )
    assert len(seen) == len(set(seen))
    assert [one for one in seen if one in whole] == whole, sort
