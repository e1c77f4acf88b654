"""Somebody leaves: what was theirs is counted, goes to successors, and can be taken back where acts can."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.access.rows import Token
from engine.access.tokens import make_token
from engine.acts.doing import take_back
from engine.audit import AuditEvent, verify
from engine.errors import EngineError
from engine.jobs import tick
from engine.jobs_rows import Job
from engine.people import Person, person_named
from engine.staff.belongings import belongings
from engine.staff.handing import acts_of, hand_over
from engine.staff.teams import add, set_manager

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.engine.conftest import Tiny


def _person(session: Session, name: str) -> Person:
    return session.scalars(sa.select(Person).where(Person.sign_in == name)).one()


def _keys(tiny: Tiny, name: str) -> dict[str, int]:
    with tiny.db() as session:
        return {one.key: one.number for one in belongings(session, _person(session, name)) if one.is_handed}


def _leave(tiny: Tiny, name: str, heirs: dict[str, str]) -> None:
    plan = {key: tiny.user(heir).id or 0 for key, heir in heirs.items()}
    with tiny.db.begin() as session:
        hand_over(session, _person(session, name), plan, tiny.user("ada"), tiny.now)
    for minute in range(5):
        tick(tiny.db, tiny.now + timedelta(minutes=minute))


def test_records_go_to_their_successors_and_come_back(tiny: Tiny) -> None:
    accounts = [tiny.create("account", name=f"A{number}", region="north") for number in range(3)]
    kept = tiny.create("account", by="bob", name="Bob's", region="north")
    assert _keys(tiny, "alice") == {"records/tiny/account": 3}

    _leave(tiny, "alice", {"records/tiny/account": "bob"})

    bob = tiny.user("bob").id
    assert [tiny.get(one, by="ada")["owner"] for one in (*accounts, kept)] == [bob] * 4
    assert _keys(tiny, "alice") == {}
    with tiny.db.begin() as session:
        alice = _person(session, "alice")
        [(act, count)] = acts_of(session, alice)
        job = session.scalars(sa.select(Job)).one()
        assert (alice.active, count, job.state, job.done) == (False, 3, "done", 3)
        alice.active = True
        take_back(session, tiny.live(session), act.id, tiny.user("ada"), tiny.now)
    assert tiny.get(accounts[0], by="ada")["owner"] == tiny.user("alice").id


def test_reports_teams_and_roles_go_and_access_ends(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        mona = tiny.user("mona")
        make_token(session, mona, "script", ["read"], tiny.now, days=7)
        team = add(session, "team", "sales", None, tiny.user("ada"), tiny.now)
        set_manager(session, team, _person(session, "mona"), tiny.user("ada"), tiny.now)
        stamp = _person(session, "mona").session_stamp
    assert _keys(tiny, "mona") == {"reports": 2, "teams": 1, "roles/tiny/manager": 1}

    _leave(tiny, "mona", dict.fromkeys(("reports", "teams", "roles/tiny/manager"), "alice"))

    with tiny.db() as session:
        alice, bob = tiny.user("alice"), tiny.user("bob")
        assert (alice.manager_id, bob.manager_id) == (None, alice.id)
        assert alice.roles_in("tiny") == {"rep", "manager"}
        assert _person(session, "mona").session_stamp != stamp
        assert session.scalar(sa.select(Token.revoked_at)) is not None
        verbs = set(session.scalars(sa.select(AuditEvent.verb)))
        assert {"deactivated", "handed_over", "role_granted", "changed"} <= verbs
        assert verify(session).cause == ""


@pytest.mark.parametrize("heir", ["alice", "nobody"])
def test_successor_must_be_somebody_else_who_is_there(tiny: Tiny, heir: str) -> None:
    tiny.create("account", name="A", region="north")
    with tiny.db() as session:
        found = person_named(session, heir)
    plan = {"records/tiny/account": found.id if found else 999}
    with pytest.raises(EngineError), tiny.db.begin() as session:
        hand_over(session, _person(session, "alice"), plan, tiny.user("ada"), tiny.now)
    assert tiny.user("alice")


def test_administrator_does_not_shut_themselves_out(tiny: Tiny) -> None:
    with pytest.raises(EngineError), tiny.db.begin() as session:
        hand_over(session, _person(session, "ada"), {}, tiny.user("ada"), tiny.now)
