"""System tables of how people want to be told: silences, absences, quiet hours and digests, and messages with a list."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class Silence(Base):
    """Nobody is told until a moment: of a rule, of a record, of both; with a person, only that one."""

    __tablename__ = "sw_silence"
    __table_args__ = (Index("ix_sw_silence_until", "app_key", "until"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    rule: Mapped[str | None] = mapped_column(text_type())
    form: Mapped[str | None] = mapped_column(text_type())
    record_id: Mapped[int | None] = mapped_column(id_column_type())
    person_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Moved to the moment somebody ended it.
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int | None] = mapped_column(id_column_type())
    note: Mapped[str] = mapped_column(text_type(), default="")


class Absence(Base):
    """A person is away from a day to a day, both included; the substitute is told meanwhile."""

    __tablename__ = "sw_absence"
    __table_args__ = (Index("ix_sw_absence_person", "person_id", "ends_on"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"))
    starts_on: Mapped[date] = mapped_column(Date())
    ends_on: Mapped[date] = mapped_column(Date())
    substitute_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Wish(Base):
    """When one person wants to be told."""

    __tablename__ = "sw_wish"

    person_id: Mapped[int] = mapped_column(
        id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: Quiet from a time of day to a time of day, as 22:00.
    quiet_from: Mapped[str] = mapped_column(text_type(), default="")
    quiet_to: Mapped[str] = mapped_column(text_type(), default="")
    working_hours: Mapped[bool] = mapped_column(default=False)
    #: now (''), daily, weekly; at a time of day, and for weekly on a day (1 Monday … 7).
    digest: Mapped[str] = mapped_column(text_type(), default="")
    digest_at: Mapped[str] = mapped_column(text_type(), default="09:00")
    digest_day: Mapped[int] = mapped_column(default=1)
    #: APP/RULE -> now, daily, weekly: instead of `digest`.
    rules: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)


class Bundle(Base):
    """Several notifications to one person by one channel that become one message with a list."""

    __tablename__ = "sw_bundle"
    __table_args__ = (
        UniqueConstraint("person_id", "channel", "key"),
        Index("ix_sw_bundle_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(text_type())
    #: What it collects, and when it goes: two workers make one bundle.
    key: Mapped[str] = mapped_column(text_type())
    #: group, digest, cap, catch_up.
    kind: Mapped[str] = mapped_column(text_type())
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How many messages it held when it was closed.
    size: Mapped[int] = mapped_column(default=0)
