"""The cast of the tests: Alice owns, Bob is her team mate, Charlie a stranger; Mona manages, Ada administers."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from engine.people import Person, create_person, grant

#: Everybody's password; hashed cheaply, because tests hash it often.
PASSWORD = "correct horse 8"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_PASSWORD_HASH = CHEAP.hash(PASSWORD)

#: sign-in name -> region, roles.
CAST: dict[str, tuple[str, tuple[str, ...]]] = {
    "mona": ("north", ("manager",)),
    "alice": ("north", ("rep",)),
    "bob": ("north", ("rep",)),
    "charlie": ("south", ("rep",)),
    "ada": ("", ("admin",)),
}


class People(SimpleNamespace):
    """alice, bob, charlie, mona, ada: Person rows with roles in the app of the tests."""

    alice: Person
    bob: Person
    charlie: Person
    mona: Person
    ada: Person


def make_people(session: Session, app_key: str, now: datetime) -> People:
    """Create the cast with their roles in an app; Mona is the manager of Alice and Bob, Ada may do everything."""
    people = People()
    for sign_in, (region, roles) in CAST.items():
        person = create_person(
            session,
            sign_in,
            sign_in.title(),
            now=now,
            email=f"{sign_in}@example.com",
            region=region,
            team=region and f"{region}_team",
            is_admin=sign_in == "ada",
        )
        person.password_hash = _PASSWORD_HASH
        grant(session, person, app_key, *roles)
        setattr(people, sign_in, person)
    people.alice.manager_id = people.bob.manager_id = people.mona.id
    session.flush()
    return people
