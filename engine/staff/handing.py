"""Hand-over: an account is closed at once, what hangs on it gets its successors, records by a job that goes on by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.acts.choosing import Selection
from engine.acts.doing import advance, done_count, prepare
from engine.acts.rows import Act
from engine.alerts.wish_rows import Absence
from engine.audit import note
from engine.design.rows import ConfigDraft
from engine.errors import EngineError
from engine.jobs._base import task
from engine.jobs.queue import enqueue, user_behind
from engine.jobs_rows import Job
from engine.links.rows import Link
from engine.people import Person, User
from engine.people.team_rows import Team
from engine.records import people_changed
from engine.records.filters import IS, Filter
from engine.releases.live import live
from engine.staff.belongings import DRAFTS, LINKS, RECORDS, REPORTS, ROLES, STANDS_IN, TEAMS, VIEWS, belongings
from engine.staff.changing import deactivate, give_role
from engine.staff.hand_over_rows import HandOver
from engine.staff.noting import subject_of, watching
from engine.views.rows import SavedView
from rules.errors import N_, Fault

TITLE = N_("Hand over what was {name}'s")


def hand_over(session: Session, person: Person, plan: Mapping[str, int], by: User, now: datetime) -> Job | None:
    """Close an account and give what was the person's to others: key of a belonging -> who gets it.

    1. Check the successors. 2. Give what is one row each. 3. Close the account. 4. Queue the job for the records, which
    is returned; None when there are none. 5. Keep what was given, so that it can come back. What no successor is named
    for stays as it is.
    """
    heirs = _heirs(session, person, plan)
    listed = [one for one in belongings(session, person) if one.is_handed and one.key in heirs]
    parts: list[list[Any]] = []
    given: list[dict[str, Any]] = []
    for one in listed:
        heir = heirs[one.key]
        if one.kind == RECORDS:
            parts.append([one.app_key, one.form, heir.id, one.number])
        else:
            kept = _give(session, person, one.kind, (one.app_key, one.detail), heir, by, now)
            given.append({"kind": one.kind, "app": one.app_key, "role": one.detail, "heir": heir.id, **kept})
    if person.active:
        deactivate(session, person, by, now)
    told = {one.key: [heirs[one.key].sign_in, one.number] for one in listed}
    facts = {"name": person.name, "handed": told}
    note(session, kind="people", verb="handed_over", user=by, now=now, subject=subject_of(person), facts=facts)
    job = _queue(session, person, parts, by, now) if parts else None
    if listed:
        row = HandOver(person_id=person.id, at=now, given_by=by.id, given=given, job_id=job.id if job else None)
        session.add(row)
        session.flush()
    return job


def _heirs(session: Session, person: Person, plan: Mapping[str, int]) -> dict[str, Person]:
    rows = session.scalars(sa.select(Person).where(Person.id.in_(set(plan.values())), Person.active))
    people = {one.id: one for one in rows if one.id != person.id}
    if missing := set(plan.values()) - people.keys():
        template = N_("Choose somebody who is there, and not the person who leaves.")
        raise EngineError(Fault("successor", template, {"ids": len(missing)}, field="successor"))
    return {key: people[id_] for key, id_ in plan.items()}


#: Kinds that are one column each.
COLUMNS: Mapping[str, Any] = {
    TEAMS: Team.manager_id,
    VIEWS: SavedView.owner_id,
    LINKS: Link.created_by,
    STANDS_IN: Absence.substitute_id,
    DRAFTS: ConfigDraft.created_by,
}


def _give(
    session: Session, person: Person, kind: str, place: tuple[str, str], heir: Person, by: User, now: datetime
) -> dict[str, Any]:
    """Give what is one row each; return what is needed to give it back: the rows, and what the successor had before."""
    if kind == REPORTS:
        return _give_reports(session, person, heir, by, now)
    if kind == ROLES:
        had = place in {(one.app_key, one.role) for one in heir.grants}
        give_role(session, heir, *place, by, now)
        return {"had": had}
    column = COLUMNS[kind]
    wanted = [column == person.id]
    if kind == VIEWS:
        wanted.append(SavedView.id.in_(_shared(session, person)))
    if kind == STANDS_IN:
        wanted.append(Absence.person_id != heir.id)  # nobody stands in for themselves
    if kind == DRAFTS:
        wanted.append(ConfigDraft.base_number == 0)
    ids = list(session.scalars(sa.select(column.class_.id).where(*wanted)))
    session.execute(sa.update(column.class_).where(column.class_.id.in_(ids)).values({column.key: heir.id}))
    return {"ids": ids}


def _shared(session: Session, person: Person) -> list[int]:
    rows = session.execute(sa.select(SavedView.id, SavedView.roles).where(SavedView.owner_id == person.id))
    return [row.id for row in rows if row.roles]


def _give_reports(session: Session, person: Person, heir: Person, by: User, now: datetime) -> dict[str, Any]:
    """Let the successor lead whom the person led; who was above the person comes above the successor, if it was the person."""
    reports = session.scalars(sa.select(Person).where(Person.manager_id == person.id, Person.active)).all()
    above = heir.manager_id
    for one in reports:
        with watching(session, one, by, now):
            one.manager_id = person.manager_id if one.id == heir.id else heir.id
    session.flush()
    _break_circle(session, person, heir, by, now)
    people_changed(session, {*(one.id for one in reports), heir.id}, now)
    led = [one.id for one in reports if one.id != heir.id]
    return {"ids": led, "above": above, "now": heir.manager_id}


def _break_circle(session: Session, person: Person, heir: Person, by: User, now: datetime) -> None:
    """Put a successor who stood further below the person where the person was: nobody is above themselves."""
    at, seen = heir.manager_id, {heir.id}
    while at is not None and at not in seen:
        seen.add(at)
        at = session.scalar(sa.select(Person.manager_id).where(Person.id == at))
    if at == heir.id:
        with watching(session, heir, by, now):
            heir.manager_id = person.manager_id if person.manager_id != heir.id else None


def _queue(session: Session, person: Person, parts: Sequence[Sequence[Any]], by: User, now: datetime) -> Job:
    title = Fault("hand_over", TITLE, {"name": person.name})
    payload = {"person": person.id, "parts": parts}
    job = enqueue(session, "hand_over", payload, user=by, now=now, title=title)
    job.total = sum(part[3] for part in parts)
    job.result = {"url": f"/admin/leaving/{person.id}"}
    session.flush()
    return job


@task("hand_over")
def step(session: Session, job: Job, now: datetime) -> bool:
    """Do one chunk of the records of one form; each form is an act of its own, with its lines and its undoing."""
    parts, at = job.payload["parts"], dict(job.cursor or {"place": 0, "act": None, "acts": []})
    if at["place"] >= len(parts):
        return False
    user = user_behind(session, job)
    act = (
        session.get(Act, at["act"], populate_existing=True)
        if at["act"]
        else _begin(session, job, parts[at["place"]], user, now)
    )
    more = False
    if act is not None:
        before = sum((act.counts or {}).values())
        more = advance(session, act, user, now)
        job.done = min(job.done + sum((act.counts or {}).values()) - before, job.total or 0)
        at["acts"] = [*at["acts"], act.id] if act.id not in at["acts"] else at["acts"]
    at |= {"act": act.id if more and act else None, "place": at["place"] + (not more)}
    job.cursor = at
    return bool(at["place"] < len(parts))


def _begin(session: Session, job: Job, part: Sequence[Any], user: User, now: datetime) -> Act | None:
    """Return the act that gives the records of one form to their new owner; None when none is left."""
    app_key, form, heir, _ = part
    chosen = Selection(filters=(Filter("owner", IS, (job.payload["person"],)),))
    try:
        act = prepare(session, live(session, app_key), form, "edit", chosen, user, now, {"owner": str(heir)})
    except EngineError as error:
        if error.faults[0].code in ("act.nothing", "not_found"):
            return None
        raise
    session.add(act)
    session.flush()
    return act


def acts_of(session: Session, person: Person) -> list[tuple[Act, int]]:
    """Return the acts by which a person's records were handed over, with how many each wrote, the newest first."""
    jobs = session.scalars(sa.select(Job).where(Job.task == "hand_over").order_by(Job.id.desc()))
    ids = [id_ for job in jobs if job.payload.get("person") == person.id for id_ in (job.cursor or {}).get("acts", ())]
    rows = session.scalars(sa.select(Act).where(Act.id.in_(ids)).order_by(Act.id.desc()))
    return [(act, done_count(act)) for act in rows]


def jobs_of(session: Session, person: Person) -> list[Job]:
    """Return the jobs that hand over what was a person's, the newest first."""
    jobs = session.scalars(sa.select(Job).where(Job.task == "hand_over").order_by(Job.id.desc()).limit(200))
    return [job for job in jobs if job.payload.get("person") == person.id]
