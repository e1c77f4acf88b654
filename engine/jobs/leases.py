"""Leases: of many processes one has the right to a piece of work, and keeps it as long as it renews it in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs_rows import Lease

Sessions = sessionmaker[Session]

#: A process that has not renewed its lease for this long has lost it.
LEASE = timedelta(seconds=90)


def acquire(sessions: Sessions, name: str, holder: str, now: datetime, span: timedelta = LEASE) -> bool:
    """Take or renew the right to a piece of work until `now + span`; False while another holder has it."""
    with sessions.begin() as session:
        free = or_(Lease.holder == holder, Lease.until < now)
        taken = {"holder": holder, "until": now + span}
        updated = session.execute(update(Lease).where(Lease.name == name, free).values(**taken))
        if isinstance(updated, CursorResult) and updated.rowcount == 1:
            return True
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        fresh = dialect.insert(Lease).values(name=name, **taken).on_conflict_do_nothing().returning(Lease.name)
        return session.execute(fresh).first() is not None


def release(sessions: Sessions, name: str, holder: str) -> None:
    """Give the right up, if it is still held."""
    with sessions.begin() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def holder_of(session: Session, name: str, now: datetime) -> str | None:
    """Return who holds a lease that has not run out."""
    return session.scalar(select(Lease.holder).where(Lease.name == name, Lease.until >= now))
