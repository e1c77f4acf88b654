"""The system table of the day: up to which date the values of an app that read `today` were brought."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base, text_type
from engine.records.env import zone_of
from engine.records.graph import daily_fields
from engine.releases.live import Live


class Clock(Base):
    """One app's day, in its own time zone; the row is also what two ticks contend for."""

    __tablename__ = "sw_clock"

    app_key: Mapped[str] = mapped_column(text_type(), primary_key=True)
    day: Mapped[dt.date] = mapped_column(sa.Date())


def day_of(session: Session, live: Live) -> dt.date | None:
    """Return the day an app's values were brought to; None before the first one."""
    return session.scalar(sa.select(Clock.day).where(Clock.app_key == live.key))


def day_reached(session: Session, live: Live, now: dt.datetime) -> dt.datetime:
    """Return now, or the first moment of the day an app was brought to already: its values never go back."""
    day = day_of(session, live) if daily_fields(live) else None
    if day is None or day <= now.astimezone(zone_of(live)).date():
        return now
    return dt.datetime.combine(day, dt.time(), zone_of(live)).astimezone(dt.UTC)
