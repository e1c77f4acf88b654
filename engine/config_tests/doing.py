"""Doing the steps of a test: the same verbs as screens use, each in a savepoint of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import pipeline, records
from engine.alerts.acting import act
from engine.config.spot import Spot
from engine.config_tests.world import World
from engine.jobs.ticking import do_rules
from engine.records.clock import bring_to_today
from engine.records.subtables import RowInput, save

if TYPE_CHECKING:
    from engine.people import User

#: What happens at the very moment at which a test begins is seen by who looked before.
EARLY = timedelta(minutes=1)


def do(world: World, step: Spot) -> None:
    """Do one step; whatever the verb refuses is raised, and nothing of the step remains.

    1. Let the clock go on. 2. Act. 3. Do what the alerts that this set off do themselves.
    """
    world.now = world.moment(step["at"]) or world.now
    refresh(world)
    deed = step["do"].text
    if deed == "wait":
        pass_time(world)
        return
    with world.base.sessions.begin() as session:
        _DEEDS[deed](world, session, step, world.user(session, step["user"]))
    act(world.base.sessions, world.now)


def pass_time(world: World, *, early: bool = False) -> None:
    """Do what a worker does at this moment, or a minute `early`: values of the day, rules, due alerts, their actions.

    Nothing is sent anywhere: messages stay in the scratch database, and no channel is set up in it.
    """
    moment = world.now - EARLY if early else world.now
    do_rules(world.base.sessions, moment, due_only=False)
    act(world.base.sessions, moment)


def refresh(world: World) -> None:
    """Bring values that read the day to the day it is."""
    with world.base.sessions.begin() as session:
        bring_to_today(session, world.live, world.now)


def _create(world: World, session: Session, step: Spot, user: User) -> None:
    form, rows = step["form"].text, _rows(world, step)
    values = world.typed(form, step["values"])
    if rows:
        made = save(session, world.live, form, None, values, rows, user, world.now)
    else:
        made = records.create(session, world.live, form, values, user, world.now)
    if step["as"].text:
        world.records[step["as"].text] = (form, made.id)


def _update(world: World, session: Session, step: Spot, user: User) -> None:
    form, id_ = world.records[step["record"].text]
    values, rows = world.typed(form, step["values"]), _rows(world, step)
    if rows:
        save(session, world.live, form, id_, values, rows, user, world.now)
    else:
        records.update(session, world.live, form, id_, values, user, world.now)


def _move(world: World, session: Session, step: Spot, user: User) -> None:
    form, id_ = world.records[step["record"].text]
    pipeline.move(session, world.live, form, id_, step["to"].text, world.typed(form, step["values"]), user, world.now)


def _delete(world: World, session: Session, step: Spot, user: User) -> None:
    form, id_ = world.records[step["record"].text]
    records.delete(session, world.live, form, id_, user, world.now)


def _rows(world: World, step: Spot) -> dict[str, list[RowInput]]:
    form = step["form"].text or world.records[step["record"].text][0]
    tables = world.live.form(form).tables_by_key
    return {
        key: [
            RowInput(f"new{number}", world.typed(tables[key].of, row)) for number, row in enumerate(listed.items(), 1)
        ]
        for key, listed in step["rows"].members()
    }


_DEEDS: dict[str, Callable[[World, Session, Spot, User], None]] = {
    "create": _create,
    "update": _update,
    "move": _move,
    "delete": _delete,
}
