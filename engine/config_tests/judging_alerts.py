"""Whether the rules that a test names fire, and whether those are told whom it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.alerts.rows import Alert, Notification
from engine.config.spot import Spot
from engine.config_tests.findings import differs, instead
from rules.errors import N_, Fault, Term

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.config_tests.world import World

_FIRING = ("firing", "acknowledged")


def judge_alerts(world: World, expect: Spot) -> Iterator[Fault]:
    """Yield what is not as expected of alerts, as they stand in the database."""
    with world.base.sessions() as session:
        for key, spot in expect["alerts"].members():
            yield from _judge(world, session, key, None, spot)
        for one in expect["records"].items():
            for key, spot in one["alerts"].members():
                yield from _judge(world, session, key, world.records[one["record"].text][1], spot)


def told_by(world: World, session: Session, rule: str, record_id: int | None) -> set[int] | None:
    """Return the ids of the people who were told in the running episode; None when nothing fires."""
    mine = [Alert.app_key == world.live.key, Alert.rule == rule, Alert.state.in_(_FIRING)]
    mine += [] if record_id is None else [Alert.record_id == record_id]
    firing = {row.id: row.episode for row in session.execute(select(Alert.id, Alert.episode).where(*mine))}
    if not firing:
        return None
    query = select(Notification.alert_id, Notification.episode, Notification.person_id)
    rows = session.execute(query.where(Notification.alert_id.in_(firing)))
    return {person for alert, episode, person in rows if firing[alert] == episode}


def _judge(world: World, session: Session, key: str, record_id: int | None, spot: Spot) -> Iterator[Fault]:
    told = told_by(world, session, key, record_id)
    label = world.live.app.alerts[key].label
    if spot.value is False or told is None:
        if (spot.value is False) != (told is None):
            template = N_("“{rule}” fires.") if told is not None else N_("“{rule}” does not fire.")
            came = False if told is None else world.names_of_people(told)
            yield differs(spot, instead(spot, came), "test.alert", template, rule=label)
        return
    if isinstance(spot.value, list):
        wanted = {world.people[name] for name in spot.texts}
        if wanted != told:
            found = world.names_of_people(told)
            template = N_("“{rule}”: expected to be told: {expected}; told: {found}.")
            names = {"expected": _listed(world.called_people(wanted)), "found": _listed(world.called_people(told))}
            facts = {"rule": label, **names}
            yield differs(spot, instead(spot, found), "test.told", template, **facts)


def _listed(names: list[str]) -> object:
    return ", ".join(names) or Term(N_("nobody"))
