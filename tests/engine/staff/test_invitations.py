"""A link works once, for seven days, for whoever holds it; every other one is answered alike."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.audit import AuditEvent
from engine.errors import EngineError, NotFound
from engine.people import authenticate, person_named
from engine.people.invitation_rows import Invitation
from engine.staff import invitations

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

GOOD = "a long password"


def _invite(tiny: Tiny) -> tuple[int, str]:
    with tiny.db.begin() as session:
        row, secret = invitations.invite(
            session,
            "dora@example.com",
            tiny.user("ada"),
            tiny.now,
            roles=[("tiny", "rep")],
            team="north_team",
            region="north",
        )
        return row.id, secret


def _accept(tiny: Tiny, secret: str, sign_in: str = "Dora", again: str = GOOD, **later: float) -> None:
    with tiny.db.begin() as session:
        now = tiny.now + timedelta(**later)
        invitations.accept(session, secret, now, sign_in=sign_in, name="", password=GOOD, again=again)


def test_invited_person_comes_in_once(tiny: Tiny) -> None:
    _, secret = _invite(tiny)
    _accept(tiny, secret)
    with pytest.raises(NotFound):
        _accept(tiny, secret, "dora2")

    dora = tiny.user("dora")
    assert (dora.roles_in("tiny"), dora.region, dora.email) == ({"rep"}, "north", "dora@example.com")
    with tiny.db() as session:
        assert authenticate(session, "dora", GOOD) is not None
        assert secret not in "".join(session.scalars(sa.select(AuditEvent.facts)))
        assert session.scalar(sa.select(Invitation.digest)) != secret


@pytest.mark.parametrize("secret", ["", "x", "x" * 10_000, "\ud800", "张"])
def test_made_up_link_leads_nowhere(tiny: Tiny, secret: str) -> None:
    _invite(tiny)
    with pytest.raises(NotFound):
        _accept(tiny, secret)


def test_link_ends_when_time_is_up_when_it_is_withdrawn_and_when_it_is_renewed(tiny: Tiny) -> None:
    number, secret = _invite(tiny)
    with pytest.raises(NotFound):
        _accept(tiny, secret, days=7)
    with tiny.db.begin() as session:
        invitations.withdraw(session, number, tiny.user("ada"), tiny.now)
    with pytest.raises(NotFound):
        _accept(tiny, secret)
    with tiny.db.begin() as session:
        _, fresh = invitations.renew(session, number, tiny.user("ada"), tiny.now)
    with pytest.raises(NotFound):
        _accept(tiny, secret)
    _accept(tiny, fresh, days=6)


@pytest.mark.parametrize(
    ("sign_in", "again"), [("alice", GOOD), ("", GOOD), ("two words", GOOD), ("dora", "other one")]
)
def test_what_does_not_fit_leaves_the_link_good(tiny: Tiny, sign_in: str, again: str) -> None:
    _, secret = _invite(tiny)
    with pytest.raises(EngineError):
        _accept(tiny, secret, sign_in, again)
    _accept(tiny, secret)


def test_reset_gives_a_password_and_ends_sessions_and_links_before(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        alice = person_named(session, "alice")
        assert alice is not None
        stamp = alice.session_stamp
        _, old = invitations.reset(session, alice, tiny.user("ada"), tiny.now)
        _, secret = invitations.reset(session, alice, tiny.user("ada"), tiny.now)
    with pytest.raises(NotFound):
        _accept(tiny, old)
    _accept(tiny, secret)

    with tiny.db() as session:
        assert authenticate(session, "alice", GOOD) is not None
        again = person_named(session, "alice")
        assert again is not None
        assert again.session_stamp != stamp


@pytest.mark.parametrize(
    "email", ["", "dora", "a b@example.com", "x@y\nBcc: z@example.com", "x" * 300 + "@example.com"]
)
def test_odd_address_is_refused(tiny: Tiny, email: str) -> None:
    with pytest.raises(EngineError), tiny.db.begin() as session:
        invitations.invite(session, email, tiny.user("ada"), tiny.now)
