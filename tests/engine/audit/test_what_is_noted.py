"""What leaves an event in the trail: releases that went live or were refused, and tokens."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.access.tokens import make_token, note_use, revoke_token
from engine.audit import AuditEvent, verify
from engine.errors import ConfigError, Refused
from engine.releases import publish, roll_back
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from tests.engine.conftest import Tiny


def events(db: sessionmaker[Session]) -> list[tuple[str, str, str]]:
    """Return person, verb and outcome of every event but the first, which the tests' own app left."""
    with db() as session:
        assert verify(session).cause == ""
        return [(one.person, one.verb, one.outcome) for one in session.scalars(sa.select(AuditEvent).offset(1))]


def test_releases_are_noted_with_their_reason(tiny: Tiny) -> None:
    ada = tiny.user("ada")
    config = tiny_app()
    with tiny.db.begin() as session:
        publish(session, config, ada, tiny.now, "better words")
    with tiny.db.begin() as session:
        roll_back(session, "tiny", 1, ada, tiny.now, "worse words")

    assert events(tiny.db) == [("ada", "publish", "success"), ("ada", "roll_back", "success")]
    with tiny.db() as session:
        last = session.get_one(AuditEvent, 2)
        assert (last.subject, last.app_key, json.loads(last.facts)["reason"]) == ("release:2", "tiny", "better words")


def test_refused_releases_are_noted_though_they_are_rolled_back(tiny: Tiny) -> None:
    config = tiny_app()
    config["forms"][0]["title"] = "nmae"
    with pytest.raises(ConfigError), tiny.db.begin() as session:
        publish(session, config, tiny.user("ada"), tiny.now)
    with pytest.raises(Refused), tiny.db.begin() as session:
        publish(session, tiny_app(), replace(tiny.user("bob"), roles=frozenset()), tiny.now)

    assert events(tiny.db) == [("ada", "publish", "failure"), ("bob", "publish", "failure")]
    with tiny.db() as session:
        facts = json.loads(session.get_one(AuditEvent, 2).facts)
        assert facts["faults"][0].startswith("forms/account.json/title")


def test_token_is_noted_when_made_first_used_and_withdrawn(tiny: Tiny) -> None:
    alice = tiny.user("alice")
    with tiny.db.begin() as session:
        token, _secret = make_token(session, alice, "my script", ["read"], tiny.now, days=7)
    for hours in (1, 2):
        with tiny.db.begin() as session:
            note_use(session, token.id, alice, tiny.now + timedelta(hours=hours), ip="203.0.113.0/24")
    for _ in range(2):
        with tiny.db.begin() as session:
            revoke_token(session, alice, token.id, tiny.now)

    verbs = ["token_made", "token_first_used", "token_revoked"]
    assert events(tiny.db) == [("alice", verb, "success") for verb in verbs]
