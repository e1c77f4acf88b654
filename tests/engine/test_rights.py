from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine import pipeline, records
from engine.errors import NotFound, Refused
from engine.people import Person, User
from engine.records.expressions import condition_from
from engine.records.filters import Filter, read_filter
from engine.records.preview import preview
from engine.records.titles import titles
from engine.rights import field_access, may, visible
from forms.errors import FormError
from rules.errors import RuleError
from tests.support.configs import field_of, form_of, tiny_app

if TYPE_CHECKING:
    from engine.records import Record
    from tests.engine.conftest import Tiny


@pytest.fixture
def deal(tiny: Tiny) -> Record:
    """Alice's deal with a margin that only managers see."""
    account = tiny.create("account", name="Acme", region="north")
    made = tiny.create("deal", name="Alpha", account=account.id, amount="100")
    return tiny.update(made, by="mona", margin="12.5")


def person_id(tiny: Tiny, name: str) -> int:
    with tiny.db() as session:
        return session.scalars(sa.select(Person.id).where(Person.sign_in == name)).one()


def test_owner_manager_and_admin_see_a_record(tiny: Tiny, deal: Record) -> None:
    seen = {name: tiny.names("deal", name) for name in ("alice", "bob", "charlie", "mona", "ada")}

    assert seen == {"alice": ["Alpha"], "bob": [], "charlie": [], "mona": ["Alpha"], "ada": ["Alpha"]}


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_stranger_finds_nothing_by_its_address(tiny: Tiny, deal: Record, name: str) -> None:
    with pytest.raises(NotFound):
        tiny.get(deal, name)
    with pytest.raises(NotFound):
        tiny.update(deal, by=name, name="Mine")
    with pytest.raises(NotFound):
        tiny.move(deal, "offer", by=name)
    with pytest.raises(Refused):
        tiny.delete(deal, by=name)
    with tiny.db() as session, pytest.raises(NotFound):
        records.timeline(session, tiny.live(session), "deal", deal.id, tiny.user(name), tiny.now)
    with tiny.db() as session, pytest.raises(NotFound):
        pipeline.stage_times(session, tiny.live(session), "deal", deal.id, tiny.user(name), tiny.now)
    with tiny.db() as session:
        assert pipeline.moves(session, tiny.live(session), "deal", deal, tiny.user(name), tiny.now) == []


def test_a_past_moment_follows_the_same_rights(tiny: Tiny, deal: Record) -> None:
    assert tiny.names("deal", "alice", at=tiny.now) == ["Alpha"]
    assert tiny.names("deal", "bob", at=tiny.now) == []
    with pytest.raises(NotFound):
        tiny.get(deal, "bob", at=tiny.now)


def test_manager_of_another_region_sees_nothing(tiny: Tiny, deal: Record) -> None:
    with tiny.db.begin() as session:
        session.scalars(sa.select(Person).where(Person.sign_in == "mona")).one().region = "south"

    assert tiny.names("deal", "mona") == []


def test_somebody_without_a_role_may_nothing(tiny: Tiny, deal: Record) -> None:
    stranger = User(id=99, sign_in="x", name="X")
    with tiny.db() as session:
        app = tiny.live(session)
        page = records.query(session, app, "deal", stranger, tiny.now)
        assert (page.records, visible(app, "deal", stranger), may(stranger, "read", app)) == ((), frozenset(), False)
        with pytest.raises(Refused):
            records.create(session, app, "account", {"name": "A", "region": "north"}, stranger, tiny.now)


def test_nobody_creates_a_record_for_somebody_else(tiny: Tiny, deal: Record) -> None:
    bob = person_id(tiny, "bob")

    with pytest.raises(Refused):
        tiny.create("deal", name="Gift", account=deal["account"], owner=bob)

    assert tiny.create("deal", "mona", name="Gift", account=deal["account"], owner=bob)["owner"] == bob


def test_nobody_moves_a_record_out_of_their_own_reach(tiny: Tiny, deal: Record) -> None:
    bob, charlie = person_id(tiny, "bob"), person_id(tiny, "charlie")

    with pytest.raises(Refused):
        tiny.update(deal, owner=bob)
    with pytest.raises(Refused):
        tiny.update(deal, by="mona", owner=charlie)

    assert tiny.update(deal, by="mona", owner=bob)["owner"] == bob


def test_hidden_field_is_nowhere_in_a_record(tiny: Tiny, deal: Record) -> None:
    [listed] = tiny.query("deal").records

    assert ("margin" in tiny.get(deal).values, "margin" in listed.values) == (False, False)
    assert tiny.get(deal, "mona")["margin"] == 12.5


def test_hidden_field_is_answered_like_a_typo(tiny: Tiny, deal: Record) -> None:
    for key in ("margin", "marginn"):
        with pytest.raises(FormError) as error:
            tiny.update(deal, **{key: "5"})
        assert (error.value.code, error.value.faults[0].facts) == ("field.unknown_field", {"name": key})


def test_hidden_field_sorts_and_filters_nothing(tiny: Tiny, deal: Record) -> None:
    with pytest.raises(FormError) as error:
        tiny.query("deal", sort=["-margin"])
    assert error.value.code == "field.unknown_field"
    with pytest.raises(FormError):
        tiny.query("deal", filters=[Filter("margin", "min", (10,))])
    with tiny.db() as session:
        app, alice = tiny.live(session), tiny.user("alice")
        with pytest.raises(FormError):
            read_filter(session, app, "deal", alice, tiny.now, "margin", "min", ["10"])


def test_hidden_field_is_unknown_in_a_typed_condition(tiny: Tiny, deal: Record) -> None:
    with tiny.db() as session:
        app, alice, mona = tiny.live(session), tiny.user("alice"), tiny.user("mona")
        with pytest.raises(RuleError):
            condition_from(app, "deal", "margin > 10", alice)
        typed_by_mona = condition_from(app, "deal", "margin > 10", mona)
        with pytest.raises(RuleError):
            records.query(session, app, "deal", alice, tiny.now, where=typed_by_mona)
        assert len(records.query(session, app, "deal", mona, tiny.now, where=typed_by_mona).records) == 1


def test_hidden_field_is_not_in_the_timeline(tiny: Tiny, deal: Record) -> None:
    with tiny.db() as session:
        app = tiny.live(session)
        entries = {
            name: [
                sorted(one.fields)
                for one in records.timeline(session, app, "deal", deal.id, tiny.user(name), tiny.now)
                if one.verb == "update"
            ]
            for name in ("alice", "mona")
        }

    assert entries == {"alice": [], "mona": [["margin"]]}


def test_hidden_text_is_not_found_by_searching(tiny: Tiny) -> None:
    config = tiny_app()
    form_of(config, "deal")["permissions"][0]["fields"] = {"notes": "hidden"}
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha Straße", account=account.id)
    tiny.update(deal, by="mona", notes="secret plan")

    found = {
        (who, text): tiny.names("deal", who, text=text) for who in ("alice", "mona") for text in ("secret", "strasse")
    }

    assert found == {
        ("alice", "secret"): [],
        ("alice", "strasse"): ["Alpha Straße"],
        ("mona", "secret"): ["Alpha Straße"],
        ("mona", "strasse"): ["Alpha Straße"],
    }


def test_field_names_are_no_words_of_the_search(tiny: Tiny, deal: Record) -> None:
    assert tiny.names("deal", text="name") == []
    assert tiny.names("deal", text="\x1fNAME\x1ealpha") == []


def test_read_only_field_refuses_another_value_only(tiny: Tiny) -> None:
    config = tiny_app()
    form_of(config, "deal")["permissions"][0]["fields"] = {"discount": "read"}
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=account.id)
    deal = tiny.update(deal, by="mona", discount="5")

    tiny.update(deal, discount="5", notes="same")
    with pytest.raises(FormError) as error:
        tiny.update(deal, discount="6")

    assert [(one.field, one.code) for one in error.value.faults] == [("discount", "field.read_only")]


def test_strictest_word_counts_within_a_role_and_the_most_generous_between_roles(tiny: Tiny) -> None:
    config = tiny_app()
    deal = form_of(config, "deal")
    deal["permissions"].append({"roles": ["rep"], "actions": ["export"], "fields": {"discount": "hidden"}})
    tiny.publish(config)

    with tiny.db() as session:
        app, alice = tiny.live(session), tiny.user("alice")
        both = User(alice.id, "x", "X", roles=alice.roles | {("tiny", "manager")})
        assert [field_access(app, "deal", alice)[key] for key in ("margin", "discount", "amount", "net_amount")] == [
            "hidden",
            "hidden",
            "edit",
            "read",
        ]
        assert [field_access(app, "deal", both)[key] for key in ("margin", "discount")] == ["edit", "edit"]


def test_role_without_grants_on_a_form_opens_no_field(tiny: Tiny) -> None:
    config = tiny_app()
    config["app"]["roles"].append({"key": "guest", "label": "Guest"})
    tiny.publish(config)

    with tiny.db() as session:
        app, alice = tiny.live(session), tiny.user("alice")
        also_guest = User(alice.id, "x", "X", roles=alice.roles | {("tiny", "guest")})
        assert field_access(app, "deal", also_guest)["margin"] == "hidden"


def test_form_without_permissions_is_open_to_every_role(tiny: Tiny) -> None:
    config = tiny_app()
    del form_of(config, "visit")["permissions"]
    tiny.publish(config)

    with tiny.db() as session:
        app = tiny.live(session)
        verbs = ("read", "create", "update", "move", "import", "export", "delete", "configure")
        assert [may(tiny.user("alice"), verb, app, "visit") for verb in verbs] == [True] * 6 + [False] * 2
        assert [may(tiny.user("ada"), verb, app, "visit") for verb in verbs] == [True] * 8


def test_titles_and_lookup_leave_out_what_one_may_not_see(tiny: Tiny, deal: Record) -> None:
    with tiny.db() as session:
        app = tiny.live(session)
        seen = {name: titles(session, app, "deal", [deal.id], tiny.user(name), tiny.now) for name in ("alice", "bob")}
        offered = {
            name: records.lookup(session, app, "deal", "al", tiny.user(name), tiny.now) for name in ("alice", "bob")
        }

    assert seen == {"alice": {deal.id: "Alpha"}, "bob": {}}
    assert offered == {"alice": [(deal.id, "Alpha")], "bob": []}


def test_nobody_refers_to_a_record_they_may_not_see(tiny: Tiny, deal: Record) -> None:
    account = deal["account"]

    with pytest.raises(FormError) as error:
        tiny.create("visit", "bob", subject="Spy", account=account, deal=deal.id)

    assert [(one.field, one.code) for one in error.value.faults] == [("deal", "field.unknown")]


def test_reference_by_title_finds_only_what_one_may_see(tiny: Tiny, deal: Record) -> None:
    with pytest.raises(FormError) as error:
        tiny.create("visit", "bob", subject="Spy", account=deal["account"], deal="Alpha")

    assert [(one.field, one.code) for one in error.value.faults] == [("deal", "field.unknown")]
    assert tiny.create("visit", "alice", subject="Mine", account=deal["account"], deal="Alpha")["deal"] == deal.id


def test_typed_condition_tells_nothing_of_unseen_references(tiny: Tiny, deal: Record) -> None:
    visit = tiny.create("visit", subject="Hello", account=deal["account"], deal=deal.id)
    bob = person_id(tiny, "bob")
    tiny.update(visit, by="ada", owner=bob)

    found = {}
    with tiny.db() as session:
        app = tiny.live(session)
        for name in ("bob", "mona"):
            user = tiny.user(name)
            for text in ("deal.amount > 50", "not deal.amount > 50", "subject == 'Hello'"):
                where = condition_from(app, "visit", text, user)
                found[name, text] = len(records.query(session, app, "visit", user, tiny.now, where=where).records)

    assert found == {
        ("bob", "deal.amount > 50"): 0,
        ("bob", "not deal.amount > 50"): 0,
        ("bob", "subject == 'Hello'"): 1,
        ("mona", "deal.amount > 50"): 1,
        ("mona", "not deal.amount > 50"): 0,
        ("mona", "subject == 'Hello'"): 1,
    }


def test_required_field_that_is_hidden_asks_nobody_who_cannot_see_it(tiny: Tiny) -> None:
    config = tiny_app()
    field_of(config, "deal", "margin")["required"] = True
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north")

    assert tiny.create("deal", name="Alpha", account=account.id).version == 1
    with pytest.raises(FormError) as error:
        tiny.create("deal", "mona", name="Beta", account=account.id)
    assert [(one.field, one.code) for one in error.value.faults] == [("margin", "field.required")]


def test_form_being_filled_in_computes_nothing_from_a_record_out_of_sight(tiny: Tiny) -> None:
    config = tiny_app()
    form_of(config, "account")["permissions"][0]["records"] = "owner == me"
    computed = {"key": "area", "type": "computed", "label": "Area", "expression": "account.name", "result": "text"}
    default = {"key": "copy", "type": "text", "label": "Copy", "default_expression": "account.name"}
    form_of(config, "deal")["fields"] += [computed, default]
    tiny.publish(config)
    closed = tiny.create("account", "mona", name="Closed", region="north")

    with tiny.db() as session:
        typed = {"name": "Boiler", "account": str(closed.id)}
        found = preview(session, tiny.live(session), "deal", typed, tiny.user("alice"), tiny.now)

    assert "Closed" not in found.values.values()
    with pytest.raises(FormError) as error:
        tiny.create("deal", name="Boiler", account=closed.id)
    assert [(fault.code, fault.field) for fault in error.value.faults] == [("field.unknown", "account")]
