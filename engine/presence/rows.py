"""Who has the form of a record open: one row each, renewed while it is open, so that all processes know."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, text_type

#: Somebody who was not heard of for so long has left.
PRESENT_SECONDS = 25
#: Rows of those who left without a word are taken away after it.
_FORGOTTEN = timedelta(minutes=10)


class Presence(Base):
    """One person at the form of one record."""

    __tablename__ = "sw_presence"

    app_key: Mapped[str] = mapped_column(text_type(), primary_key=True)
    form: Mapped[str] = mapped_column(text_type(), primary_key=True)
    record_id: Mapped[int] = mapped_column(id_column_type(), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)


#: App, form, record.
Place = tuple[str, str, int]


def stay(session: Session, place: Place, person_id: int, now: datetime) -> None:
    """Note that a person has a record open; also takes away who left long ago."""
    session.execute(delete(Presence).where(Presence.at < now - _FORGOTTEN))
    found = session.execute(update(Presence).where(*_is(place, person_id)).values(at=now))
    if getattr(found, "rowcount", 0):
        return
    app_key, form, record_id = place
    try:
        with session.begin_nested():
            session.add(Presence(app_key=app_key, form=form, record_id=record_id, person_id=person_id, at=now))
    except IntegrityError:  # another window of the same person was faster
        return


def leave(session: Session, place: Place, person_id: int) -> None:
    """Note that a person closed a record."""
    session.execute(delete(Presence).where(*_is(place, person_id)))


def present(session: Session, now: datetime) -> dict[Place, frozenset[int]]:
    """Return who has what open."""
    wanted = select(Presence).where(Presence.at > now - timedelta(seconds=PRESENT_SECONDS))
    found: dict[Place, frozenset[int]] = {}
    for row in session.scalars(wanted):
        place = (row.app_key, row.form, row.record_id)
        found[place] = found.get(place, frozenset()) | {row.person_id}
    return found


def _is(place: Place, person_id: int) -> list[ColumnElement[bool]]:
    app_key, form, record_id = place
    return [
        Presence.app_key == app_key,
        Presence.form == form,
        Presence.record_id == record_id,
        Presence.person_id == person_id,
    ]
