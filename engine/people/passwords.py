"""Passwords: Argon2 hashes, renewed when the parameters grow, and sign-in that takes as long for unknown names."""

from __future__ import annotations

from functools import cache
from secrets import token_hex

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.people.rows import Person
from engine.people.users import fold_sign_in
from rules.errors import N_, Fault

#: Length is the rule that helps; a ceiling keeps a hostile megabyte from being hashed.
MIN_LENGTH, MAX_LENGTH = 8, 200

_hasher = PasswordHasher()


def set_password(person: Person, password: str) -> None:
    """Give a person a new password, which ends all sessions they have; EngineError when it is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        template = N_("A password has {min} to {max} characters.")
        raise EngineError(Fault("password_length", template, {"min": MIN_LENGTH, "max": MAX_LENGTH}, field="password"))
    person.password_hash = _hasher.hash(password)
    end_sessions(person)


def end_sessions(person: Person) -> None:
    """End every session of a person: each cookie carries the stamp it was made with."""
    person.session_stamp = token_hex(8)


def authenticate(session: Session, sign_in: str, password: str) -> Person | None:
    """Return the active person with this sign-in name and password, or None, in the same time either way."""
    person = session.scalar(select(Person).where(Person.sign_in == fold_sign_in(sign_in)))
    known = person.password_hash if person is not None and person.active else None
    right = _verify(known or _nobodys_hash(), password)
    if person is None or known is None or not right:
        return None
    if _hasher.check_needs_rehash(known):
        person.password_hash = _hasher.hash(password)
    return person


def _verify(password_hash: str, password: str) -> bool:
    try:
        return len(password) <= MAX_LENGTH and _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """Return the hash of a password that nobody knows."""
    return _hasher.hash(token_hex(16))
