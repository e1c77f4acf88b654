"""What changed lately in an app: the newest changes of records that a person may see, one per record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.changes import Change
from engine.people.rows import Person
from engine.people.users import User
from engine.records.titles import titles
from engine.releases.live import Live

#: Changes looked through: most of them may concern records that this person may not see.
LOOKED_THROUGH = 300
#: What people do; what follows from it by itself is no news.
VERBS = ("create", "update", "move", "restore", "import")


@dataclass(frozen=True)
class News:
    """The newest change of one record."""

    at: datetime
    #: Name of who did it; empty for the system.
    person: str
    via: str
    verb: str
    form: str
    record_id: int
    title: str


def recent(session: Session, live: Live, user: User, now: datetime, limit: int = 20) -> list[News]:
    """Return the newest changes, newest first; the number of queries depends on the app's forms alone."""
    statement = (
        sa.select(Change, Person.name)
        .outerjoin(Person, Person.id == Change.person_id)
        .where(Change.app_key == live.key, Change.record_id.is_not(None), Change.verb.in_(VERBS))
        .order_by(Change.id.desc())
        .limit(LOOKED_THROUGH)
    )
    newest: dict[tuple[str, int], tuple[Change, str | None]] = {}
    for change, name in session.execute(statement):
        if change.form is not None and change.form in live.app.forms and change.record_id is not None:
            newest.setdefault((change.form, change.record_id), (change, name))
    named = _named(session, live, list(newest), user, now)
    found = [_news(change, name, named[key]) for key, (change, name) in newest.items() if key in named]
    return found[:limit]


def _named(
    session: Session, live: Live, keys: list[tuple[str, int]], user: User, now: datetime
) -> dict[tuple[str, int], str]:
    forms = sorted({form for form, _ in keys})
    return {
        (form, id_): title
        for form in forms
        for id_, title in titles(session, live, form, [i for f, i in keys if f == form], user, now).items()
    }


def _news(change: Change, name: str | None, title: str) -> News:
    return News(change.at, name or "", change.via, change.verb, change.form or "", change.record_id or 0, title)
