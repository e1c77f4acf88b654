from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine.people import SYSTEM
from engine.records.bulk import BulkRow, open_bulk, prepare_many, write_many
from engine.records.subtables import RowInput, save
from forms.errors import FormError
from tests.support.derived_world import Config, derived_world, form_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Tiny

_LIMITS = [
    {
        "key": "budget",
        "label": "Cost of all tasks",
        "via": "project",
        "measure": {"agg": "sum", "value": "cost", "where": "hours != 0"},
        "at_most": "budget",
        "message": "The tasks cost more than the project has",
    },
    {"key": "few", "label": "Tasks of a project", "via": "project", "measure": {"agg": "count"}, "at_most": 3},
]


def limited(**changes: Any) -> Config:
    config = derived_world()
    form_of(config, "task")["limits"] = [{**_LIMITS[0], **changes}, _LIMITS[1]]
    return config


@pytest.fixture
def world(tiny: Tiny) -> Tiny:
    tiny.publish(limited())
    return tiny


def refused(act: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(FormError) as caught:
        act()
    return [(fault.field, str(fault.text)) for fault in caught.value.faults]


def test_last_cent_of_a_limit_may_be_used(world: Tiny) -> None:
    project = world.create("project", name="Roof", budget="0.30")
    world.create("task", name="A", project=project.id, cost="0.10")
    world.create("task", name="B", project=project.id, cost="0.20")

    told = refused(lambda: world.create("task", name="C", project=project.id, cost="0.01"))

    assert told == [("project", "The tasks cost more than the project has (0.31; at most 0.3)")]
    assert world.get(project)["spent"] == 30


def test_limit_holds_for_every_way_in(world: Tiny) -> None:
    roof, wall = (world.create("project", name=name, budget=10) for name in ("Roof", "Wall"))
    one = world.create("task", name="A", project=roof.id, cost=6)
    two = world.create("task", name="B", project=wall.id, cost=6)
    gone = world.create("task", name="C", project=wall.id, cost=1)
    world.delete(gone)
    world.update(two, cost=10)

    assert len(refused(lambda: world.update(one, cost=11))) == 1
    assert len(refused(lambda: world.update(two, project=roof.id))) == 1
    assert len(refused(lambda: world.restore(gone))) == 1
    assert len(refused(lambda: world.update(wall, budget=9))) == 1
    assert len(refused(lambda: world.create("task", via="api", name="D", project=roof.id, cost=5))) == 1
    assert (world.get(roof)["spent"], world.get(wall)["spent"]) == (600, 1000)


def test_record_that_does_not_count_is_not_limited(world: Tiny) -> None:
    project = world.create("project", name="Roof", budget=10)

    free = world.create("task", name="A", project=project.id, cost=100, hours=0)

    assert len(refused(lambda: world.update(free, hours=1))) == 1
    assert world.create("task", name="B", cost=1000)["cost"] == 100000
    assert world.create("task", name="C", project=world.create("project", name="Open").id, cost=1000).id


def test_bulk_refuses_the_rows_that_do_not_fit_and_takes_the_others(world: Tiny) -> None:
    project = world.create("project", name="Roof", budget=10)
    old = world.create("task", name="Old", project=project.id, cost=4)

    with world.db.begin() as session:
        writing = open_bulk(session, world.live(session), "task", SYSTEM, world.now, write=True)
        values = [("A", 900), ("B", 500), ("C", 100)]
        rows = [BulkRow({"name": name, "project": project.id, "cost": cost}) for name, cost in values]
        drafts = prepare_many(writing, [*rows, BulkRow({"cost": 0}, old.id)])
        write_many(writing, [draft for draft in drafts if not draft.faults])

    assert [[fault.code for fault in draft.faults] for draft in drafts] == [["record.limit"], [], [], []]
    assert world.get(project)["spent"] == 600


def test_limit_that_came_later_lets_things_get_better(world: Tiny) -> None:
    world.publish(derived_world())
    project = world.create("project", name="Roof", budget=10)
    task = world.create("task", name="A", project=project.id, cost=50)
    world.publish(limited())

    world.update(task, name="Still A")
    better = world.update(task, cost=40)
    raised = world.update(project, budget=20)

    assert (better["cost"], raised["budget"]) == (4000, 2000)
    assert len(refused(lambda: world.update(task, cost=41))) == 1
    assert len(refused(lambda: world.update(project, budget=15))) == 1


def test_limit_below_is_kept_when_records_go(world: Tiny) -> None:
    config = limited()
    form_of(config, "task")["limits"] = [
        {"key": "some", "label": "At least one", "via": "project", "measure": {"agg": "count"}, "at_least": 1}
    ]
    world.publish(config)
    project = world.create("project", name="Roof")
    first, second = (world.create("task", name=name, project=project.id) for name in "AB")

    world.delete(first)

    assert refused(lambda: world.delete(second)) == [("project", "At least one (0; at least 1)")]
    assert len(refused(lambda: world.update(second, project=None))) == 1


def test_figures_are_told_only_to_who_may_see_all_records(world: Tiny) -> None:
    config = limited()
    form_of(config, "task")["permissions"] = [
        {"roles": ["rep"], "actions": ["read", "create"], "records": "owner == me"},
        {"roles": ["manager", "admin"], "actions": ["read", "create", "update"]},
    ]
    for one in form_of(config, "task")["fields"], form_of(config, "booking")["fields"]:
        for field in one:
            if field["type"] == "lookup":
                field["discloses"] = True
    world.publish(config)
    project = world.create("project", name="Roof", budget=10)

    told = [
        refused(lambda by=by: world.create("task", by=by, name="A", project=project.id, cost=11))[0][1]
        for by in ("alice", "ada")
    ]

    assert told == [
        "This breaks a limit: The tasks cost more than the project has",
        "The tasks cost more than the project has (11; at most 10)",
    ]


def test_consequence_elsewhere_that_breaks_a_limit_is_refused(world: Tiny) -> None:
    config = limited(at_most="left + 100")
    form_of(config, "task")["limits"][0]["measure"] = {"agg": "sum", "value": "project_left"}
    form_of(config, "task")["limits"][0]["at_most"] = 1000
    world.publish(config)
    project = world.create("project", name="Roof", budget=10)
    for name in "AB":
        world.create("task", name=name, project=project.id)

    assert len(refused(lambda: world.update(project, budget=501))) == 1
    assert world.update(project, budget=500)["budget"] == 50000


def test_two_people_cannot_spend_the_same_money(world: Tiny) -> None:
    project = world.create("project", name="Roof", budget=10)
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def spend(name: str) -> None:
        start.wait(10)
        try:
            world.create("task", name=name, project=project.id, cost=4)
            outcomes.append("spent")
        except FormError:
            outcomes.append("refused")

    threads = [threading.Thread(target=spend, args=(name,)) for name in "ABCD"]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)

    with world.db() as session:
        table = world.live(session).tables.current("task")
        total = session.scalar(sa.select(sa.func.sum(table.c.cost)))
    assert (sorted(outcomes), total) == (["refused", "refused", "spent", "spent"], 800)


def test_limit_holds_for_rows_of_a_sub_table(world: Tiny) -> None:
    config = limited()
    lines = {
        "key": "lines",
        "type": "sub_table",
        "label": "Lines",
        "of": "task",
        "via": "project",
        "columns": ["name", "cost"],
    }
    form_of(config, "project")["fields"].append(lines)
    world.publish(config)

    def save_rows(*costs: int, record: int | None = None, gone: int | None = None) -> int:
        rows = [RowInput(f"new{cost}", {"name": f"T{cost}", "cost": cost}) for cost in costs]
        if gone is not None:
            rows.append(RowInput(str(gone), {}, gone, 1, removed=True))
        with world.db.begin() as session:
            values = {} if record else {"name": "Roof", "budget": 10}
            live, alice = world.live(session), world.user("alice")
            return save(session, live, "project", record, values, {"lines": rows}, alice, world.now, None).id

    told = refused(lambda: save_rows(6, 5))
    project = save_rows(6, 4)
    first = next(one for one in world.query("task").records if one["name"] == "T6")
    more = refused(lambda: save_rows(3, record=project))
    save_rows(5, record=project, gone=first.id)

    assert told[0][1] == "The tasks cost more than the project has (11; at most 10)"
    assert len(more) == 1
    assert sorted(world.names("task")) == ["T4", "T5"]
