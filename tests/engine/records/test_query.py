from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine import records
from engine.errors import EngineError
from engine.records.expressions import condition_from
from engine.records.filters import Filter, read_filter
from engine.records.query import Drill
from engine.records.titles import PEOPLE
from forms.errors import FormError

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

#: name, amount, expected on, tags, urgent
DEALS = [
    ("Alpha", "100", "2026-03-01", ["new"], True),
    ("beta", None, None, None, False),
    ("Gamma", "2.50", "2026-04-01", ["new", "renewal"], False),
    ("Ärger", "100", "2026-03-15", ["upsell"], False),
    ("客户甲", "999999.99", None, None, True),
]


@pytest.fixture
def deals(tiny: Tiny) -> Tiny:
    north = tiny.create("account", name="Acme 北京", region="north")
    south = tiny.create("account", name="Zeta", region="south")
    for number, (name, amount, expected_on, tags, urgent) in enumerate(DEALS):
        tiny.create(
            "deal",
            now=tiny.now - timedelta(days=number),
            name=name,
            account=south.id if number % 2 else north.id,
            amount=amount,
            expected_on=expected_on,
            tags=tags,
            urgent=urgent,
        )
    return tiny


def read(tiny: Tiny, key: str, op: str, *raw: str, by: str = "alice") -> Filter:
    with tiny.db() as session:
        return read_filter(session, tiny.live(session), "deal", tiny.user(by), tiny.now, key, op, raw)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (["name"], ["Alpha", "Gamma", "beta", "Ärger", "客户甲"]),
        (["-name"], ["客户甲", "Ärger", "beta", "Gamma", "Alpha"]),
        (["amount"], ["beta", "Gamma", "Alpha", "Ärger", "客户甲"]),
        (["-amount", "name"], ["客户甲", "Alpha", "Ärger", "Gamma", "beta"]),
        (["expected_on", "-amount"], ["客户甲", "beta", "Alpha", "Ärger", "Gamma"]),
        (["account", "name"], ["Alpha", "Gamma", "客户甲", "beta", "Ärger"]),
        (["urgent", "name"], ["Gamma", "beta", "Ärger", "Alpha", "客户甲"]),
        (["days_in_stage"], ["Alpha", "beta", "Gamma", "Ärger", "客户甲"]),
        (["id"], ["Alpha", "beta", "Gamma", "Ärger", "客户甲"]),
        (None, ["Alpha", "beta", "Gamma", "Ärger", "客户甲"]),
    ],
)
def test_list_is_sorted_the_same_on_both_databases(deals: Tiny, sort: list[str] | None, expected: list[str]) -> None:
    assert deals.names("deal", sort=sort) == expected


@pytest.mark.parametrize(
    "sort", [["name"], ["-amount"], ["amount", "-expected_on"], ["account"], ["owner"], ["stage"], []]
)
def test_pages_follow_each_other_without_gaps(deals: Tiny, sort: list[str]) -> None:
    whole = deals.names("deal", sort=sort)

    found: list[object] = []
    after = ""
    for _ in range(10):
        page = deals.query("deal", sort=sort, limit=2, after=after)
        found += [record["name"] for record in page.records]
        after = page.next
        if not page.more:
            break

    assert found == whole


def test_offset_leads_to_the_same_pages(deals: Tiny) -> None:
    assert deals.names("deal", sort=["name"], limit=2, offset=2) == ["beta", "Ärger"]


@pytest.mark.parametrize("cursor", ["x", "W10", "W1siaWQiXSxbMV1d", "AAAA" * 500, "WyJuYW1lIl0"])
def test_made_up_place_is_refused(deals: Tiny, cursor: str) -> None:
    with pytest.raises(EngineError) as error:
        deals.query("deal", sort=["name"], after=cursor)

    assert error.value.code == "bad_cursor"


def test_place_of_another_order_is_refused(deals: Tiny) -> None:
    place = deals.query("deal", sort=["name"], limit=1).next

    with pytest.raises(EngineError):
        deals.query("deal", sort=["amount"], after=place)


def test_unknown_and_unsortable_fields_are_refused(deals: Tiny) -> None:
    for sort, code in ((["nonsense"], "field.unknown_field"), (["tags"], "sort.field"), (["notes"], "sort.field")):
        with pytest.raises(FormError) as error:
            deals.query("deal", sort=sort)
        assert error.value.code == code


@pytest.mark.parametrize(
    ("key", "op", "raw", "expected"),
    [
        ("name", "contains", ["A"], ["Alpha", "Gamma", "beta"]),
        ("name", "contains", ["ÄR"], ["Ärger"]),
        ("name", "contains", ["%"], []),
        ("name", "is", ["Gamma"], ["Gamma"]),
        ("amount", "min", ["100"], ["Alpha", "Ärger", "客户甲"]),
        ("amount", "max", ["¥99.99"], ["Gamma"]),
        ("amount", "empty", ["yes"], ["beta"]),
        ("amount", "empty", ["no"], ["Alpha", "Gamma", "Ärger", "客户甲"]),
        ("expected_on", "min", ["2026-03-15"], ["Gamma", "Ärger"]),
        ("tags", "is", ["new"], ["Alpha", "Gamma"]),
        ("tags", "is", ["renewal", "upsell"], ["Gamma", "Ärger"]),
        ("urgent", "is", ["yes"], ["Alpha", "客户甲"]),
        ("stage", "is", ["open"], ["Alpha", "Gamma", "beta", "Ärger", "客户甲"]),
        ("stage", "is", ["won", "lost"], []),
        ("account", "is", ["Zeta"], ["beta", "Ärger"]),
        ("owner", "is", ["me"], ["Alpha", "Gamma", "beta", "Ärger", "客户甲"]),
        ("owner", "is", ["bob"], []),
        ("days_in_stage", "min", ["3"], ["Ärger", "客户甲"]),
        ("created_at", "max", ["2026-02-27"], ["Ärger", "客户甲"]),
        ("net_amount", "min", ["100"], ["Alpha", "Ärger", "客户甲"]),
    ],
)
def test_filter_keeps_what_it_names(deals: Tiny, key: str, op: str, raw: list[str], expected: list[str]) -> None:
    assert deals.names("deal", sort=["name"], filters=[read(deals, key, op, *raw)]) == expected


@pytest.mark.parametrize(
    ("key", "op", "raw"),
    [("amount", "min", "much"), ("tags", "min", "new"), ("nonsense", "is", "1"), ("stage", "is", "gone")],
)
def test_filter_that_makes_no_sense_is_refused(deals: Tiny, key: str, op: str, raw: str) -> None:
    with pytest.raises(FormError):
        read(deals, key, op, raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alpha", ["Alpha"]),
        ("ALPHA", ["Alpha"]),
        ("lph", ["Alpha"]),
        ("客户", ["客户甲"]),
        ("ärg", ["Ärger"]),
        ("续约", ["Gamma"]),
        ("new alpha", ["Alpha"]),
        ("beta alpha", []),
        ("%", []),
        ("_", []),
        ("'; drop table", []),
    ],
)
def test_search_finds_every_word_in_any_case(deals: Tiny, text: str, expected: list[str]) -> None:
    assert deals.names("deal", text=text) == expected


def test_search_finds_what_was_changed_last(deals: Tiny) -> None:
    [beta] = deals.query("deal", text="beta").records
    deals.update(beta, name="Omega")

    assert (deals.names("deal", text="beta"), deals.names("deal", text="omega")) == ([], ["Omega"])


def test_typed_condition_joins_what_it_reads(deals: Tiny) -> None:
    with deals.db() as session:
        where = condition_from(
            deals.live(session), "deal", "account.region == 'south' or amount > 500", deals.user("alice")
        )

    assert deals.names("deal", where=where, sort=["name"]) == ["beta", "Ärger", "客户甲"]


def test_count_stands_beside_the_page(deals: Tiny) -> None:
    page = deals.query("deal", limit=2)

    assert (page.count, page.more, len(page.records)) == (5, True, 2)


def test_references_and_people_come_with_their_titles(deals: Tiny) -> None:
    page = deals.query("deal", sort=["name"], limit=1)

    assert page.titles == {PEOPLE: {deals.user("alice").id: "Alice"}, "account": {1: "Acme 北京"}}


def test_query_count_does_not_grow_with_the_records(deals: Tiny, statements: Any) -> None:
    with statements() as few:
        deals.query("deal", limit=1)
    for number in range(30):
        deals.create("deal", name=f"More {number}", account=1 + number % 2)
    with statements() as many:
        deals.query("deal", limit=30)

    assert len(many) == len(few)


def test_measure_leads_to_its_records(deals: Tiny) -> None:
    [gamma] = deals.query("deal", text="gamma").records
    deals.move(gamma, "offer")
    deals.move(gamma, "won")

    with deals.db() as session:
        app = deals.live(session)
        okr = app.app.okrs["sales"]
        from engine.okr.cycle import span_of

        cycle = span_of(okr.cycle, deals.now, "Asia/Shanghai")
        pages = {
            who: records.query(
                session, app, "deal", deals.user(who), deals.now, measure=Drill(okr.measures["won"], cycle)
            )
            for who in ("alice", "bob")
        }

    assert {who: [one["name"] for one in page.records] for who, page in pages.items()} == {
        "alice": ["Gamma"],
        "bob": [],
    }


def test_lookup_offers_beginnings_first(deals: Tiny) -> None:
    with deals.db() as session:
        app, alice = deals.live(session), deals.user("alice")
        found = {
            text: [title for _, title in records.lookup(session, app, "deal", text, alice, deals.now)]
            for text in ("a", "客", "", "new")
        }

    assert found == {
        "a": ["Alpha", "Gamma", "beta"],
        "客": ["客户甲"],
        "": ["Alpha", "Gamma", "beta", "Ärger", "客户甲"],
        "new": [],
    }


def test_every_record_is_gone_through_once(deals: Tiny) -> None:
    with deals.db() as session:
        app, alice = deals.live(session), deals.user("alice")
        names = [one["name"] for one in records.every(session, app, "deal", alice, deals.now)]
        two = [one["name"] for one in records.every(session, app, "deal", alice, deals.now, limit=2)]

    assert (names, two) == ([name for name, *_ in DEALS], ["Alpha", "beta"])
