from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine import records
from engine.people import SYSTEM, Person
from tests.support.configs import Config, field_of, form_of, tiny_app

if TYPE_CHECKING:
    from engine.records import Record
    from tests.engine.conftest import Tiny

DAY = timedelta(days=1)


def chained() -> Config:
    """Visits feed deals, deals feed accounts, and accounts feed visits again: three forms deep."""
    config = tiny_app()
    label = "x"
    form_of(config, "deal")["fields"] += [
        {"key": "visits", "type": "rollup", "label": label, "measure": {"of": "visit", "agg": "count", "via": "deal"}},
        {
            "key": "last_visit",
            "type": "rollup",
            "label": label,
            "measure": {"of": "visit", "agg": "max", "value": "visited_on", "via": "deal"},
        },
        {
            "key": "weight",
            "type": "computed",
            "label": label,
            "expression": "visits * 10 + if_empty(account.employees, 0)",
            "result": "number",
        },
    ]
    form_of(config, "account")["fields"] += [
        {"key": "employees", "type": "number", "label": label},
        {
            "key": "weight_total",
            "type": "rollup",
            "label": label,
            "measure": {
                "of": "deal",
                "agg": "sum",
                "value": "weight",
                "where": "account.region == 'north'",
                "via": "account",
            },
        },
        {
            "key": "grade",
            "type": "computed",
            "label": label,
            "expression": "'A' if weight_total >= 20 else 'B'",
            "result": "text",
        },
    ]
    form_of(config, "visit")["fields"].append(
        {
            "key": "heading",
            "type": "computed",
            "label": label,
            "expression": "concat(account.name, ' ', account.grade)",
            "result": "text",
        }
    )
    return config


@pytest.fixture
def chain(tiny: Tiny) -> Tiny:
    tiny.publish(chained())
    return tiny


def make(tiny: Tiny) -> tuple[Record, Record]:
    account = tiny.create("account", name="Acme", region="north", employees="3")
    return account, tiny.create("deal", name="Alpha", account=account.id, amount="10.01")


def test_rollup_starts_at_nothing(tiny: Tiny) -> None:
    assert tiny.create("account", name="Acme", region="north")["won_value"] == 0


def test_rollup_of_money_is_exact_to_the_cent(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    for number, amount in enumerate(("0.10", "0.20", "90071992547409.00")):
        deal = tiny.create("deal", name=f"D{number}", account=account.id, amount=amount)
        tiny.move(tiny.move(deal, "offer"), "won")

    assert tiny.get(account)["won_value"] == 9007199254740930


def test_rollup_follows_create_update_move_delete_and_restore(tiny: Tiny) -> None:
    first = tiny.create("account", name="First", region="north")
    second = tiny.create("account", name="Second", region="north")
    deal = tiny.create("deal", name="Alpha", account=first.id, amount="10")

    def values() -> tuple[object, object]:
        return tiny.get(first)["won_value"], tiny.get(second)["won_value"]

    seen = [values()]
    tiny.move(tiny.move(deal, "offer"), "won")
    seen.append(values())
    tiny.update(deal, amount="12")
    seen.append(values())
    tiny.update(deal, account=second.id)
    seen.append(values())
    tiny.delete(deal)
    seen.append(values())
    tiny.restore(deal)
    seen.append(values())

    assert seen == [(0, 0), (1000, 0), (1200, 0), (0, 1200), (0, 0), (0, 1200)]


def test_chain_over_three_forms_settles_in_one_act(chain: Tiny) -> None:
    account, deal = make(chain)
    visit = chain.create("visit", subject="One", account=account.id, deal=deal.id, visited_on="2026-01-05")
    chain.create("visit", subject="Two", account=account.id, deal=deal.id, visited_on="2026-02-05")

    after_two = chain.get(deal), chain.get(account), chain.get(visit)
    chain.update(account, by="mona", name="Better", employees="1")
    after_rename = chain.get(deal), chain.get(account), chain.get(visit)

    assert (after_two[0]["visits"], str(after_two[0]["last_visit"]), after_two[0]["weight"]) == (2, "2026-02-05", 23)
    assert (after_two[1]["weight_total"], after_two[1]["grade"], after_two[2]["heading"]) == (23, "A", "Acme A")
    assert (after_rename[0]["weight"], after_rename[1]["weight_total"], after_rename[2]["heading"]) == (
        21,
        21,
        "Better A",
    )


def test_derived_change_asks_no_editor_to_start_again(chain: Tiny) -> None:
    account, deal = make(chain)
    chain.create("visit", subject="One", account=account.id, deal=deal.id)

    assert chain.update(account, version=account.version, phone="010-12345678").version == 2


def test_derived_values_have_history(chain: Tiny, now: datetime) -> None:
    account, deal = make(chain)
    chain.create("visit", subject="One", account=account.id, deal=deal.id, now=now + DAY)

    assert [chain.get(deal, at=now + days * DAY)["visits"] for days in (0, 1)] == [0, 1]


def test_derived_change_stands_in_the_timeline_as_the_systems(chain: Tiny) -> None:
    account, deal = make(chain)
    chain.create("visit", subject="One", account=account.id, deal=deal.id)

    with chain.db() as session:
        newest = records.timeline(session, chain.live(session), "account", account.id, chain.user("mona"), chain.now)[0]

    assert (newest.verb, newest.via, newest.person, newest.fields) == (
        "derive",
        "rule",
        "",
        {"weight_total": (3.0, 13.0)},
    )


def test_computed_text_is_found_by_search(chain: Tiny) -> None:
    account, deal = make(chain)
    chain.create("visit", subject="One", account=account.id, deal=deal.id)
    chain.update(account, by="mona", name="Zebra")

    assert chain.names("visit", text="zebra") == ["One"]


def test_reference_that_is_gone_counts_as_empty(chain: Tiny) -> None:
    account, deal = make(chain)
    chain.delete(account)

    assert chain.get(deal)["weight"] == 0


def test_computed_field_follows_the_people_it_reads(tiny: Tiny) -> None:
    config = tiny_app()
    form_of(config, "deal")["fields"].append(
        {
            "key": "desk",
            "type": "computed",
            "label": "Desk",
            "expression": "concat(owner.region, '/', owner.manager.name, '/', account.owner.name)",
            "result": "text",
        }
    )
    tiny.publish(config)
    account = tiny.create("account", "bob", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=account.id)

    before = deal["desk"]
    with tiny.db.begin() as session:
        people = {one.sign_in: one for one in session.scalars(sa.select(Person))}
        people["alice"].region, people["mona"].name, people["bob"].name = "west", "Mona M", "Bob B"
        session.flush()
        records.people_changed(session, [one.id for one in people.values()], tiny.now)

    assert (before, tiny.get(deal)["desk"]) == ("north/Mona/Bob", "west/Mona M/Bob B")


def test_two_writers_of_one_parent_miss_nothing(tiny: Tiny) -> None:
    config = tiny_app()
    field_of(config, "account", "won_value")["measure"] = {
        "of": "deal",
        "agg": "sum",
        "value": "amount",
        "via": "account",
    }
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north")
    failures: list[BaseException] = []

    def write(who: str) -> None:
        try:
            for number in range(6):
                tiny.create("deal", who, name=f"{who} {number}", account=account.id, amount="1")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=write, args=(who,)) for who in ("alice", "bob", "charlie")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failures, tiny.get(account)["won_value"]) == ([], 1800)


def test_statements_of_a_write_do_not_grow_with_the_children(tiny: Tiny, statements: Any) -> None:
    account = tiny.create("account", name="Acme", region="north")

    def cost(name: str) -> int:
        with statements() as seen, tiny.db.begin() as session:
            app = tiny.live(session)
            records.create(session, app, "deal", {"name": name, "account": account.id}, SYSTEM, tiny.now)
        return len(seen)

    first = cost("D0")
    for number in range(1, 20):
        tiny.create("deal", name=f"D{number}", account=account.id)

    assert cost("D20") == first
