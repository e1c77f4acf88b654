"""What happened to a record: its changes, newest first, without what a person may not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.changes import Change, decode
from engine.people.rows import Person
from engine.people.users import User
from engine.records.read import get
from engine.releases.live import Live
from engine.rights import HIDDEN
from rules.types import Kind

#: Changes shown of one record.
MOST = 500


@dataclass(frozen=True)
class Entry:
    """One change of a record: `fields` maps the visible fields that changed to (before, after)."""

    id: int
    at: datetime
    #: Name of who did it; empty for the system.
    person: str
    person_id: int | None
    via: str
    verb: str
    version: int | None
    fields: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    note: str = ""


def timeline(
    session: Session, live: Live, form: str, record_id: int, user: User, now: datetime, limit: int = MOST
) -> list[Entry]:
    """Return the changes of a record, newest first; NotFound when this person may not see it.

    A change that touched only hidden fields is left out altogether.
    """
    record = get(session, live, form, record_id, user, now, deleted=True)
    statement = (
        sa.select(Change, Person.name)
        .outerjoin(Person, Person.id == Change.person_id)
        .where(Change.app_key == live.key, Change.form == form, Change.record_id == record_id)
        .order_by(Change.id.desc())
        .limit(limit)
    )
    seen = frozenset(key for key, level in record.access.items() if level != HIDDEN)
    entries = [_entry(live, form, change, name, seen) for change, name in session.execute(statement)]
    return [one for one in entries if one.fields or one.verb not in ("update", "derive", "map", "map_ahead")]


def _entry(live: Live, form: str, change: Change, name: str | None, seen: frozenset[str]) -> Entry:
    fields = {
        key: (_value(live, form, key, before), _value(live, form, key, after))
        for key, (before, after) in (change.diff or {}).items()
        if key in seen
    }
    return Entry(
        change.id,
        change.at,
        name or "",
        change.person_id,
        change.via,
        change.verb,
        change.version,
        fields,
        change.note or "",
    )


def _value(live: Live, form: str, key: str, value: object) -> object:
    type_ = live.app.shapes[form].get(key)
    return decode(value, type_.kind if type_ else Kind.TEXT)
