"""System tables of actions: what each alert did, exactly once, and whose turn it is to be assigned something."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class ActionRow(Base):
    """One action of one step of one episode. Its unique key is the promise that nothing is done twice."""

    __tablename__ = "sw_alert_action"
    __table_args__ = (
        UniqueConstraint("app_key", "rule", "record_id", "episode", "step", "number"),
        Index("ix_sw_alert_action_alert", "alert_id"),
        Index("ix_sw_alert_action_record", "app_key", "form", "record_id"),
        Index(
            "ix_sw_alert_action_due_at",
            "due_at",
            postgresql_where=text("state IN ('queued', 'sending')"),
            sqlite_where=text("state IN ('queued', 'sending')"),
        ),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    alert_id: Mapped[int] = mapped_column(id_column_type())
    app_key: Mapped[str] = mapped_column(text_type())
    rule: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    record_id: Mapped[int] = mapped_column(id_column_type())
    episode: Mapped[int]
    step: Mapped[int]
    #: Place of the action within its step.
    number: Mapped[int]
    #: What it does: the key of an action.
    kind: Mapped[str] = mapped_column(text_type())
    #: How many actions led to this one; a chain that grows too long is cut.
    depth: Mapped[int] = mapped_column(default=1)
    #: queued, sending (external), done, failed.
    state: Mapped[str] = mapped_column(text_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Why it failed: {"code", "template", "facts"}, or {"text"}.
    error: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    #: What it did.
    result: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    release: Mapped[int] = mapped_column(default=0)


class Turn(Base):
    """Who was given what last: the row is also the lock of the turn."""

    __tablename__ = "sw_alert_turn"

    app_key: Mapped[str] = mapped_column(text_type(), primary_key=True)
    name: Mapped[str] = mapped_column(text_type(), primary_key=True)
    #: Person → number of the turn they had last.
    given: Mapped[dict[str, Any]] = mapped_column(json_type())
    turns: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
