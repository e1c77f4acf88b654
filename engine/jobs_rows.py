"""System tables of the jobs: who of many processes does a recurring piece of work just now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, text_type


class Lease(Base):
    """The right to do a named piece of work until a moment; whoever is late loses it."""

    __tablename__ = "sw_lease"

    name: Mapped[str] = mapped_column(text_type(), primary_key=True)
    holder: Mapped[str] = mapped_column(text_type())
    until: Mapped[datetime] = mapped_column(UtcDateTime)
