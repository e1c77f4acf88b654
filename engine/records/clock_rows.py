"""The system table of the day: up to which date the values of an app that read `today` were brought."""

from __future__ import annotations

import datetime

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, text_type


class Clock(Base):
    """One app's day, in its own time zone; the row is also what two ticks contend for."""

    __tablename__ = "sw_clock"

    app_key: Mapped[str] = mapped_column(text_type(), primary_key=True)
    day: Mapped[datetime.date] = mapped_column(Date())
