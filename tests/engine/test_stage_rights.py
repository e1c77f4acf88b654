"""Rights that depend on the record: by its stage, by a condition of the entry, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine import exports, records
from engine.config.check import check
from engine.config.load import load
from engine.errors import ConfigError, Refused
from engine.people import User
from engine.records.expressions import condition_from
from engine.records.filters import Filter
from engine.records.preview import preview
from engine.rights import ever_visible, field_access, visible
from forms.errors import FormError
from rules.errors import RuleError
from tests.support.configs import Config, form_of, tiny_app

if TYPE_CHECKING:
    from engine.records import Record
    from tests.engine.conftest import Tiny

REP = ["read", "create", "update", "move", "import", "export"]


def staged(*entries: dict[str, Any]) -> Config:
    """Return the small app with these permissions for deals, and all rights for managers."""
    config = tiny_app()
    everything = [*REP, "delete"]
    form_of(config, "deal")["permissions"] = [*entries, {"roles": ["manager"], "actions": everything}]
    return config


@pytest.fixture
def locked(tiny: Tiny) -> Record:
    """An offer of Alice's: from then on its amount can only be read, and its notes are hidden, from sales reps."""
    tiny.publish(
        staged(
            {"roles": ["rep"], "actions": REP},
            {
                "roles": ["rep"],
                "actions": ["read"],
                "stages": ["offer", "won"],
                "fields": {"amount": "read", "notes": "hidden", "owner": "read"},
            },
        )
    )
    account = tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Open", account=account.id, amount="1", notes="plain")
    deal = tiny.create("deal", name="Offer", account=account.id, amount="100", notes="secret")
    return tiny.move(deal, "offer", by="mona")


def faults(error: pytest.ExceptionInfo[FormError]) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in error.value.faults]


def test_verbs_follow_the_stage(tiny: Tiny) -> None:
    tiny.publish(
        staged(
            {"roles": ["rep"], "actions": ["read", "create", "move"]},
            {"roles": ["rep"], "actions": ["update"], "stages": ["open"], "records": "owner == me or urgent"},
        )
    )
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=account.id, amount="5")

    deal = tiny.update(deal, notes="mine")
    with pytest.raises(Refused):
        tiny.update(deal, by="bob", notes="his")
    moved = tiny.move(deal, "offer")
    with pytest.raises(Refused):
        tiny.update(moved, notes="late")

    assert tiny.update(moved, by="mona", notes="hers")["notes"] == "hers"


def test_fields_are_hidden_by_the_record_s_own_stage(tiny: Tiny, locked: Record) -> None:
    listed = {one["name"]: one.get("notes", "-") for one in tiny.query("deal").records}

    assert listed == {"Open": "plain", "Offer": "-"}
    assert "notes" not in tiny.get(locked).values
    assert tiny.get(locked, "mona")["notes"] == "secret"
    assert tiny.get(locked).access["amount"] == "read"


def test_field_of_a_locked_record_is_refused_whatever_is_written(tiny: Tiny, locked: Record) -> None:
    with pytest.raises(FormError) as amount:
        tiny.update(locked, amount="7")
    with pytest.raises(FormError) as notes:
        tiny.update(locked, notes="secret")
    with pytest.raises(FormError) as owner:
        tiny.update(locked, owner=tiny.user("bob").id)
    with pytest.raises(FormError) as typo:
        tiny.update(locked, notess="secret")

    assert faults(amount) == [("amount", "field.read_only")]
    assert faults(notes) == [("notes", "field.unknown_field")]
    assert faults(owner) == [("owner", "field.read_only")]
    assert faults(typo) == [("notess", "field.unknown_field")]
    assert tiny.update(locked, amount="100", discount="5")["discount"] == 5


def test_writing_answers_with_no_more_than_reading(tiny: Tiny, locked: Record) -> None:
    assert "notes" not in tiny.update(locked, discount="5").values
    assert "notes" not in tiny.delete(locked, by="mona").access or "notes" not in tiny.query("deal").records


def test_field_hidden_on_some_records_is_not_sorted_or_filtered_by_and_found_where_it_is_seen(
    tiny: Tiny, locked: Record
) -> None:
    with pytest.raises(FormError):
        tiny.query("deal", sort=["notes"])
    with pytest.raises(FormError):
        tiny.query("deal", filters=[Filter("notes", "contains", ("plain",))])
    with tiny.db() as session, pytest.raises(RuleError):
        condition_from(tiny.live(session), "deal", "contains(notes, 'plain')", tiny.user("alice"))

    found = {who: [tiny.names("deal", who, text=text) for text in ("secret", "plain")] for who in ("alice", "mona")}
    assert found == {"alice": [[], ["Open"]], "mona": [["Offer"], ["Open"]]}
    with tiny.db() as session:
        live, alice = tiny.live(session), tiny.user("alice")
        assert "notes" in ever_visible(live, "deal", alice) - visible(live, "deal", alice)


def test_past_and_history_show_no_more_than_today(tiny: Tiny, locked: Record) -> None:
    tiny.update(locked, by="mona", notes="later secret")

    with tiny.db() as session:
        live = tiny.live(session)
        told = {
            who: {
                key
                for one in records.timeline(session, live, "deal", locked.id, tiny.user(who), tiny.now)
                for key in one.fields
            }
            for who in ("alice", "mona")
        }

    assert ("notes" in told["alice"], "notes" in told["mona"]) == (False, True)
    assert "notes" not in tiny.get(locked, at=tiny.now).values
    assert [one.get("notes", "-") for one in tiny.query("deal", sort=["name"], at=tiny.now).records] == ["-", "plain"]


def test_file_holds_only_cells_in_sight(tiny: Tiny, locked: Record) -> None:
    with tiny.db() as session:
        header, *rows = exports.rows(session, tiny.live(session), "deal", tiny.user("alice"), tiny.now)

    cells = {row[header.index("name")]: row[header.index("notes")] for row in rows}
    assert cells == {"Open": "plain", "Offer": ""}


def test_form_of_a_locked_record_leaves_hidden_fields_out(tiny: Tiny, locked: Record) -> None:
    with tiny.db() as session:
        live, alice = tiny.live(session), tiny.user("alice")
        kept = preview(session, live, "deal", {}, alice, tiny.now, locked.id)
        new = preview(session, live, "deal", {"name": "X"}, alice, tiny.now)

    assert ("notes" in kept.hidden, "notes" in kept.values, "amount" in kept.read_only) == (True, False, True)
    assert ("notes" in new.hidden, "amount" in new.read_only) == (False, False)


def test_number_of_statements_does_not_grow_with_the_records(tiny: Tiny, locked: Record, statements: Any) -> None:
    with statements() as few:
        tiny.query("deal")
    for number in range(30):
        tiny.create("deal", name=f"D{number}", account=locked["account"])
    with statements() as many:
        tiny.query("deal")

    assert len(few) == len(many)


def test_entry_with_a_condition_speaks_of_its_records_alone(tiny: Tiny) -> None:
    tiny.publish(
        staged(
            {"roles": ["rep"], "actions": REP, "records": "owner == me"},
            {"roles": ["rep"], "actions": ["read"], "records": "owner != me", "fields": {"amount": "hidden"}},
        )
    )
    account = tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Mine", account=account.id, amount="1")
    tiny.create("deal", "bob", name="His", account=account.id, amount="2")

    assert {one["name"]: one.get("amount", "-") for one in tiny.query("deal").records} == {"Mine": 100, "His": "-"}
    assert {one["name"]: one.get("amount", "-") for one in tiny.query("deal", "bob").records} == {
        "Mine": "-",
        "His": 200,
    }


def test_role_that_sees_a_field_on_every_record_may_sort_by_it_beside_a_narrower_role(tiny: Tiny) -> None:
    config = staged({"roles": ["rep"], "actions": REP, "records": "owner == me", "fields": {"amount": "hidden"}})
    tiny.publish(config)

    with tiny.db() as session:
        live, alice = tiny.live(session), tiny.user("alice")
        both = User(alice.id, "x", "X", roles=alice.roles | {("tiny", "manager")})
        assert ("amount" in visible(live, "deal", both), "amount" in visible(live, "deal", alice)) == (True, False)
        assert field_access(live, "deal", alice)["amount"] == "hidden"


@pytest.mark.parametrize(
    ("form", "entry", "code"),
    [
        ("deal", {"stages": ["nowhere"]}, "stage.unknown"),
        ("visit", {"stages": ["open"]}, "form.stages"),
        ("deal", {"stages": []}, "schema.minItems"),
        ("deal", {"fields": {"nobody": "read"}}, "field.unknown"),
    ],
)
def test_wrong_entry_is_refused(tiny: Tiny, form: str, entry: dict[str, Any], code: str) -> None:
    config = tiny_app()
    form_of(config, form)["permissions"][0] |= entry

    with pytest.raises(ConfigError) as error:
        tiny.publish(config)

    assert error.value.faults[0].code == code or code.startswith("schema")


def test_computed_field_that_would_tell_a_hidden_one_is_warned_of() -> None:
    config = tiny_app()
    form_of(config, "deal")["permissions"][0]["fields"] = {"amount": "hidden"}

    found = [one for one in check(load(config)) if one.code == "form.told"]

    assert [(one.level, one.facts["computed"]) for one in found] == [("warning", "net_amount")]
