"""People of a template: made with their roles and a password each, where their sign-in name is not taken yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.imports.errors import ImportRefused
from engine.imports.read import read
from engine.people import SYSTEM, Person, create_person, fold_sign_in, grant, set_password
from engine.people.team_rows import KINDS
from engine.staff.noting import note_new, note_roles, roles_of
from engine.staff.teams import ensure
from rules.errors import N_, Fault

#: What the file is called in a template, and the columns it cannot do without.
FILE = "data/people.csv"
NEEDED = ("sign_in", "name")
MISSING = N_("The file has no column {column}.")
#: Role that makes a person an administrator of the whole house, beside the role of that name in the app.
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Made:
    """A person of a template; `password` is shown once, and empty for people who were there before."""

    sign_in: str
    name: str
    roles: tuple[str, ...]
    password: str = ""
    is_new: bool = False


def create_people(
    session: Session, data: bytes, app_key: str, now: datetime, *, admins: bool = False, passwords: bool = True
) -> list[Made]:
    """Create the people of a CSV file (sign_in, name, email, region, team, manager, roles) and grant them their roles.

    With `admins`, who holds the role `admin` and is made here may also administer the house. Without `passwords`
    nobody can sign in before getting one. ImportRefused when the file does not say who is meant.
    """
    table = read(data)
    missing = [Fault("no_column", MISSING, {"column": one}, file=FILE) for one in NEEDED if one not in table.header]
    if missing:
        raise ImportRefused(*missing)
    rows = [dict(zip(table.header, (cell.strip() for cell in row.cells), strict=True)) for row in table.rows]
    made = [_create(session, row, app_key, now, admins=admins, passwords=passwords) for row in rows]
    for row, one in zip(rows, made, strict=True):
        if one.is_new and row.get("manager"):
            _find(session, one.sign_in).manager_id = _manager(session, row["manager"])
    session.flush()
    ensure(session, {kind: [row.get(kind) or "" for row in rows] for kind in KINDS}, SYSTEM, now)
    return made


def _create(
    session: Session, row: dict[str, str], app_key: str, now: datetime, *, admins: bool, passwords: bool
) -> Made:
    roles = tuple(row.get("roles", "").split())
    person = session.scalar(select(Person).where(Person.sign_in == fold_sign_in(row["sign_in"])))
    password = ""
    is_new = person is None
    if person is None:
        person = create_person(
            session,
            row["sign_in"],
            row.get("name", ""),
            now=now,
            email=row.get("email"),
            region=row.get("region"),
            team=row.get("team"),
            is_admin=admins and ADMIN in roles,
        )
        if passwords:
            set_password(person, password := token_urlsafe(9))
    held = roles_of(person)
    grant(session, person, app_key, *roles)
    if is_new:
        note_new(session, person, SYSTEM, now)
    else:
        note_roles(session, person, held, SYSTEM, now)
    return Made(person.sign_in, person.name, roles, password, is_new)


def _manager(session: Session, sign_in: str) -> int:
    found = session.scalar(select(Person.id).where(Person.sign_in == fold_sign_in(sign_in)))
    if found is None:
        template = N_("Nobody is called “{value}”.")
        raise ImportRefused(Fault("field.unknown", template, {"value": sign_in}, file=FILE, field="manager"))
    return found


def _find(session: Session, sign_in: str) -> Person:
    return session.scalars(select(Person).where(Person.sign_in == fold_sign_in(sign_in))).one()
