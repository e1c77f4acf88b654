"""Who is away, and who stands in: what would reach somebody on leave reaches a substitute who is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.wish_rows import Absence
from engine.errors import EngineError, NotFound
from engine.people import Person
from rules.errors import N_, Fault


@dataclass(frozen=True, slots=True)
class Away:
    """Until when somebody is away (that day included), and who stands in."""

    until: date
    substitute_id: int | None


def away(session: Session, today: date, ids: Collection[int] | None = None) -> Mapping[int, Away]:
    """Return the people who are away today, all or of some; of several absences the one that ends last."""
    tests = [Absence.starts_on <= today, Absence.ends_on >= today]
    tests += [] if ids is None else [Absence.person_id.in_(ids)]
    query = select(Absence).where(*tests).order_by(Absence.ends_on, Absence.id)
    return {one.person_id: Away(one.ends_on, one.substitute_id) for one in session.scalars(query)}


def stand_in(absent: Mapping[int, Away], person_id: int) -> int | None:
    """Return who is told instead of somebody: the first in the row of substitutes who is there; None when nobody is."""
    seen, at = {person_id}, person_id
    while at in absent:
        following = absent[at].substitute_id
        if following is None or following in seen:
            return None
        seen.add(following)
        at = following
    return None if at == person_id else at


def absences_of(session: Session, person_id: int, today: date) -> list[Absence]:
    """Return the absences of a person that are not over."""
    mine = (Absence.person_id == person_id, Absence.ends_on >= today)
    return list(session.scalars(select(Absence).where(*mine).order_by(Absence.starts_on, Absence.id)))


def be_away(
    session: Session, person_id: int, first: date, last: date, substitute_id: int | None, now: datetime
) -> Absence:
    """Write down that a person will be away; EngineError for days or a substitute that cannot be."""
    faults = []
    if last < first:
        faults.append(Fault("absence.order", N_("The last day lies before the first."), field="ends_on"))
    elif last < now.date() - timedelta(days=1):  # a day may last longer where somebody is
        faults.append(Fault("absence.over", N_("These days are over."), field="ends_on"))
    if substitute_id == person_id:
        faults.append(Fault("absence.self", N_("Nobody can stand in for themselves."), field="substitute"))
    elif substitute_id is not None:
        person = session.get(Person, substitute_id)
        if person is None or not person.active:
            faults.append(Fault("absence.substitute", N_("There is no such person (any more)."), field="substitute"))
    if faults:
        raise EngineError(*faults)
    made = Absence(person_id=person_id, starts_on=first, ends_on=last, substitute_id=substitute_id, made_at=now)
    session.add(made)
    session.flush()
    return made


def come_back(session: Session, absence_id: int, person_id: int) -> None:
    """Forget an absence of a person."""
    found = session.get(Absence, absence_id)
    if found is None or found.person_id != person_id:
        raise NotFound("absence", absence_id)
    session.delete(found)
    session.flush()
