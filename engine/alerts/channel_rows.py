"""System tables of channels: those an administrator has set up, and which of them each person wants."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class ChannelRow(Base):
    """A channel as it was set up; what is secret in it is sealed."""

    __tablename__ = "sw_channel"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    #: What notifications and rules call it.
    key: Mapped[str] = mapped_column(text_type(), unique=True)
    type: Mapped[str] = mapped_column(text_type())
    name: Mapped[str] = mapped_column(text_type())
    settings: Mapped[dict[str, Any]] = mapped_column(json_type())
    secrets: Mapped[str | None] = mapped_column(text_type())
    enabled: Mapped[bool] = mapped_column(default=True)
    #: Grows with every change: a failure under older settings does not switch off what was mended meanwhile.
    version: Mapped[int] = mapped_column(default=1)
    error: Mapped[str | None] = mapped_column(text_type())
    error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when nothing got through.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))


class Preference(Base):
    """How one person wants to be told."""

    __tablename__ = "sw_preference"

    person_id: Mapped[int] = mapped_column(
        id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: Instead of the address that administrators keep.
    email: Mapped[str | None] = mapped_column(text_type())
    mobile: Mapped[str | None] = mapped_column(text_type())
    #: Keys of channels.
    always: Mapped[list[str] | None] = mapped_column(json_type())
    never: Mapped[list[str] | None] = mapped_column(json_type())
