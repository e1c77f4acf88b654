"""System tables of alerts: the alert, each of its transitions, the notifications it caused, and when each rule is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


def waiting(state: ColumnElement[str] | Mapped[str]) -> ColumnElement[bool]:
    """Return the condition of what is still to go out, written out: only so SQLite knows the index of such rows in it."""
    return state.in_([literal_column("'queued'"), literal_column("'sending'")])


class Alert(Base):
    """What one rule has to say about one record; `episode` counts how often it fired."""

    __tablename__ = "sw_alert"
    __table_args__ = (
        UniqueConstraint("app_key", "rule", "record_id"),
        Index("ix_sw_alert_record", "app_key", "form", "record_id"),
        Index("ix_sw_alert_state", "app_key", "rule", "state"),
        Index(
            "ix_sw_alert_wake_at",
            "wake_at",
            postgresql_where=text("wake_at IS NOT NULL"),
            sqlite_where=text("wake_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    rule: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    record_id: Mapped[int] = mapped_column(id_column_type())
    severity: Mapped[str] = mapped_column(text_type())
    state: Mapped[str] = mapped_column(text_type())
    #: Counts the transitions: the number of the last event.
    version: Mapped[int] = mapped_column(default=0)
    episode: Mapped[int] = mapped_column(default=0)
    pending_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    firing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[int | None] = mapped_column(id_column_type())
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_step: Mapped[int] = mapped_column(default=0)
    wake_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The last reason: {"code", "facts"}.
    reason: Mapped[dict[str, Any]] = mapped_column(json_type())
    #: The tree of the condition with the values it had when the alert began or fired.
    evidence: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    release: Mapped[int] = mapped_column(default=0)
    #: What the episode began with, for rules that fire anew at every occasion: a change, a time of the calendar.
    occasion: Mapped[str] = mapped_column(text_type(), default="", server_default="")


class AlertEvent(Base):
    """One transition of an alert, never changed afterwards."""

    __tablename__ = "sw_alert_event"
    __table_args__ = (UniqueConstraint("alert_id", "number"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    alert_id: Mapped[int] = mapped_column(id_column_type())
    #: Counts the transitions of the alert: two workers cannot both write the same one.
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    episode: Mapped[int]
    before: Mapped[str] = mapped_column(text_type())
    after: Mapped[str] = mapped_column(text_type())
    reason: Mapped[dict[str, Any]] = mapped_column(json_type())
    evidence: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    person_id: Mapped[int | None] = mapped_column(id_column_type())
    release: Mapped[int] = mapped_column(default=0)


class Notification(Base):
    """One message to one person by one channel. Its unique key is the promise that nobody hears a thing twice."""

    __tablename__ = "sw_notification"
    __table_args__ = (
        UniqueConstraint("app_key", "rule", "record_id", "episode", "step", "person_id", "channel"),
        Index("ix_sw_notification_alert", "alert_id"),
        Index("ix_sw_notification_person", "person_id", "channel", "id"),
        Index(
            "ix_sw_notification_unread",
            "person_id",
            postgresql_where=text("channel = 'inbox' AND read_at IS NULL AND closed_at IS NULL"),
            sqlite_where=text("channel = 'inbox' AND read_at IS NULL AND closed_at IS NULL"),
        ),
        Index(
            "ix_sw_notification_due_at",
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
    person_id: Mapped[int] = mapped_column(id_column_type())
    channel: Mapped[str] = mapped_column(text_type())
    severity: Mapped[str] = mapped_column(text_type())
    #: The rule's name and the message, in the language the person reads.
    subject: Mapped[str] = mapped_column(text_type())
    text: Mapped[str] = mapped_column(text_type())
    #: What `to` of the step led to this person; `fallback` when nobody it names could be told.
    via: Mapped[str] = mapped_column(text_type(), default="")
    state: Mapped[str] = mapped_column(text_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When to try (again); while sending, when to give the attempt up for lost.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(text_type())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the alert behind it was acknowledged or resolved: it no longer asks for attention.
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What moved its time when it was written: silence, working_hours, quiet_hours; nothing for at once.
    waits_for: Mapped[str] = mapped_column(text_type(), default="", server_default="")
    #: The message with a list that it waits for, or went out in.
    bundle_id: Mapped[int | None] = mapped_column(id_column_type(), index=True)


class RuleSchedule(Base):
    """When a rule is to be evaluated over all records next; the row is also the lock of that evaluation."""

    __tablename__ = "sw_alert_schedule"
    __table_args__ = (Index("ix_sw_alert_schedule_due_at", "due_at"),)

    app_key: Mapped[str] = mapped_column(text_type(), primary_key=True)
    rule: Mapped[str] = mapped_column(text_type(), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What the rule said when it was last evaluated: a change makes it due at once.
    fingerprint: Mapped[str] = mapped_column(text_type(), default="")
    error: Mapped[str | None] = mapped_column(text_type())
    #: Up to when times of the calendar, and of dates, were dealt with.
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What a trigger compares a new release with.
    mark: Mapped[str] = mapped_column(text_type(), default="", server_default="")
