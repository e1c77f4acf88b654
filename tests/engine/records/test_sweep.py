from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.changes import Change
from engine.jobs import tick
from engine.records.sweep import mend, sweep
from tests.support.derived_world import derived_world

if TYPE_CHECKING:
    from engine.records import Record
    from tests.engine.conftest import Tiny


@pytest.fixture
def world(tiny: Tiny) -> Tiny:
    tiny.publish(derived_world())
    return tiny


def stale_cells(tiny: Tiny, now: datetime | None = None) -> dict[str, int]:
    with tiny.db() as session:
        found = list(sweep(session, tiny.live(session), now or tiny.now))
    assert sum(one.checked for one in found) > 0
    return {f"{one.form}.{one.field}": one.stale for one in found if one.stale}


def make(tiny: Tiny) -> tuple[Record, Record, Record]:
    project = tiny.create("project", name="Roof", color="red", budget=900, due_on="2026-03-10")
    task = tiny.create("task", name="Tiles", project=project.id, hours=3, cost="100.50", due_on="2026-03-02")
    return project, task, tiny.create("booking", name="Crane", task=task.id)


def test_lookup_copies_over_a_chain_of_references(world: Tiny) -> None:
    project, task, booking = make(world)

    assert (task["color"], task["project_name"]) == ("red", "Roof")
    assert (booking["project"], booking["color"], booking["late"]) == (project.id, "red", False)
    assert (booking["lead"], booking["lead_region"]) == (world.user("alice").id, world.user("alice").region)


def test_lookup_follows_its_source_and_its_reference(world: Tiny) -> None:
    project, task, booking = make(world)
    other = world.create("project", name="Wall", color="blue")

    world.update(project, color="blue", name="Dome")
    renamed = world.get(task)["project_name"], world.get(booking)["color"]
    world.update(task, project=other.id)

    assert renamed == ("Dome", "blue")
    assert (world.get(task)["project_name"], world.get(booking)["project"]) == ("Wall", other.id)
    assert stale_cells(world) == {}


def test_lookup_is_empty_while_its_source_is_deleted(world: Tiny) -> None:
    project, task, booking = make(world)

    world.delete(project)
    gone = world.get(task)["color"], world.get(booking)["color"], world.get(booking)["project"]
    clean = stale_cells(world)
    world.restore(project)

    assert gone == (None, None, project.id)
    assert clean == {}
    assert (world.get(task)["color"], world.get(booking)["color"]) == ("red", "red")
    assert stale_cells(world) == {}


def test_midnight_brings_values_that_read_the_day_and_all_that_follow(world: Tiny) -> None:
    project, task, booking = make(world)
    midnight = datetime(2026, 3, 2, 16, 0, 1, tzinfo=world.now.tzinfo)  # Shanghai

    before = tick(world.db, midnight - timedelta(seconds=5))
    stale = stale_cells(world, midnight)
    after = tick(world.db, midnight)

    assert before.get("refreshed", 0) == 0
    assert set(stale) == {"task.is_late", "project.days_left"}
    assert after["refreshed"] == 3
    assert world.get(task).values | {"is_late": True, "state": "late"} == world.get(task).values
    assert (world.get(project)["late_tasks"], world.get(project)["days_left"]) == (1, 7)
    assert world.get(booking)["late"] is True
    assert stale_cells(world, midnight) == {}
    assert world.names("task", text="late") == ["Tiles"]


def test_midnight_comes_once_and_is_caught_up(world: Tiny) -> None:
    _, task, _ = make(world)
    later = world.now + timedelta(days=40)

    first, second = tick(world.db, later), tick(world.db, later + timedelta(hours=1))

    assert (first["refreshed"], second.get("refreshed", 0)) == (3, 0)
    assert world.get(task)["is_late"] is True


def test_midnight_has_history_and_makes_no_open_form_stale(world: Tiny) -> None:
    project, task, _ = make(world)
    later = world.now + timedelta(days=1)

    tick(world.db, later)

    with world.db() as session:
        told = session.scalars(sa.select(Change).where(Change.via == "clock", Change.form == "task")).all()
        diffs = [(one.record_id, one.verb, one.diff) for one in told]
        live = world.live(session)
        history = live.tables.history("task")
        lines = session.execute(
            sa.select(history.c.is_late, history.c.changed_via, history.c.valid_to, history.c.version)
            .where(history.c.id == task.id)
            .order_by(history.c["_line"])
        ).all()
    assert diffs == [(task.id, "derive", {"is_late": [False, True], "state": ["fine", "late"]})]
    assert [tuple(line) for line in lines[-2:]] == [(False, "rule", later, 1), (True, "clock", None, 1)]
    assert world.get(task, at=later - timedelta(seconds=1))["is_late"] is False
    assert world.update(project, version=1, name="Roofs").version == 2


def test_restored_record_has_the_day_it_came_back(world: Tiny) -> None:
    _, task, _ = make(world)
    later = world.now + timedelta(days=3)

    world.delete(task)
    tick(world.db, later)
    world.restore(task, now=later)

    assert world.get(task)["is_late"] is True
    assert stale_cells(world, later) == {}


def test_sweep_finds_and_mends_what_somebody_broke(world: Tiny) -> None:
    project, task, booking = make(world)
    with world.db.begin() as session:
        tables = world.live(session).tables
        session.execute(sa.update(tables.current("project")).values(spent=1, hours=7.5, last_due=None, left=5))
        session.execute(sa.update(tables.current("task")).values(color="blue", is_late=True, search_text="x"))

    found = stale_cells(world)
    with world.db.begin() as session:
        done = mend(session, world.live(session), world.now)

    assert found.keys() >= {"project.spent", "project.hours", "project.last_due", "task.color", "task.is_late"}
    assert set(found.values()) == {1}
    assert done.keys() >= {"project", "task"}
    assert stale_cells(world) == {}
    assert world.get(project)["last_due"] == date(2026, 3, 2)
    assert (world.get(task)["color"], world.get(booking)["color"]) == ("red", "red")


def test_mended_cell_has_history_where_history_was_wrong_too(world: Tiny) -> None:
    project, *_ = make(world)
    later = world.now + timedelta(minutes=1)
    with world.db.begin() as session:
        tables = world.live(session).tables
        for table in (tables.current("project"), tables.history("project")):
            session.execute(sa.update(table).values(hours=7.5))

    with world.db.begin() as session:
        done = mend(session, world.live(session), later)
        told = session.scalars(sa.select(Change).where(Change.via == "sweep")).all()
        diffs = [(one.form, one.record_id, one.verb, one.diff) for one in told]

    assert done == {"project": 1}
    assert diffs[0] == ("project", project.id, "derive", {"hours": [7.5, 3.0]})
    assert world.get(project, at=later)["hours"] == 3


def test_stamp_that_is_computed_with_is_the_one_of_the_write(world: Tiny) -> None:
    config = derived_world()
    task = next(form for form in config["forms"] if form["key"] == "task")
    task["fields"].append(
        {"key": "by", "type": "computed", "label": "By", "expression": "updated_by.name", "result": "text"}
    )
    world.publish(config)
    made = world.create("task", name="Tiles")

    world.update(made, by="ada", name="Slates")

    assert world.get(made)["by"] == world.user("ada").name
    assert stale_cells(world) == {}


def test_another_time_zone_is_another_day(world: Tiny) -> None:
    project, *_ = make(world)
    config = derived_world()
    config["app"]["time_zone"] = "Pacific/Honolulu"

    world.publish(config)

    assert world.get(project)["days_left"] == 9
    assert stale_cells(world) == {}
