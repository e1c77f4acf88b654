"""System tables of the jobs: the work itself, the ticks of the clock, and who may do a piece of it just now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type

#: States in which nothing more happens by itself.
ENDED = ("done", "failed", "parked", "cancelled")


class Lease(Base):
    """The right to do a named piece of work until a moment; whoever is late loses it."""

    __tablename__ = "sw_lease"

    name: Mapped[str] = mapped_column(text_type(), primary_key=True)
    holder: Mapped[str] = mapped_column(text_type())
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Job(Base):
    """One piece of lasting work: what, for whom, how far it has come. This row is the truth, whatever drives it."""

    __tablename__ = "sw_job"
    __table_args__ = (
        UniqueConstraint("task", "key"),
        Index(
            "ix_sw_job_due_at",
            "due_at",
            postgresql_where=text("state IN ('queued', 'running')"),
            sqlite_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_sw_job_user", "user_id", "id"),
        Index("ix_sw_job_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    task: Mapped[str] = mapped_column(text_type())
    app_key: Mapped[str | None] = mapped_column(text_type())
    #: Who started it; nobody for the house itself.
    user_id: Mapped[int | None] = mapped_column(id_column_type())
    #: What makes a second request for the same work the same job.
    key: Mapped[str | None] = mapped_column(text_type())
    #: {"text"} or {"code", "template", "facts"}.
    title: Mapped[dict[str, Any]] = mapped_column(json_type())
    payload: Mapped[dict[str, Any]] = mapped_column(json_type())
    #: Where the next chunk begins: whatever the task wrote there with the chunk before.
    cursor: Mapped[Any | None] = mapped_column(json_type())
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    #: What came of it; `{"url": …}` is shown as a link.
    result: Mapped[Any | None] = mapped_column(json_type())
    #: queued running done failed parked cancelled
    state: Mapped[str] = mapped_column(text_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When to begin, or to try again.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Attempts since the last chunk that came through.
    attempts: Mapped[int] = mapped_column(default=0)
    #: Counts how often it was set going: by itself, and by an administrator again.
    runs: Mapped[int] = mapped_column(default=0)
    #: The process that began the attempt at hand.
    executor: Mapped[str | None] = mapped_column(text_type())
    #: The last error, kept also when a later attempt went well.
    error: Mapped[dict[str, Any] | None] = mapped_column(json_type())


class Tick(Base):
    """The last run of one fixed tick: for administrators, who want to see that time passes."""

    __tablename__ = "sw_tick"

    name: Mapped[str] = mapped_column(text_type(), primary_key=True)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    milliseconds: Mapped[int]
    executor: Mapped[str] = mapped_column(text_type())
    #: What was done: counts by name.
    done: Mapped[dict[str, int] | None] = mapped_column(json_type())
    error: Mapped[str | None] = mapped_column(text_type())
