"""Likely duplicates are found within rights, and two records become one without anything being lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine.config.source import Source
from engine.errors import ConfigError, NotFound, Refused, StaleWrite
from engine.records.merging import merge, merged_into, merges_of, unmerge
from engine.records.record import Record
from engine.records.twins import twins
from engine.releases.compiling import compile_source
from engine.talk.followers import RECORD, follow, followers, record_thing
from engine.talk.rows import Comment
from forms.errors import FormError

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

VERBS = ["read", "create", "update", "delete"]


def customers() -> dict[str, Any]:
    return {
        "app": {
            "key": "tiny",
            "label": "Customers",
            "version": "1",
            "time_zone": "Asia/Shanghai",
            "calendar": "CN",
            "currency": "CNY",
            "roles": [{"key": key, "label": key} for key in ("rep", "manager", "admin")],
        },
        "forms": [
            {
                "key": "customer",
                "label": "Customer",
                "title": "name",
                "duplicates": {"fields": ["name", "phone", "mail"]},
                "fields": [
                    {"key": "name", "type": "text", "label": "Name", "required": True},
                    {"key": "phone", "type": "phone", "label": "Phone", "unique": True},
                    {"key": "mail", "type": "email", "label": "E-mail"},
                    {"key": "city", "type": "text", "label": "City"},
                    {"key": "rating", "type": "number", "label": "Rating"},
                    {"key": "parent", "type": "reference", "label": "Parent", "to": "customer"},
                    {
                        "key": "orders",
                        "type": "rollup",
                        "label": "Orders",
                        "measure": {"of": "order", "agg": "count", "via": "customer"},
                    },
                ],
                "permissions": [
                    {
                        "roles": ["rep"],
                        "actions": ["read", "create", "update"],
                        "records": "owner == me",
                        "fields": {"mail": "hidden"},
                    },
                    {"roles": ["manager", "admin"], "actions": VERBS},
                ],
            },
            {
                "key": "order",
                "label": "Order",
                "title": "number",
                "fields": [
                    {"key": "number", "type": "text", "label": "Number", "required": True},
                    {"key": "customer", "type": "reference", "label": "Customer", "to": "customer"},
                    {"key": "others", "type": "references", "label": "Others", "to": "customer"},
                ],
                "unique": [["number", "customer"]],
                "permissions": [{"roles": ["rep", "manager", "admin"], "actions": VERBS}],
            },
        ],
    }


@pytest.fixture
def crm(tiny: Tiny) -> Tiny:
    tiny.publish(customers())
    return tiny


def found(crm: Tiny, by: str = "mona", but: int | None = None, **values: Any) -> list[tuple[str, tuple[str, ...]]]:
    with crm.db() as session:
        made = twins(session, crm.live(session), "customer", crm.user(by), crm.now, values, but=but)
    return [(str(one.record["name"]), one.fields) for one in made]


def merged(crm: Tiny, survivor: Record, loser: Record, *take: str, by: str = "mona", **more: Any) -> Record:
    with crm.db.begin() as session:
        app = crm.live(session)
        return merge(session, app, "customer", survivor.id, loser.id, take, crm.user(by), crm.now, **more)


def test_twins_are_found_while_typing(crm: Tiny) -> None:
    crm.create("customer", by="mona", name="北京星河科技有限公司", phone="138 0013 8000", mail="a@example.com")
    crm.create("customer", by="mona", name="Acme Industries GmbH")
    crm.create("customer", by="mona", name="馮輔可")
    assert found(crm, name="星河科技股份有限公司") == [("北京星河科技有限公司", ("name",))]
    assert found(crm, name="Somebody", phone="+86 138-0013-8000") == [("北京星河科技有限公司", ("phone",))]
    assert found(crm, mail="A@EXAMPLE.com") == [("北京星河科技有限公司", ("mail",))]
    assert found(crm, name="acme industries, inc.") == [("Acme Industries GmbH", ("name",))]
    assert found(crm, name="冯辅可") == [("馮輔可", ("name",))]
    assert found(crm, name="Nobody like that") == []
    assert found(crm, name="", phone="1") == []


def test_twins_tell_no_more_than_somebody_may_see(crm: Tiny) -> None:
    bob = crm.user("bob").id
    crm.create("customer", by="mona", owner=bob, name="Acme Industries", mail="a@example.com")
    mine = crm.create("customer", by="alice", name="Zeta Works")
    assert found(crm, by="alice", name="Acme Industries") == []
    assert found(crm, by="bob", mail="a@example.com") == []
    assert found(crm, by="alice", name="Zeta Works") == [("Zeta Works", ("name",))]
    assert found(crm, by="alice", but=mine.id, name="Zeta Works") == []


def test_merge_gives_everything_to_the_survivor(crm: Tiny) -> None:
    one = crm.create("customer", by="mona", name="Acme", city="Bern")
    two = crm.create(
        "customer", by="mona", name="ACME Ltd", phone="13800138000", city="Basel", rating="5", parent=one.id
    )
    child = crm.create("customer", by="mona", name="Child", parent=two.id)
    order = crm.create("order", by="mona", number="A1", customer=two.id, others=[two.id, one.id])
    gone_order = crm.delete(crm.create("order", by="mona", number="A2", customer=two.id))
    with crm.db.begin() as session:
        user = crm.user("mona").id
        said = {"app_key": "tiny", "form": "customer", "person_id": user, "text": "hi", "created_at": crm.now}
        session.execute(sa.insert(Comment), [said | {"record_id": two.id}])
        follow(session, "tiny", RECORD, record_thing("customer", two.id), user, crm.now)

    survivor = merged(crm, one, two, "phone", "rating")

    assert (survivor["name"], survivor["city"], survivor["phone"], survivor["rating"]) == (
        "Acme",
        "Bern",
        "13800138000",
        5,
    )
    assert crm.get(child, by="mona")["parent"] == one.id
    assert crm.get(order)["customer"] == one.id
    assert crm.get(order)["others"] == [one.id]
    assert crm.get(survivor, by="mona")["orders"] == 1
    assert crm.get(survivor, by="mona")["parent"] is None
    with pytest.raises(NotFound):
        crm.get(two, by="mona")
    assert crm.get(two, by="mona", deleted=True)["name"] == "ACME Ltd"
    with crm.db() as session:
        app = crm.live(session)
        pointer = merged_into(session, app, "customer", two.id)
        assert pointer is not None
        assert pointer.survivor_id == one.id
        assert session.scalars(sa.select(Comment.record_id)).all() == [one.id]
        assert followers(session, "tiny", "customer", one.id) == [user]
    assert crm.restore(gone_order)["customer"] == one.id


def test_merge_can_be_undone(crm: Tiny) -> None:
    one = crm.create("customer", by="mona", name="Acme", city="Bern")
    two = crm.create("customer", by="mona", name="ACME Ltd", phone="13800138000", city="Basel", rating="5")
    mine = crm.create("order", by="mona", number="A0", customer=one.id)
    order = crm.create("order", by="mona", number="A1", customer=two.id)
    merged(crm, one, two, "phone", "city", "rating")
    crm.update(crm.get(one, by="mona"), by="mona", rating="7")
    later = crm.create("order", by="mona", number="A9", customer=one.id)
    with crm.db.begin() as session:
        app = crm.live(session)
        [row] = merges_of(session, app, "customer", one.id)
        back = unmerge(session, app, "customer", row.id, crm.user("mona"), crm.now)
        with pytest.raises(NotFound):
            unmerge(session, app, "customer", row.id, crm.user("mona"), crm.now)
    assert (back.id, back["phone"], back["city"]) == (two.id, "13800138000", "Basel")
    kept = crm.get(one, by="mona")
    assert (kept["phone"], kept["city"], kept["rating"]) == (None, "Bern", 7)
    assert [crm.get(each)["customer"] for each in (mine, order, later)] == [one.id, two.id, one.id]


def test_merge_asks_for_both_rights(crm: Tiny) -> None:
    one = crm.create("customer", by="alice", name="Acme")
    two = crm.create("customer", by="alice", name="Acme Ltd")
    with pytest.raises(Refused):
        merged(crm, one, two, by="alice")
    assert crm.get(two)["name"] == "Acme Ltd"


def test_merge_refuses_what_would_not_be_unique_and_changes_nothing(crm: Tiny) -> None:
    one = crm.create("customer", by="mona", name="Acme")
    two = crm.create("customer", by="mona", name="Acme Ltd")
    for record in (one, two):
        crm.create("order", by="mona", number="A1", customer=record.id)
    with pytest.raises(FormError):
        merged(crm, one, two)
    assert crm.get(two, by="mona")["orders"] == 1


def test_merge_refuses_stale_pages_and_oneself(crm: Tiny) -> None:
    one = crm.create("customer", by="mona", name="Acme")
    two = crm.create("customer", by="mona", name="Acme Ltd")
    crm.update(two, by="mona", city="Bern")
    with pytest.raises(StaleWrite):
        merged(crm, one, two, versions=(one.version, two.version))
    with pytest.raises(FormError):
        merged(crm, one, one)


@pytest.mark.parametrize(("key", "code"), [("rating", "form.duplicates"), ("nothing", "field.unknown")])
def test_duplicates_name_fields_that_tell(crm: Tiny, key: str, code: str) -> None:
    config = customers()
    config["forms"][0]["duplicates"]["fields"] = [key]
    with pytest.raises(ConfigError) as caught:
        compile_source(Source.from_dict(config))
    assert code in {fault.code for fault in caught.value.faults}
