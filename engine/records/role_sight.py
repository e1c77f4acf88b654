"""How many records of a form somebody with a role sees now: one statement for all roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.rows import Person, RoleGrant
from engine.people.users import User
from engine.records.read import source_of
from engine.releases.live import Live
from engine.rights import row_condition, row_filter


@dataclass(frozen=True)
class RoleSight:
    """What a role sees; `person` names the one asked for, where the records depend on who asks. No count: nobody has it."""

    count: int | None
    person: str = ""


def role_sights(
    session: Session, live: Live, form: str, roles: Sequence[str], now: datetime
) -> tuple[int, dict[str, RoleSight]]:
    """Return how many records there are, and role -> what somebody with that role alone sees of them."""
    people = _first_people(session, live.key)
    asked = {role: _asked(live, form, role, people) for role in roles}
    counts = {role: _count(session, live, form, user, now) for role, user in asked.items() if user is not None}
    everything = _count(session, live, form, User(None, "", "", is_admin=True), now)
    row = session.execute(sa.select(everything, *counts.values())).one()
    found = dict(zip(counts, row[1:], strict=True))
    return row[0], {role: RoleSight(found.get(role), user.name if user else "") for role, user in asked.items()}


def _asked(live: Live, form: str, role: str, people: dict[str, User]) -> User | None:
    """Return who is asked for: anybody, or where conditions read the viewer the first who has the role."""
    anybody = User(None, "", "", roles=frozenset({(live.key, role)}))
    conditions = row_condition(live, form, anybody, "read")
    personal = None not in conditions and any(path[0] == "me" for one in conditions if one for path in one.reads)
    return people.get(role) if personal else anybody


def _first_people(session: Session, app_key: str) -> dict[str, User]:
    """Return role -> the first active person by name who has it, with this role alone."""
    wanted = (RoleGrant.app_key == app_key, Person.active)
    ranked = (
        sa.select(
            RoleGrant.role,
            Person.id,
            sa.func.row_number().over(partition_by=RoleGrant.role, order_by=(Person.name, Person.id)).label("place"),
        )
        .join(Person, Person.id == RoleGrant.person_id)
        .where(*wanted)
        .subquery()
    )
    rows = session.execute(
        sa.select(ranked.c.role, Person).join(Person, Person.id == ranked.c.id).where(ranked.c.place == 1)
    )
    return {
        role: User(
            one.id, one.sign_in, one.name, one.email, one.region, one.team, one.manager_id,
            roles=frozenset({(app_key, role)}),
        )
        for role, one in rows
    }  # fmt: skip


def _count(session: Session, live: Live, form: str, user: User, now: datetime) -> sa.ScalarSelect[int]:
    source = source_of(session, live, form, user, now)
    allowed = row_filter(source, live, form, user, "read")  # first: it brings the joins that the select needs
    some = source.select(sa.literal(1)).where(allowed).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()
