"""What the audit trail is told of a person who was made or changed: each value before and after, each role by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from engine.audit import note
from engine.people import Person, User

PEOPLE = "people"


def subject_of(person: Person) -> str:
    """Return how the trail names a person."""
    return f"person:{person.id}"


def facts_of(person: Person) -> dict[str, object]:
    """Return what the trail keeps of a person; no password is among it."""
    return {
        "name": person.name,
        "sign_in": person.sign_in,
        "email": person.email,
        "region": person.region,
        "team": person.team,
        "manager": person.manager_id,
        "locale": person.locale,
        "is_admin": person.is_admin,
    }


def roles_of(person: Person) -> set[tuple[str, str]]:
    """Return the roles a person holds, as (app key, role key)."""
    return {(one.app_key, one.role) for one in person.grants}


class Seen(NamedTuple):
    """A person as they were before something was done."""

    facts: Mapping[str, object]
    roles: frozenset[tuple[str, str]]
    active: bool


def seen(person: Person) -> Seen:
    """Return a person as they are now."""
    return Seen(facts_of(person), frozenset(roles_of(person)), person.active)


@contextmanager
def watching(session: Session, person: Person, by: User, now: datetime) -> Iterator[None]:
    """Note what is done to a person meanwhile."""
    before = seen(person)
    yield
    note_changes(session, person, before, by, now)


def note_changes(session: Session, person: Person, was: Seen, by: User, now: datetime) -> None:
    """Note what was done to a person since."""
    session.flush()
    before, held, active = was
    after = facts_of(person)
    changed = {key: [before[key], value] for key, value in after.items() if before[key] != value}
    if changed:
        _note(session, "changed", person, by, now, {"changed": changed})
    if active != person.active:
        _note(session, "reactivated" if person.active else "deactivated", person, by, now)
    note_roles(session, person, held, by, now)


def note_new(session: Session, person: Person, by: User, now: datetime) -> None:
    """Note a person who was just made, with the roles given."""
    facts = {key: value for key, value in facts_of(person).items() if value not in (None, "", False)}
    _note(session, "created", person, by, now, facts)
    note_roles(session, person, set(), by, now)


def note_roles(session: Session, person: Person, held: AbstractSet[tuple[str, str]], by: User, now: datetime) -> None:
    """Note the roles that were given to a person, and taken, since they held these."""
    holds = roles_of(person)
    for verb, roles in (("role_granted", holds - held), ("role_revoked", held - holds)):
        for app_key, role in sorted(roles):
            _note(session, verb, person, by, now, {"role": role}, app_key)


def note_password(session: Session, person: Person, by: User, now: datetime, how: str) -> None:
    """Note that a person has another password; never which."""
    _note(session, "password_set", person, by, now, {"how": how})


def _note(
    session: Session,
    verb: str,
    person: Person,
    by: User,
    now: datetime,
    facts: Mapping[str, object] | None = None,
    app_key: str | None = None,
) -> None:
    told = {"name": person.name, **(facts or {})}
    subject = subject_of(person)
    note(session, kind=PEOPLE, verb=verb, user=by, now=now, subject=subject, app_key=app_key, facts=told)
