"""A record at two moments: what differs, and going back: one field, or all that a person may write, as a normal change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.people.users import User
from engine.records.read import get, seen_by
from engine.records.record import Record
from engine.records.verbs import restore, update
from engine.releases.live import Live
from engine.rights import EDIT
from engine.tables import HISTORY_ID
from forms.defs import FieldDef

VIA = "restore"
#: System names that a person may compare beside the fields.
COMPARED = ("stage", "owner")


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a record: right after one of its changes, at a time, or (without both) now."""

    change: int | None = None
    at: datetime | None = None

    @classmethod
    def read(cls, text: str) -> Point:
        """Read what `str` wrote; anything else is now."""
        if text[:1] == "c" and text[1:].isascii() and text[1:].isdigit() and len(text) < 19:
            return cls(change=int(text[1:]))
        try:
            at = datetime.fromisoformat(text) if text else None
        except ValueError:
            return cls()
        return cls(at=at.astimezone(UTC)) if at is not None and at.tzinfo is not None else cls()

    def __str__(self) -> str:
        if self.change is not None:
            return f"c{self.change}"
        return self.at.isoformat() if self.at else ""

    @property
    def is_now(self) -> bool:
        """Tell whether the record as it stands is meant."""
        return self.change is None and self.at is None


@dataclass(frozen=True)
class Comparison:
    """A record at two moments, and the visible names whose values differ: key -> (left, right)."""

    left: Record
    right: Record
    differing: Mapping[str, tuple[object, object]]


@dataclass(frozen=True)
class Restored:
    """What came of going back: the record, and the differing fields that this person may not write."""

    record: Record
    left: tuple[str, ...] = ()


def record_at(
    session: Session, live: Live, form: str, record_id: int, point: Point, user: User, now: datetime
) -> Record:
    """Return a record as it was: of what this person may see of it now no more than they might have seen then."""
    current = get(session, live, form, record_id, user, now, deleted=True)
    if point.is_now:
        return current
    row = _line(session, live, form, record_id, point)
    if row is None:
        raise NotFound(form, record_id)
    then = seen_by(session, live, form, row, user, now)
    kept = {key: value for key, value in then.values.items() if key in current.values}
    return Record(form, record_id, then.version, kept, then.deleted, then.access)


def _line(session: Session, live: Live, form: str, record_id: int, point: Point) -> Mapping[str, object] | None:
    table = live.tables.history(form)
    mine = [table.c.id == record_id]
    if point.change is not None:
        mine.append(table.c.change_id == point.change)
    else:
        mine += [table.c.valid_from <= point.at, sa.or_(table.c.valid_to.is_(None), table.c.valid_to > point.at)]
    query = sa.select(table).where(*mine).order_by(table.c[HISTORY_ID].desc()).limit(1)
    row = session.execute(query).mappings().first()
    return dict(row) if row is not None else None


def compare(
    session: Session, live: Live, form: str, record_id: int, left: Point, right: Point, user: User, now: datetime
) -> Comparison:
    """Return a record at two moments; NotFound when it was not there, or this person may not see it."""
    one = record_at(session, live, form, record_id, left, user, now)
    other = record_at(session, live, form, record_id, right, user, now)
    keys = [key for key in (*live.form(form).by_key, *COMPARED) if key in one.values and key in other.values]
    pairs = {key: (one.values[key], other.values[key]) for key in keys}
    return Comparison(one, other, {key: pair for key, pair in pairs.items() if pair[0] != pair[1]})


def restore_field(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    key: str,
    point: Point,
    user: User,
    now: datetime,
    version: int | None = None,
) -> Record:
    """Give one field the value it had; every right and rule holds as for any change."""
    then = record_at(session, live, form, record_id, point, user, now)
    field = live.form(form).by_key.get(key)
    if key not in then.values or (field is None and key != "owner"):
        raise NotFound("field", key[:60])
    if field is not None and field.is_derived:
        raise Refused("update", form)
    values = {key: _typed(field, then.values[key])}
    return update(session, live, form, record_id, values, user, now, VIA, version=version)


def restore_record(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    point: Point,
    user: User,
    now: datetime,
    version: int | None = None,
) -> Restored:
    """Give a record the values it had, deleted or not, as far as this person may write them; its stage only moves move."""
    found = compare(session, live, form, record_id, point, Point(), user, now)
    fields = live.form(form).by_key
    if found.right.deleted:
        restore(session, live, form, record_id, user, now, VIA)
        version = None
    wanted = [key for key in found.differing if key == "owner" or (key in fields and not fields[key].is_derived)]
    mine = [key for key in wanted if found.right.access.get(key) == EDIT]
    values = {key: _typed(fields.get(key), found.differing[key][0]) for key in mine}
    left = tuple(key for key in wanted if key not in mine)
    record = update(session, live, form, record_id, values, user, now, VIA, version=version)
    return Restored(record, left)


def _typed(field: FieldDef | None, value: object) -> object:
    """Return a stored value as something typed, which reads back as the same value."""
    if field is None:
        return str(value) if value is not None else ""
    return field.type.to_text(field, value)
