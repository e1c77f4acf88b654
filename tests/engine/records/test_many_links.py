"""Several people and several records in one field: who may be named, what is out of sight, conditions, alerts, teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.alerts import Notification
from engine.errors import ConfigError
from engine.records.expressions import condition_from
from forms.errors import FormError
from tests.support.configs import Config, form_of, tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny


def config() -> Config:
    made = tiny_app()
    form_of(made, "account")["fields"] += [
        {"key": "deals", "type": "references", "label": "Deals", "to": "deal", "max_items": 3},
        {"key": "helpers", "type": "people", "label": "Helpers", "role": "rep"},
        {"key": "north", "type": "people", "label": "North", "team": "north_team"},
        {"key": "crew", "type": "team", "label": "Crew"},
        {"key": "head", "type": "person", "label": "Head", "team": "south_team"},
    ]
    return made


@pytest.fixture
def ready(tiny: Tiny) -> Tiny:
    tiny.publish(config())
    return tiny


def add(tiny: Tiny, by: str = "alice", name: str = "Acme", **more: Any) -> Any:
    return tiny.create("account", by, name=name, region="north", **more)


def deal(tiny: Tiny, name: str, by: str) -> Any:
    home = add(tiny, by, f"Home of {name}")
    return tiny.create("deal", by, name=name, account=home.id, amount="10")


def found(tiny: Tiny, condition: str, by: str = "alice") -> list[object]:
    with tiny.db() as session:
        where = condition_from(tiny.live(session), "account", condition, tiny.user(by))
    return sorted(map(str, tiny.names("account", by, where=where)))


def test_records_out_of_sight_cannot_be_named_but_stay_when_others_named_them(ready: Tiny) -> None:
    mine, theirs = deal(ready, "Mine", "alice"), deal(ready, "Theirs", "bob")

    with pytest.raises(FormError) as caught:
        add(ready, deals=[str(mine.id), str(theirs.id)])
    record = add(ready, "mona", "Shared", deals=[str(theirs.id)])
    changed = ready.update(record, "alice", deals=[str(theirs.id), str(mine.id)])

    assert [(fault.code, fault.field) for fault in caught.value.faults] == [("field.unknown", "deals")]
    assert changed["deals"] == [theirs.id, mine.id]


def test_deleted_record_stays_named_and_is_not_found_by_title(ready: Tiny) -> None:
    first = deal(ready, "First", "alice")
    record = add(ready, deals=[str(first.id)])
    ready.delete(first)

    assert ready.get(record)["deals"] == [first.id]
    assert ready.query("account", where=None).titles.get("deal", {}) == {}
    with pytest.raises(FormError):
        add(ready, name="Other", deals="First")


@pytest.mark.parametrize(
    ("field", "named", "fine"),
    [
        ("helpers", "bob; charlie", True),
        ("helpers", "bob; mona", False),
        ("north", "mona", True),
        ("north", "charlie", False),
        ("head", "charlie", True),
        ("head", "alice", False),
    ],
)
def test_people_are_limited_by_role_and_team(ready: Tiny, field: str, named: str, fine: bool) -> None:
    if fine:
        assert add(ready, **{field: named})[field] is not None
        return
    with pytest.raises(FormError) as caught:
        add(ready, **{field: named})
    assert [fault.field for fault in caught.value.faults] == [field]


def test_more_than_allowed_is_refused(ready: Tiny) -> None:
    ids = [str(deal(ready, f"D{place}", "alice").id) for place in range(4)]

    with pytest.raises(FormError) as caught:
        add(ready, deals=ids)

    assert [fault.code for fault in caught.value.faults] == ["field.too_many"]


def test_conditions_ask_about_items_in_the_database(ready: Tiny) -> None:
    one, two = deal(ready, "One", "alice"), deal(ready, "Two", "alice")
    add(ready, name="Both", deals=[str(one.id), str(two.id)], helpers="alice; bob", crew="north_team")
    add(ready, name="Neither")

    assert found(ready, "contains(helpers, me)") == ["Both"]
    assert found(ready, "contains(helpers, me)", "charlie") == []
    assert found(ready, "length(deals) == 2 and is_filled(helpers)") == ["Both"]
    assert found(ready, "crew == me.team") == ["Both"]
    assert "Neither" in found(ready, "is_empty(helpers) and length(deals) == 0")


def test_rights_may_follow_the_people_of_a_record(tiny: Tiny) -> None:
    made = config()
    rights = [{"roles": ["rep"], "actions": ["read", "create"], "records": "owner == me or contains(helpers, me)"}]
    form_of(made, "account")["permissions"] = rights
    tiny.publish(made)
    add(tiny, name="With Bob", helpers="bob")
    add(tiny, name="Alone")

    assert tiny.names("account", "bob") == ["With Bob"]
    assert sorted(map(str, tiny.names("account", "alice"))) == ["Alone", "With Bob"]


def test_alert_tells_everybody_in_a_field(tiny: Tiny) -> None:
    made = config()
    rule = {
        "key": "named",
        "label": "Named",
        "form": "account",
        "when": "is_filled(helpers)",
        "message": "{name}",
        "notify": [{"to": ["field:helpers"]}],
    }
    made["alerts"] = [rule]
    tiny.publish(made)

    add(tiny, helpers="bob; charlie")

    with tiny.db() as session:
        told = {notification.person_id for notification in session.query(Notification)}
    assert told == {tiny.user("bob").id, tiny.user("charlie").id}


def test_team_is_written_as_it_is_known_and_must_be(ready: Tiny) -> None:
    assert add(ready, crew=" NORTH_team ")["crew"] == "north_team"
    with pytest.raises(FormError) as caught:
        add(ready, name="B", crew="east")
    assert [(fault.code, fault.field) for fault in caught.value.faults] == [("field.unknown", "crew")]


def test_app_may_list_its_teams(tiny: Tiny) -> None:
    made = config()
    made["app"]["teams"] = ["一线", "二线"]
    tiny.publish(made)

    assert add(tiny, crew="二线")["crew"] == "二线"
    with pytest.raises(FormError):
        add(tiny, name="B", crew="north_team")


def test_field_of_one_becomes_a_field_of_several(tiny: Tiny) -> None:
    made = config()
    fields = form_of(made, "account")["fields"]
    fields += [
        {"key": "chief", "type": "person", "label": "Chief"},
        {"key": "main", "type": "reference", "label": "Main", "to": "deal"},
    ]
    tiny.publish(made)
    first = deal(tiny, "First", "alice")
    record = add(tiny, chief="bob", main=str(first.id))

    fields[-2]["type"], fields[-1]["type"] = "people", "references"
    tiny.publish(made)

    assert (tiny.get(record)["chief"], tiny.get(record)["main"]) == ([tiny.user("bob").id], [first.id])
    fields[-2]["type"] = "person"
    tiny.publish(made)  # nobody changed it: what it was comes back
    assert tiny.get(record)["chief"] == tiny.user("bob").id
    fields[-2]["type"] = "people"
    tiny.publish(made)
    tiny.update(record, chief="bob, alice")
    fields[-2]["type"] = "person"
    with pytest.raises(ConfigError):
        tiny.publish(made)
