"""Teams and regions as a tree: added, renamed, moved, managed; people follow a new name, records are only told of."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from engine.audit import note
from engine.errors import EngineError, NotFound
from engine.people import Person, User
from engine.people.team_rows import KINDS, Team
from engine.records import people_changed
from rules.errors import N_, Fault

LONGEST = 100
#: kind -> the column of people that holds its name.
COLUMNS = {"team": Person.team, "region": Person.region}


@dataclass(frozen=True)
class Node:
    """A place in the tree: how deep it lies, how many people carry its name, and how many with all below it."""

    team: Team
    depth: int
    people: int
    whole: int


def tree(session: Session, kind: str) -> list[Node]:
    """Return the tree of one kind from top to bottom, children after their parent, by name."""
    query = sa.select(Team).where(Team.kind == kind).options(joinedload(Team.manager)).order_by(Team.name)
    below: dict[int | None, list[Team]] = defaultdict(list)
    for one in session.scalars(query):
        below[one.parent_id].append(one)
    return list(_walk(below, people_by_name(session, kind), None, 0))


def _walk(
    below: Mapping[int | None, Sequence[Team]], people: Mapping[str, int], at: int | None, depth: int
) -> Iterator[Node]:
    for one in below.get(at, ()):
        inner = list(_walk(below, people, one.id, depth + 1))
        whole = people.get(one.name, 0) + sum(node.people for node in inner)
        yield Node(one, depth, people.get(one.name, 0), whole)
        yield from inner


def people_by_name(session: Session, kind: str) -> Mapping[str, int]:
    """Return how many active people carry each name; those who carry none stand under ""."""
    column = COLUMNS[kind]
    found: Counter[str] = Counter()
    for name, count in session.execute(sa.select(column, sa.func.count()).where(Person.active).group_by(column)):
        found[name or ""] += count
    return found


def names(session: Session, kind: str) -> list[str]:
    """Return the names of one kind, by name."""
    return list(session.scalars(sa.select(Team.name).where(Team.kind == kind).order_by(Team.name)))


def people_without(session: Session, kind: str) -> list[Person]:
    """Return the first active people who carry no name of this kind."""
    column = COLUMNS[kind]
    query = sa.select(Person).where(Person.active, sa.or_(column.is_(None), column == ""))
    return list(session.scalars(query.order_by(Person.name, Person.id).limit(200)))


def team_of(session: Session, team_id: int) -> Team:
    """Return a team or region; NotFound without one."""
    found = session.get(Team, team_id, populate_existing=True)
    if found is None:
        raise NotFound("team", team_id)
    return found


def written(name: str) -> str:
    """Return a name as it is kept; EngineError when it is empty or too long."""
    text = " ".join(unicodedata.normalize("NFC", name).split())
    if not text or len(text) > LONGEST or not text.isprintable():
        template = N_("A name has 1 to {limit} characters.")
        raise EngineError(Fault("team_name", template, {"limit": LONGEST}, field="name"))
    return text


def add(session: Session, kind: str, name: str, parent_id: int | None, user: User, now: datetime) -> Team:
    """Add a team or region below another one, or at the top."""
    if kind not in KINDS:
        raise NotFound("team", kind)
    text = _free(session, kind, written(name))
    if parent_id is not None and team_of(session, parent_id).kind != kind:
        raise NotFound("team", parent_id)
    made = Team(kind=kind, name=text, parent_id=parent_id)
    session.add(made)
    session.flush()
    _note(session, "team_added", made, user, now)
    return made


def ensure(session: Session, person_names: Mapping[str, Sequence[str]], user: User, now: datetime) -> None:
    """Put names that people carry into the tree, at the top: kind -> names."""
    for kind, wanted in person_names.items():
        for name in sorted(set(filter(None, wanted)) - set(names(session, kind))):
            made = Team(kind=kind, name=name)
            session.add(made)
            session.flush()
            _note(session, "team_added", made, user, now)


def rename(session: Session, team: Team, name: str, user: User, now: datetime) -> int:
    """Call a team or region by another name, with all who carry it; return how many people that are."""
    text, old = written(name), team.name
    if text == old:
        return 0
    _free(session, team.kind, text)
    column = COLUMNS[team.kind]
    ids = session.scalars(sa.select(Person.id).where(column == old)).all()
    session.execute(
        sa.update(Person).where(column == old).values({column.key: text}),
        execution_options={"synchronize_session": "fetch"},
    )
    team.name = text
    session.flush()
    people_changed(session, ids, now)
    _note(session, "team_renamed", team, user, now, before=old, people=len(ids))
    return len(ids)


def move(session: Session, team: Team, parent_id: int | None, user: User, now: datetime) -> None:
    """Hang a team or region below another one of its kind; EngineError when that lies below itself."""
    above = parent_id
    while above is not None:
        if above == team.id:
            raise EngineError(Fault("team_circle", N_("It cannot lie below itself."), field="parent"))
        one = team_of(session, above)
        if one.kind != team.kind:
            raise NotFound("team", above)
        above = one.parent_id
    if team.parent_id == parent_id:
        return
    before, after = (team_of(session, id_).name if id_ else None for id_ in (team.parent_id, parent_id))
    team.parent_id = parent_id
    session.flush()
    _note(session, "team_moved", team, user, now, before=before, after=after)


def set_manager(session: Session, team: Team, manager: Person | None, user: User, now: datetime) -> None:
    """Say who leads a team or region."""
    if manager is not None and not manager.active:
        raise EngineError(Fault("person_gone", N_("There is no such person (any more)."), field="manager"))
    if team.manager_id == (manager.id if manager else None):
        return
    before, team.manager = team.manager, manager
    session.flush()
    told = {"before": before.name if before else None, "after": manager.name if manager else None}
    _note(session, "team_manager", team, user, now, **told)


def remove(session: Session, team: Team, user: User, now: datetime) -> None:
    """Take a team or region out of the tree; EngineError while somebody or something is in it."""
    people = session.scalar(sa.select(sa.func.count()).where(COLUMNS[team.kind] == team.name)) or 0
    below = session.scalar(sa.select(sa.func.count()).where(Team.parent_id == team.id)) or 0
    if people or below:
        template = N_("{people} people and {below} others are still in it: move them first.")
        raise EngineError(Fault("team_in_use", template, {"people": people, "below": below}))
    _note(session, "team_removed", team, user, now)
    session.delete(team)
    session.flush()


def _free(session: Session, kind: str, name: str) -> str:
    if session.scalar(sa.select(Team.id).where(Team.kind == kind, Team.name == name)) is not None:
        raise EngineError(Fault("team_taken", N_("There is one called {name} already."), {"name": name}, field="name"))
    return name


def _note(session: Session, verb: str, team: Team, user: User, now: datetime, **facts: object) -> None:
    told = {"kind": team.kind, "name": team.name, **facts}
    note(session, kind="people", verb=verb, user=user, now=now, subject=f"team:{team.id}", facts=told)
