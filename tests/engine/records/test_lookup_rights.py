from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine.config.check import check
from engine.config.source import Source
from engine.records.filters import read_filter
from engine.rights import visible
from forms.errors import FormError
from tests.support.derived_world import Config, derived_world, form_of

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

_ALL = {"roles": ["manager", "admin"], "actions": ["read", "create", "update"]}


def guarded(form: str, *entries: Config, **lookups: Any) -> Config:
    """Return the world with permissions on one form, and parameters for all lookups."""
    config = derived_world()
    form_of(config, form)["permissions"] = [_ALL, *entries]
    for one in config["forms"]:
        for field in one["fields"]:
            if field["type"] == "lookup":
                field.update(lookups)
    return config


def seen(tiny: Tiny, form: str, by: str) -> frozenset[str]:
    with tiny.db() as session:
        return visible(tiny.live(session), form, tiny.user(by))


def faults(config: Config) -> list[tuple[str, str]]:
    return [(one.file, one.pointer) for one in check(Source.from_dict(config)) if one.code == "field.discloses"]


def test_copy_is_hidden_where_its_source_is(tiny: Tiny) -> None:
    tiny.publish(guarded("project", {"roles": ["rep"], "actions": ["read"], "fields": {"color": "hidden"}}))

    assert "color" not in seen(tiny, "task", "alice")
    assert "color" not in seen(tiny, "booking", "alice")
    assert "project_name" in seen(tiny, "task", "alice")
    assert seen(tiny, "task", "mona") >= {"color", "project_name"}


def test_copy_of_a_copy_is_hidden_with_the_first_source(tiny: Tiny) -> None:
    config = guarded("project", {"roles": ["rep"], "actions": ["read"], "fields": {"color": "hidden"}})
    form_of(config, "booking")["fields"].append(
        {"key": "task_color", "type": "lookup", "label": "Color", "from": "task.color"}
    )
    tiny.publish(config)

    assert "task_color" not in seen(tiny, "booking", "alice")
    assert "task_color" in seen(tiny, "booking", "mona")


def test_copy_is_hidden_from_who_may_not_read_the_form_at_all(tiny: Tiny) -> None:
    tiny.publish(guarded("project"))

    assert seen(tiny, "task", "alice").isdisjoint({"color", "project_name", "project_left"})
    assert "is_late" in seen(tiny, "task", "alice")


def test_hidden_copy_is_in_no_answer_and_no_filter(tiny: Tiny) -> None:
    tiny.publish(guarded("project", {"roles": ["rep"], "actions": ["read"], "fields": {"name": "hidden"}}))
    project = tiny.create("project", by="mona", name="Secret roof")
    task = tiny.create("task", name="Tiles", project=project.id)

    assert "project_name" not in tiny.get(task).values
    assert tiny.names("task", text="secret") == []
    assert tiny.names("task", by="mona", text="secret") == ["Tiles"]
    with tiny.db() as session, pytest.raises(FormError):
        read_filter(session, tiny.live(session), "task", tiny.user("alice"), tiny.now, "project_name", "is", ["x"])


def test_copy_of_records_out_of_reach_must_be_declared() -> None:
    some = {"roles": ["rep"], "actions": ["read"], "records": "owner == me"}

    assert [place for place, _ in faults(guarded("project", some))] == ["forms/task.json"] * 3 + [
        "forms/booking.json"
    ] * 3
    assert faults(guarded("project", some, discloses=True)) == []
    assert faults(guarded("project", {"roles": ["rep"], "actions": ["read"]})) == []


def test_person_of_two_roles_learns_no_more_than_each_may(tiny: Tiny) -> None:
    config = guarded("project", {"roles": ["rep"], "actions": ["read"], "records": "owner == me"})
    form_of(config, "project")["permissions"][0] = {**_ALL, "roles": ["admin"]}
    for form in ("task", "booking"):
        form_of(config, form)["permissions"] = [{"roles": ["manager", "admin"], "actions": ["read", "create"]}]
    tiny.publish(config)
    both = tiny.user("mona")
    with tiny.db() as session:
        live = tiny.live(session)
        from dataclasses import replace

        mixed = replace(both, roles=frozenset({("tiny", "rep"), ("tiny", "manager")}), is_admin=False)
        assert "color" not in visible(live, "task", mixed)
        assert "is_late" in visible(live, "task", mixed)


def test_copies_are_filtered_and_sorted_like_what_they_copy(tiny: Tiny) -> None:
    tiny.publish(derived_world())
    red, blue = (tiny.create("project", name=name, color=name.lower()) for name in ("Red", "Blue"))
    for name, project in (("A", red), ("B", blue), ("C", red)):
        task = tiny.create("task", name=name, project=project.id)
        tiny.create("booking", name=name, task=task.id)

    with tiny.db() as session:
        live, user = tiny.live(session), tiny.user("alice")
        colored = read_filter(session, live, "booking", user, tiny.now, "color", "is", ["red"])
        owned = read_filter(session, live, "booking", user, tiny.now, "lead", "is", ["me"])
        there = read_filter(session, live, "booking", user, tiny.now, "project", "is", [str(blue.id)])

    assert tiny.names("booking", filters=[colored], sort=["-name"]) == ["C", "A"]
    assert tiny.names("booking", filters=[owned, there]) == ["B"]


def test_copied_text_in_a_condition_is_indexed_within_bounds(tiny: Tiny) -> None:
    config = derived_world()
    form_of(config, "task")["permissions"] = [
        {
            "roles": ["rep", "manager", "admin"],
            "actions": ["read", "create"],
            "records": "color == 'red' or state != 'x'",
        }
    ]
    for field in form_of(config, "booking")["fields"]:
        if field["type"] == "lookup":
            field["discloses"] = True
    tiny.publish(config)

    with tiny.db() as session:
        found = sa.inspect(session.connection()).get_indexes("tiny__task")
    assert ["color"] in [index["column_names"] for index in found]
    assert ["state"] not in [index["column_names"] for index in found]
