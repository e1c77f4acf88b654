"""A tree of names: people follow it, records are told of, nothing lies below itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.audit import AuditEvent
from engine.errors import EngineError
from engine.people import Person
from engine.people.team_rows import Team
from engine.staff import teams
from engine.staff.mentions import mentions

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny


def _fill(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        ada = tiny.user("ada")
        asia = teams.add(session, "region", "asia", None, ada, tiny.now)
        teams.add(session, "region", " north ", asia.id, ada, tiny.now)
        teams.ensure(session, {"region": ["south", "north", ""], "team": ["north_team"]}, ada, tiny.now)


def _team(session, name: str) -> Team:  # type: ignore[no-untyped-def]
    return session.scalars(sa.select(Team).where(Team.name == name)).one()


def test_tree_counts_people_by_the_names_they_carry(tiny: Tiny) -> None:
    _fill(tiny)
    with tiny.db() as session:
        found = [(node.team.name, node.depth, node.people, node.whole) for node in teams.tree(session, "region")]
        without = [person.sign_in for person in teams.people_without(session, "region")]

    assert found == [("asia", 0, 0, 3), ("north", 1, 3, 3), ("south", 0, 1, 1)]
    assert without == ["ada"]


def test_people_follow_a_new_name_and_their_records_with_them(tiny: Tiny) -> None:
    _fill(tiny)
    account = tiny.create("account", name="Acme", region="north")
    with tiny.db.begin() as session:
        count = teams.rename(session, _team(session, "north"), "far north", tiny.user("ada"), tiny.now)

    assert count == 3
    assert tiny.user("alice").region == "far north"
    assert tiny.user("charlie").region == "south"
    assert tiny.get(account, by="alice").id == account.id
    with tiny.db() as session:
        assert session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id.desc())).first() == "team_renamed"


@pytest.mark.parametrize("name", ["south", "", " ", "x" * 101, "bell\x07"])
def test_name_that_is_taken_or_none_is_refused(tiny: Tiny, name: str) -> None:
    _fill(tiny)
    with pytest.raises(EngineError), tiny.db.begin() as session:
        teams.rename(session, _team(session, "north"), name, tiny.user("ada"), tiny.now)


def test_nothing_lies_below_itself(tiny: Tiny) -> None:
    _fill(tiny)
    with tiny.db.begin() as session:
        asia, north, south = (_team(session, name) for name in ("asia", "north", "south"))
        teams.move(session, south, north.id, tiny.user("ada"), tiny.now)
        for target in (asia, north, south):
            with pytest.raises(EngineError):
                teams.move(session, asia, target.id, tiny.user("ada"), tiny.now)
        with pytest.raises(EngineError):
            teams.move(session, asia, _team(session, "north_team").id, tiny.user("ada"), tiny.now)


def test_what_is_in_use_stays(tiny: Tiny) -> None:
    _fill(tiny)
    with tiny.db.begin() as session:
        for name in ("asia", "south"):
            with pytest.raises(EngineError):
                teams.remove(session, _team(session, name), tiny.user("ada"), tiny.now)
        session.execute(sa.update(Person).where(Person.region == "south").values(region=None))
        teams.remove(session, _team(session, "south"), tiny.user("ada"), tiny.now)
        assert teams.names(session, "region") == ["asia", "north"]


def test_records_and_configs_that_name_it_are_told(tiny: Tiny) -> None:
    tiny.create("account", name="north", region="north")
    with tiny.db() as session:
        found = mentions(session, "north")

    assert [(one.form, one.field, one.records) for one in found if one.form] == [
        ("account", "name", 1),
        ("account", "region", 1),
    ]
