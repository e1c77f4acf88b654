"""Acts and their lines, read: for the page of results, for sheets, and for the list of what was done to many records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.acts.doing import act_of
from engine.acts.importing import rows_of
from engine.acts.mapping import KIND as MAP
from engine.acts.rows import Act, ActLine, ActPart
from engine.errors import NotFound
from engine.jobs.queue import told
from engine.people import User
from engine.releases.live import Live
from engine.rights import may
from rules.errors import Fault

PAGE, MOST = 50, 100
CHUNK = 500


def sees_all(live: Live, form: str, user: User) -> bool:
    """Tell whether a person sees what others did to many records."""
    return user.is_admin or may(user, "configure", live, form)


def visible_act(session: Session, live: Live, form: str, act_id: int, user: User) -> Act:
    """Return an act to who did it and to those who look after the form; others do not learn that it exists."""
    if not 0 < act_id < 2**62:
        raise NotFound("act", act_id)
    act = act_of(session, live, act_id)
    if act.form != form or not may(user, "read", live, form):
        raise NotFound("act", act_id)
    if act.person_id != user.id and not sees_all(live, form, user):
        raise NotFound("act", act_id)
    return act


def acts_of(session: Session, live: Live, form: str, user: User) -> list[Act]:
    """Return the last acts on a form that a person may see, the newest first."""
    query = sa.select(Act).where(Act.app_key == live.key, Act.form == form)
    if not sees_all(live, form, user):
        query = query.where(Act.person_id == user.id)
    return list(session.scalars(query.order_by(Act.id.desc()).limit(MOST)))


def acts_ahead_of(session: Session, app_key: str, first: int, before: int) -> list[Act]:
    """Return what sent records ahead while releases from `first` to before `before` were live, the newest first; undone ones not."""
    query = (
        sa.select(Act).where(Act.app_key == app_key, Act.kind == MAP, Act.undone_by.is_(None)).order_by(Act.id.desc())
    )
    return [one for one in session.scalars(query.limit(MOST)) if first <= int(one.payload["release"]) < before]


def lines_of(session: Session, act: Act, verdict: str, page: int) -> tuple[Sequence[ActLine], bool]:
    """Return a page of lines, of one verdict if one is named, and whether there are more."""
    query = sa.select(ActLine).where(ActLine.act_id == act.id)
    if verdict:
        query = query.where(ActLine.verdict == verdict)
    found = session.scalars(query.order_by(ActLine.id).limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    return found[:PAGE], len(found) > PAGE


def all_lines(session: Session, act: Act, verdict: str = "") -> Iterator[Sequence[ActLine]]:
    """Go through all lines, some at a time."""
    after = 0
    while True:
        query = sa.select(ActLine).where(ActLine.act_id == act.id, ActLine.id > after)
        query = query.where(ActLine.verdict == verdict) if verdict else query
        found = session.scalars(query.order_by(ActLine.id).limit(CHUNK)).all()
        if not found:
            return
        yield found
        after = found[-1].id


def faults_of(line: ActLine) -> list[tuple[Fault, str]]:
    """Return why a record was left out, each reason with the key of its field."""
    made = []
    for kept in line.faults or ():
        said = told(kept)
        made.append((said if isinstance(said, Fault) else Fault("", str(said)), str(kept.get("field", ""))))
    return made


def columns_of(act: Act) -> Mapping[str, str]:
    """Return field -> column of the sheet that an import read."""
    columns = act.payload.get("mapping", {}).get("columns", {})
    found = {(one["field"] if isinstance(one, dict) else one): name for name, one in columns.items() if one}
    return {str(key): str(name) for key, name in found.items()}


def refused_rows(session: Session, act: Act) -> Iterator[tuple[Sequence[str], ActLine]]:
    """Go through the rows of a sheet that were left out, as they came, each with its line."""
    refused = {line.row: line for lines in all_lines(session, act, "refused") for line in lines}
    numbers = sorted(row for row in refused if row is not None)
    if not numbers:
        return
    firsts = sa.select(ActPart.first).where(ActPart.act_id == act.id, ActPart.first <= numbers[0])
    lowest = session.scalar(firsts.order_by(ActPart.first.desc()).limit(1)) or 0
    for row in rows_of(session, act, ActPart.first >= lowest):
        if row.number in refused:
            yield row.cells, refused[row.number]
