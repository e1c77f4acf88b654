"""A hand-over undone: what successors still hold goes back to the person; what others have by now stays there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.acts.doing import done_count, take_back
from engine.acts.rows import Act
from engine.audit import note
from engine.errors import EngineError, NotFound
from engine.jobs_rows import Job
from engine.people import Person, User, person_of
from engine.records import people_changed
from engine.releases.live import live
from engine.staff.belongings import RECORDS, REPORTS, ROLES, STANDS_IN
from engine.staff.changing import check_manager, take_role
from engine.staff.hand_over_rows import HandOver
from engine.staff.handing import COLUMNS
from engine.staff.noting import subject_of, watching
from rules.errors import N_, Fault, SteerwayError


def hand_overs_of(session: Session, person: Person) -> list[HandOver]:
    """Return what was handed over of a person's, the newest first."""
    wanted = sa.select(HandOver).where(HandOver.person_id == person.id).order_by(HandOver.id.desc())
    return list(session.scalars(wanted))


def give_back(session: Session, person: Person, hand_over_id: int, by: User, now: datetime) -> list[dict[str, Any]]:
    """Undo a hand-over; return for each kind how much came back, and how much stays because somebody else has it now.

    The account must be open again. Records come back by undoing the acts that gave them, each with its own lines.
    Sessions, tokens and open invitations stay ended, and messages that went to others stay with them.
    """
    row = session.scalar(
        sa.select(HandOver).where(HandOver.id == hand_over_id, HandOver.person_id == person.id).with_for_update()
    )
    if row is None:
        raise NotFound("hand_over", hand_over_id)
    if row.undone_at is not None:
        raise EngineError(Fault("hand_over.undone", N_("This was given back already.")))
    if not person.active:
        template = N_("Open the account of {name} again first: nothing can go back to a closed one.")
        raise EngineError(Fault("hand_over.closed", template, {"name": person.name}))
    returned = [*_records_back(session, row, by, now), *(_back(session, person, one, by, now) for one in row.given)]
    row.undone_at, row.undone_by, row.returned = now, by.id, returned
    facts = {"name": person.name, "returned": returned}
    note(session, kind="people", verb="given_back", user=by, now=now, subject=subject_of(person), facts=facts)
    session.flush()
    return returned


def _records_back(session: Session, row: HandOver, by: User, now: datetime) -> list[dict[str, Any]]:
    """Undo the acts of the job; EngineError while it is still at it."""
    job = session.get(Job, row.job_id) if row.job_id else None
    if job is None:
        return []
    if job.state in ("queued", "running"):
        raise EngineError(Fault("hand_over.running", N_("Records are still being handed over: wait until it is done.")))
    acts = session.scalars(sa.select(Act).where(Act.id.in_((job.cursor or {}).get("acts", ()))).order_by(Act.id))
    found = []
    for act in acts:
        count, why = done_count(act), ""
        if act.undone_by is None:
            why = _undone(session, act, by, now)
        kept = count if why else 0
        found.append(
            {"kind": RECORDS, "app": act.app_key, "form": act.form, "back": count - kept, "kept": kept, "act": act.id}
        )
    return found


def _undone(session: Session, act: Act, by: User, now: datetime) -> str:
    """Undo an act; return why not, where the app or the form is gone or it is not theirs to undo."""
    try:
        take_back(session, live(session, act.app_key), act.id, by, now)
    except SteerwayError as error:
        return error.code
    return ""


def _back(session: Session, person: Person, one: Mapping[str, Any], by: User, now: datetime) -> dict[str, Any]:
    told = {"kind": one["kind"], "app": one["app"], "role": one["role"]}
    if one["kind"] == ROLES:
        return told | _role_back(session, person, one, by, now)
    if one["kind"] == REPORTS:
        return told | _reports_back(session, person, one, by, now)
    column, ids = COLUMNS[one["kind"]], one["ids"]
    mine = [column.class_.id.in_(ids), column == one["heir"]]
    if one["kind"] == STANDS_IN:
        mine.append(column.class_.person_id != person.id)
    back = list(session.scalars(sa.select(column.class_.id).where(*mine)))
    session.execute(sa.update(column.class_).where(column.class_.id.in_(back)).values({column.key: person.id}))
    there = session.scalar(sa.select(sa.func.count()).select_from(column.class_).where(column.class_.id.in_(ids))) or 0
    return told | {"back": len(back), "kept": there - len(back)}


def _role_back(session: Session, person: Person, one: Mapping[str, Any], by: User, now: datetime) -> dict[str, int]:
    """Take the role from the successor who got it by the hand-over; the person still has it, or nothing is taken."""
    heir, place = person_of(session, one["heir"]), (one["app"], one["role"])
    holds = {(role.app_key, role.role) for role in person.grants}
    if heir is None or one["had"] or place not in holds:
        return {"back": 0, "kept": 1}
    take_role(session, heir, *place, by, now)
    return {"back": 1, "kept": 0}


def _reports_back(session: Session, person: Person, one: Mapping[str, Any], by: User, now: datetime) -> dict[str, int]:
    """Let the person lead again whom the successor still leads, the successor where they stood before."""
    led = session.scalars(sa.select(Person).where(Person.id.in_(one["ids"]), Person.manager_id == one["heir"])).all()
    back = sum(_lead(session, each, person.id, by, now) for each in led)
    heir = person_of(session, one["heir"])  # after those they led: else they would stand below themselves
    if heir is not None and one["above"] != one["now"] and heir.manager_id == one["now"]:
        _lead(session, heir, one["above"], by, now)
    people_changed(session, {person.id, one["heir"], *one["ids"]}, now)
    return {"back": back, "kept": len(one["ids"]) - back}


def _lead(session: Session, one: Person, manager: int | None, by: User, now: datetime) -> bool:
    """Put somebody above a person, unless it would be a circle by now."""
    if check_manager(session, one.id, manager) is not None:
        return False
    with watching(session, one, by, now):
        one.manager_id = manager
    session.flush()
    return True
