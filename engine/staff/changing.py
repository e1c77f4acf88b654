"""People changed by hand: roles given and taken, accounts closed and opened again, managers without circles."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.access.rows import Token
from engine.errors import EngineError, NotFound
from engine.people import Person, User, end_sessions, grant, person_of, revoke
from engine.people.invitation_rows import Invitation
from engine.records import people_changed
from engine.staff.noting import watching
from rules.errors import N_, Fault

#: Managers above a person, at most; a longer row is a circle.
DEEPEST = 100


def the_person(session: Session, person_id: int) -> Person:
    """Return a person, also one who has left; NotFound without one."""
    return person_of(session, person_id) or _nobody(person_id)


def _nobody(person_id: int) -> Person:
    raise NotFound("person", person_id)


def give_role(session: Session, person: Person, app_key: str, role: str, by: User, now: datetime) -> None:
    """Give a role of an app to a person."""
    with watching(session, person, by, now):
        grant(session, person, app_key, role)


def take_role(session: Session, person: Person, app_key: str, role: str, by: User, now: datetime) -> None:
    """Take a role of an app from a person."""
    with watching(session, person, by, now):
        revoke(session, person, app_key, role)


def deactivate(session: Session, person: Person, by: User, now: datetime) -> None:
    """Close an account: sessions, tokens and open links end at once; what the person owns stays theirs until handed over."""
    if person.id == by.id:
        raise EngineError(Fault("own_access", N_("You cannot take away your own access."), field="active"))
    with watching(session, person, by, now):
        person.active = False
        end_access(session, person, now)
    people_changed(session, [person.id], now)


def end_access(session: Session, person: Person, now: datetime) -> None:
    """End every session, token and open link of a person."""
    end_sessions(person)
    session.execute(
        sa.update(Token).where(Token.person_id == person.id, Token.revoked_at.is_(None)).values(revoked_at=now)
    )
    mine = (Invitation.person_id == person.id, Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
    session.execute(sa.update(Invitation).where(*mine).values(revoked_at=now))


def reactivate(session: Session, person: Person, by: User, now: datetime) -> None:
    """Open an account again, with the roles and the password it had."""
    with watching(session, person, by, now):
        person.active = True
    people_changed(session, [person.id], now)


def check_manager(session: Session, person_id: int | None, manager_id: int | None) -> Fault | None:
    """Return why somebody cannot be a person's manager: nobody is above themselves."""
    above, steps = manager_id, 0
    while above is not None and steps < DEEPEST:
        if above == person_id:
            return Fault(
                "manager_circle", N_("Nobody can be above themselves: choose another manager."), field="manager"
            )
        above = session.scalar(sa.select(Person.manager_id).where(Person.id == above))
        steps += 1
    return None
