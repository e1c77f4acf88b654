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
from engine.design.rows import ConfigDraft
from engine.errors import EngineError, NotFound
from engine.jobs import tick
from engine.jobs_rows import Job
from engine.people import Person, person_named
from engine.people.team_rows import Team
from engine.staff.belongings import belongings
from engine.staff.changing import reactivate
from engine.staff.giving_back import give_back, hand_overs_of
from engine.staff.handing import acts_of, hand_over
from engine.staff.teams import add, set_manager
from engine.views.rows import SavedView

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


def _give_back(tiny: Tiny, name: str) -> dict[str, tuple[int, int]]:
    """Open the account again, undo the only hand-over, let jobs run; return kind -> (came back, stayed)."""
    with tiny.db.begin() as session:
        person = _person(session, name)
        reactivate(session, person, tiny.user("ada"), tiny.now)
        [row] = hand_overs_of(session, person)
        found = give_back(session, person, row.id, tiny.user("ada"), tiny.now)
    for minute in range(5):
        tick(tiny.db, tiny.now + timedelta(minutes=10 + minute))
    return {one["kind"]: (one["back"], one["kept"]) for one in found}


def test_everything_comes_back_but_access(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        mona = tiny.user("mona")
        make_token(session, mona, "script", ["read"], tiny.now, days=7)
        team = add(session, "team", "sales", None, tiny.user("ada"), tiny.now)
        set_manager(session, team, _person(session, "mona"), tiny.user("ada"), tiny.now)
        who = {"app_key": "tiny", "form": "account", "owner_id": mona.id, "name": "Ours", "created_at": tiny.now}
        view = {"kind": "list", "roles": ["rep"], "settings": {}, "position": 1, "updated_at": tiny.now}
        session.add(SavedView(**who, **view))
        session.add(
            ConfigDraft(app_key="fresh", config="{}", created_at=tiny.now, updated_at=tiny.now, created_by=mona.id)
        )
    account = tiny.create("account", by="mona", name="Acme", region="north")
    plan = {"records/tiny/account", "reports", "teams", "views", "drafts", "roles/tiny/manager"}
    assert _keys(tiny, "mona").keys() == plan
    managers = _managers(tiny)

    _leave(tiny, "mona", dict.fromkeys(plan, "alice"))
    assert _keys(tiny, "mona") == {}
    assert _managers(tiny) != managers
    back = _give_back(tiny, "mona")

    assert back == {
        "records": (1, 0), "reports": (1, 0), "teams": (1, 0), "views": (1, 0), "drafts": (1, 0), "roles": (1, 0)
    }  # fmt: skip
    assert _managers(tiny) == managers
    assert _keys(tiny, "mona").keys() == plan
    assert tiny.get(account, by="ada")["owner"] == tiny.user("mona").id
    assert tiny.user("alice").roles_in("tiny") == {"rep"}
    with tiny.db() as session:
        assert session.scalar(sa.select(Token.revoked_at)) is not None
        [event] = session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "given_back"))
        assert event.subject == f"person:{tiny.user('mona').id}"
        assert verify(session).cause == ""


def test_what_others_have_by_now_stays_with_them(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        teams = [add(session, "team", name, None, tiny.user("ada"), tiny.now) for name in ("sales", "care")]
        for team in teams:
            set_manager(session, team, _person(session, "mona"), tiny.user("ada"), tiny.now)
    _leave(tiny, "mona", dict.fromkeys(("reports", "teams", "roles/tiny/manager"), "ada"))
    with tiny.db.begin() as session:
        care = session.scalars(sa.select(Team).where(Team.name == "care")).one()
        set_manager(session, care, _person(session, "bob"), tiny.user("ada"), tiny.now)
        _person(session, "bob").manager_id = _person(session, "alice").id
        mona = _person(session, "mona")
        mona.grants.clear()

    assert _give_back(tiny, "mona") == {"reports": (1, 1), "teams": (1, 1), "roles": (0, 1)}

    assert tiny.user("bob").manager_id == tiny.user("alice").id
    assert "manager" in tiny.user("ada").roles_in("tiny")  # else nobody would have it


def test_hand_over_is_given_back_once_and_to_an_open_account(tiny: Tiny) -> None:
    _leave(tiny, "mona", {"reports": "ada"})
    with tiny.db.begin() as session:
        mona, ada = _person(session, "mona"), tiny.user("ada")
        [row] = hand_overs_of(session, mona)
        with pytest.raises(EngineError) as error:
            give_back(session, mona, row.id, ada, tiny.now)
        assert error.value.code == "hand_over.closed"
        with pytest.raises(NotFound):
            give_back(session, _person(session, "bob"), row.id, ada, tiny.now)
        reactivate(session, mona, ada, tiny.now)
        give_back(session, mona, row.id, ada, tiny.now)
        with pytest.raises(EngineError) as error:
            give_back(session, mona, row.id, ada, tiny.now)
        assert error.value.code == "hand_over.undone"


def _managers(tiny: Tiny) -> dict[str, int | None]:
    with tiny.db() as session:
        return {row.sign_in: row.manager_id for row in session.execute(sa.select(Person.sign_in, Person.manager_id))}
