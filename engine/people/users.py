"""`User`: a person as the engine sees one, frozen, with the roles held; and how people are made and found."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.errors import EngineError, NotFound
from engine.people.rows import Person, RoleGrant
from rules.errors import N_, Fault
from rules.pinyin import spelt

#: Texts and the manager: what may follow `me.`, `owner.` and any other person in an expression.
PERSON_PATHS = ("name", "email", "region", "team", "sign_in", "manager")


@dataclass(frozen=True)
class User:
    """Who acts: passed down all the way, never looked up below the edge."""

    id: int | None
    sign_in: str
    name: str
    email: str | None = None
    region: str | None = None
    team: str | None = None
    manager_id: int | None = None
    is_admin: bool = False
    locale: str = ""
    #: (app key, role key) pairs.
    roles: frozenset[tuple[str, str]] = frozenset()

    def roles_in(self, app_key: str) -> frozenset[str]:
        """Return the roles held in an app."""
        return self._by_app.get(app_key, _NO_ROLES)

    @cached_property
    def _by_app(self) -> Mapping[str, frozenset[str]]:
        """Return app -> roles: asked for again and again while a page is made."""
        found: dict[str, set[str]] = {}
        for app, role in self.roles:
            found.setdefault(app, set()).add(role)
        return {app: frozenset(roles) for app, roles in found.items()}

    @property
    def facts(self) -> Mapping[str, object]:
        """Return what expressions may read behind `me.`."""
        return {
            "name": self.name,
            "email": self.email,
            "region": self.region,
            "team": self.team,
            "sign_in": self.sign_in,
            "manager": self.manager_id,
        }


_NO_ROLES: frozenset[str] = frozenset()
#: Jobs and the command line: everything is allowed, and no person is named in history.
SYSTEM = User(id=None, sign_in="system", name="Steerway", is_admin=True)


def fold_sign_in(text: str) -> str:
    """Return the one spelling of a sign-in name: no look-alikes, no case, no blanks around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold().replace("\x00", "\ufffd")


def user_of(person: Person) -> User:
    """Return the frozen view of a person."""
    return User(
        id=person.id,
        sign_in=person.sign_in,
        name=person.name,
        email=person.email,
        region=person.region,
        team=person.team,
        manager_id=person.manager_id,
        is_admin=person.is_admin,
        locale=person.locale,
        roles=frozenset((grant.app_key, grant.role) for grant in person.grants),
    )


def load_user(session: Session, person_id: int) -> User:
    """Return the user behind a session cookie; NotFound when unknown or no longer active."""
    found = session.scalars(select(Person).where(Person.id == person_id).options(joinedload(Person.grants)))
    person = found.unique().one_or_none()
    if person is None or not person.active:
        raise NotFound("person", person_id)
    return user_of(person)


def person_of(session: Session, person_id: int) -> Person | None:
    """Return a person with the roles held, in one statement."""
    return session.get(Person, person_id, options=[joinedload(Person.grants)])


def find_user(session: Session, sign_in: str) -> User:
    """Return the user with a sign-in name; NotFound when unknown or no longer active."""
    found = session.scalar(select(Person.id).where(Person.sign_in == fold_sign_in(sign_in)))
    if found is None:
        raise NotFound("person", sign_in)
    return load_user(session, found)


def names_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return how people are called, by id; also those who have left."""
    wanted = sorted(set(ids))
    query = select(Person.id, Person.name).where(Person.id.in_(wanted))
    return {row.id: row.name for row in session.execute(query)} if wanted else {}


def find_people(
    session: Session, text: str, limit: int = 20, *, role: tuple[str, str] | None = None, team: str = ""
) -> list[tuple[int, str]]:
    """Return the active people whose name or sign-in name holds a text, as (id, name); `role` is (app key, role)."""
    words = unicodedata.normalize("NFC", text).strip().casefold()
    query = select(Person.id, Person.name, Person.sign_in).where(Person.active).order_by(Person.name, Person.id)
    if role:
        query = query.where(Person.grants.any((RoleGrant.app_key == role[0]) & (RoleGrant.role == role[1])))
    if team:
        query = query.where(Person.team == team)
    rows = session.execute(query)
    found = [(row.id, row.name) for row in rows if _is_called(row.name, row.sign_in, words)]
    return found[:limit]


def sign_ins(session: Session, text: str, limit: int = 20) -> list[tuple[str, str]]:
    """Return the active people whom a text finds, as (sign-in name, name)."""
    found = dict(find_people(session, text, limit))
    query = select(Person.id, Person.sign_in).where(Person.id.in_(list(found)))
    known = {row.id: row.sign_in for row in session.execute(query)} if found else {}
    return [(known[one], name) for one, name in found.items()]


def _is_called(name: str, sign_in: str, words: str) -> bool:
    """Tell whether a person is found by a text: a part of the name, of how it is typed, or of the sign-in name."""
    if words in name.casefold() or words in sign_in:
        return True
    letters = words.replace(" ", "")
    return len(letters) > 1 and letters.isascii() and letters.isalpha() and letters in spelt(name)


def create_person(
    session: Session,
    sign_in: str,
    name: str = "",
    *,
    now: datetime,
    email: str | None = None,
    region: str | None = None,
    team: str | None = None,
    manager_id: int | None = None,
    locale: str = "",
    is_admin: bool = False,
) -> Person:
    """Add a person; EngineError when the sign-in name is empty or taken. The password is set separately."""
    folded = fold_sign_in(sign_in)
    if not folded:
        raise EngineError(Fault("sign_in_empty", N_("A person needs a sign-in name."), field="sign_in"))
    if session.scalar(select(Person.id).where(Person.sign_in == folded)) is not None:
        template = N_("The sign-in name {sign_in} is taken.")
        raise EngineError(Fault("sign_in_taken", template, {"sign_in": folded}, field="sign_in"))
    person = Person(
        sign_in=folded,
        name=unicodedata.normalize("NFC", name or sign_in).strip(),
        email=email or None,
        region=region or None,
        team=team or None,
        manager_id=manager_id,
        locale=locale,
        is_admin=is_admin,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


def grant(session: Session, person: Person, app_key: str, *roles: str) -> None:
    """Give roles of an app to a person; roles already held stay."""
    held = {(one.app_key, one.role) for one in person.grants}
    person.grants.extend(RoleGrant(app_key=app_key, role=role) for role in roles if (app_key, role) not in held)
    session.flush()


def revoke(session: Session, person: Person, app_key: str, *roles: str) -> None:
    """Take roles of an app from a person; without naming any, all of them."""
    person.grants[:] = [one for one in person.grants if one.app_key != app_key or (roles and one.role not in roles)]
    session.flush()


def person_named(session: Session, sign_in: str) -> Person | None:
    """Return the person with a sign-in name, also one who has left."""
    return session.scalar(select(Person).where(Person.sign_in == fold_sign_in(sign_in)))


def everybody(session: Session) -> Sequence[Person]:
    """Return all people with their roles, by name."""
    return session.scalars(select(Person).options(selectinload(Person.grants)).order_by(Person.name, Person.id)).all()


def has_people(session: Session, app_key: str) -> bool:
    """Tell whether anybody has a role in an app."""
    return session.scalar(select(RoleGrant.id).where(RoleGrant.app_key == app_key).limit(1)) is not None


def set_roles(session: Session, person: Person, roles: Iterable[tuple[str, str]]) -> None:
    """Let a person hold exactly these roles, as (app key, role key)."""
    wanted = set(roles)
    person.grants[:] = [one for one in person.grants if (one.app_key, one.role) in wanted]
    held = {(one.app_key, one.role) for one in person.grants}
    person.grants.extend(RoleGrant(app_key=app, role=role) for app, role in sorted(wanted - held))
    session.flush()
