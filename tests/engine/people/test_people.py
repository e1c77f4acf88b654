from __future__ import annotations

import time
from dataclasses import FrozenInstanceError
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from engine.errors import EngineError, NotFound
from engine.people import (
    SYSTEM,
    authenticate,
    create_person,
    find_user,
    grant,
    load_user,
    passwords,
    revoke,
    set_password,
    user_of,
)
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from tests.support.people import People


def test_right_password_signs_in_whatever_the_spelling_of_the_name(session: Session, people: People) -> None:
    for spelling in ("alice", "ALICE", "  Alice ", "ａｌｉｃｅ"):
        found = authenticate(session, spelling, PASSWORD)
        assert (found and found.id) == people.alice.id


@pytest.mark.parametrize(
    ("sign_in", "password"), [("alice", "wrong"), ("alice", ""), ("nobody", PASSWORD), ("", ""), ("alice", "x" * 10**6)]
)
def test_anything_else_does_not(session: Session, people: People, sign_in: str, password: str) -> None:
    assert authenticate(session, sign_in, password) is None


def test_somebody_who_left_does_not_sign_in(session: Session, people: People) -> None:
    session.merge(people.alice).active = False

    assert authenticate(session, "alice", PASSWORD) is None
    with pytest.raises(NotFound):
        load_user(session, people.alice.id)


def test_person_without_a_password_does_not_sign_in(session: Session, now: datetime) -> None:
    create_person(session, "dora", now=now)

    assert authenticate(session, "dora", "") is None


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as in use, while all other tests do so cheaply."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    monkeypatch.setattr(passwords, "_nobodys_hash", cache(passwords._nobodys_hash.__wrapped__))


@pytest.mark.usefixtures("real_hashes")
def test_unknown_name_takes_as_long_as_a_wrong_password(session: Session, now: datetime) -> None:
    set_password(create_person(session, "dora", now=now), PASSWORD)
    authenticate(session, "warm", "up")

    def seconds(sign_in: str) -> float:
        started = time.perf_counter()
        authenticate(session, sign_in, "a wrong password")
        return time.perf_counter() - started

    known, unknown = (median(seconds(name) for _ in range(5)) for name in ("dora", "nobody"))
    assert 0.4 < unknown / known < 2.5


@pytest.mark.usefixtures("real_hashes")
def test_password_is_hashed_with_argon2_and_renewed_when_its_parameters_grow(session: Session, people: People) -> None:
    person = session.merge(people.alice)
    cheap = person.password_hash

    authenticate(session, "alice", PASSWORD)

    assert cheap is not None
    assert person.password_hash is not None
    assert (cheap != person.password_hash, person.password_hash.startswith("$argon2id$")) == (True, True)
    assert not PasswordHasher().check_needs_rehash(person.password_hash)


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_password_of_a_foolish_length_is_refused(session: Session, people: People, password: str) -> None:
    with pytest.raises(EngineError) as error:
        set_password(people.alice, password)

    assert error.value.code == "password_length"


def test_new_password_ends_all_sessions(session: Session, people: People) -> None:
    before = people.alice.session_stamp

    set_password(people.alice, "another password")

    assert people.alice.session_stamp != before


@pytest.mark.parametrize("sign_in", ["Alice", " ALICE ", "ａlice"])
def test_sign_in_name_is_taken_in_every_spelling(session: Session, people: People, now: datetime, sign_in: str) -> None:
    with pytest.raises(EngineError) as error:
        create_person(session, sign_in, now=now)

    assert error.value.code == "sign_in_taken"


def test_empty_sign_in_name_is_refused(session: Session, now: datetime) -> None:
    with pytest.raises(EngineError) as error:
        create_person(session, "  ", now=now)

    assert error.value.code == "sign_in_empty"


def test_roles_are_held_per_app(session: Session, people: People) -> None:
    alice = session.merge(people.alice)
    grant(session, alice, "other", "manager", "rep")
    grant(session, alice, "other", "rep")
    user = user_of(alice)

    assert (user.roles_in("tiny"), user.roles_in("other"), user.roles_in("third")) == (
        {"rep"},
        {"manager", "rep"},
        frozenset(),
    )
    revoke(session, alice, "other", "rep")
    assert user_of(alice).roles_in("other") == {"manager"}
    revoke(session, alice, "other")
    assert user_of(alice).roles_in("other") == frozenset()


def test_user_is_frozen_and_knows_its_facts(session: Session, people: People) -> None:
    alice = find_user(session, "alice")

    with pytest.raises(FrozenInstanceError):
        alice.is_admin = True  # type: ignore[misc]  # that is the point
    assert alice.facts == {
        "name": "Alice",
        "email": "alice@example.com",
        "region": "north",
        "team": "north_team",
        "sign_in": "alice",
        "manager": people.mona.id,
    }


def test_system_may_everything_and_is_nobody() -> None:
    assert (SYSTEM.id, SYSTEM.is_admin, SYSTEM.roles) == (None, True, frozenset())
