from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine.alerts import notifications_of
from engine.people import Person
from tests.engine.alerts.conftest import rule
from tests.support.house import NINE, House

Open = Callable[..., House]
LATER = NINE + timedelta(minutes=1)


def urgent(*to: str, **changes: Any) -> dict[str, Any]:
    return rule(when="urgent", message="{name}", notify=[{"to": list(to)}], **changes)


def deal(house: House, owner: str = "alice", **values: Any) -> int:
    account = house.create("account", name="Alpha", region="north")
    given = {"name": "Pump", "account": account, "amount": 100000, "urgent": True, **values}
    return house.create("deal", owner=house.users[owner].id if owner else None, **given)


def told(house: House) -> list[tuple[str, str]]:
    return [(person, via) for person, via, _, _ in house.told()]


def test_steps_name_people(open_with: Open) -> None:
    named = {
        "owner": ["owner"],
        "manager": ["manager"],
        "creator": ["creator"],
        "field": ["field:reviewer"],
        "person": ["person:MONA "],
        "role": ["role:manager"],
        "several": ["owner", "manager", "role:manager"],
    }
    house = open_with(*(urgent(*to, key=key) for key, to in named.items()))
    account = house.create("account", name="Alpha", region="north")

    values = {"name": "Pump", "account": account, "urgent": True, "reviewer": house.users["mona"].id}
    house.create("deal", by="alice", **values)

    with house.maker() as session:
        sent = [(one.rule, who, one.via) for one, who in notifications_of(session, "tiny")]
    assert sorted(sent) == [
        ("creator", "alice", "creator"),
        ("field", "mona", "field:reviewer"),
        ("manager", "mona", "manager"),
        ("owner", "alice", "owner"),
        ("person", "mona", "person:MONA "),
        ("role", "mona", "role:manager"),
        ("several", "alice", "owner"),
        ("several", "mona", "manager"),
    ]


def test_stranger_to_the_record_is_passed_over(open_with: Open) -> None:
    house = open_with(urgent("owner", "person:charlie"))

    deal(house)

    assert told(house) == [("alice", "owner")]


def test_owner_who_has_left_is_replaced_by_the_manager(open_with: Open) -> None:
    house = open_with(urgent("owner"))
    one = deal(house, urgent=False)
    house.leave("alice")

    house.update("deal", one, LATER, urgent=True)

    assert told(house) == [("mona", "fallback")]


def test_record_without_owner_goes_to_those_who_run_the_app(open_with: Open) -> None:
    house = open_with(urgent("owner"))

    deal(house, owner="")

    assert told(house) == [("ada", "fallback")]


def test_step_that_only_reaches_strangers_falls_back(open_with: Open) -> None:
    house = open_with(urgent("person:charlie"))

    deal(house)

    assert told(house) == [("mona", "fallback")]


def test_hidden_field_is_blank_for_those_it_is_hidden_from(open_with: Open) -> None:
    house = open_with(urgent("owner", "manager") | {"message": "{name}: {margin} %"})

    deal(house, margin=12.5)

    assert [(who, text) for who, _, _, text in house.told()] == [("alice", "Pump: — %"), ("mona", "Pump: 12.5 %")]


def test_message_is_written_in_the_language_of_its_reader(open_with: Open) -> None:
    texts = {"en": "{name} is urgent: {urgent}, {stage}", "zh_Hans": "{name} 紧急：{urgent}，{stage}"}
    house = open_with(urgent("owner", "manager") | {"message": texts})
    with house.maker.begin() as session:
        session.get_one(Person, house.users["mona"].id).locale = "zh_Hant"

    deal(house)

    assert [text for *_, text in house.told()] == ["Pump is urgent: yes, Open", "Pump 紧急：是，跟進中"]


INSERTS = {
    "{amount}": "1,234.50",
    "{quantity}": "1,200",
    "{discount}": "7.5",
    "{expected_on}": "2026-03-05",
    "{next_call_at}": "2026-03-02 17:30",
    "{tags}": "New, Upsell",
    "{account}": "Alpha",
    "{owner}": "Alice",
    "{account.region}": "North",
    "{owner.manager.name}": "Mona",
    "{amount * 2}": "2,469",
    "{closed_on}": "—",
    "{if_empty(closed_on, today)}": "2026-03-02",
}


def test_inserts_are_written_as_their_kind_is(open_with: Open) -> None:
    house = open_with(urgent("owner") | {"message": " | ".join(INSERTS)})

    deal(
        house,
        amount="1234.50",
        quantity=1200,
        discount=7.5,
        expected_on="2026-03-05",
        next_call_at="2026-03-02 17:30",
        tags=["new", "upsell"],
    )

    ((*_, message),) = house.told()
    assert dict(zip(INSERTS, message.split(" | "), strict=True)) == INSERTS


def test_record_behind_a_reference_is_blank_for_those_who_may_not_see_it(open_with: Open) -> None:
    message = "{subject} about {deal} worth {deal.amount}"
    house = open_with(urgent("owner", "manager") | {"form": "visit", "when": "subject == 'Tea'", "message": message})
    account = house.create("account", name="Alpha", region="north")
    one = house.create("deal", name="Pump", account=account, amount=5, owner=house.users["bob"].id)

    house.create("visit", subject="Tea", account=account, deal=one, owner=house.users["alice"].id)

    assert [(who, text) for who, _, _, text in house.told()] == [
        ("alice", "Tea about — worth —"),
        ("mona", "Tea about Pump worth 5.00"),
    ]
