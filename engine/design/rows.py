"""The system tables of config drafts, of the edits made in them, and of the approvals asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type
from engine.people.rows import Person


class ConfigDraft(Base):
    """The edited, not yet live config of an app: one per app, shared by all who may design it."""

    __tablename__ = "sw_config_draft"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type(), unique=True)
    #: The whole app as canonical JSON text; it may be faulty while it is worked on.
    config: Mapped[str] = mapped_column(text_type(), deferred=True)
    #: The release it was begun from; 0 for an app that has none yet.
    base_number: Mapped[int] = mapped_column(default=0)
    #: Counts the edits.
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())

    def __str__(self) -> str:
        return f"{self.app_key} ~{self.version}"


class ConfigEdit(Base):
    """One edit of a draft: which file, by whom, from what to what."""

    __tablename__ = "sw_config_edit"
    __table_args__ = (Index("ix_sw_config_edit_draft", "draft_id", "id"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    draft_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_config_draft.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    person_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    #: The file as drafts name it: `app.json`, `forms/leave.json`; empty where the whole config was replaced.
    path: Mapped[str] = mapped_column(text_type())
    #: The file before and after, as JSON text; empty where it was not there.
    before: Mapped[str] = mapped_column(text_type(), default="", deferred=True)
    after: Mapped[str] = mapped_column(text_type(), default="", deferred=True)
    #: What was done, in the words of whoever did it.
    note: Mapped[str] = mapped_column(text_type(), default="")

    person: Mapped[Person | None] = relationship()


class ApprovalRequest(Base):
    """One asking for approval: exactly what would go live, and what was said to it. Kept when it is over."""

    __tablename__ = "sw_approval_request"
    __table_args__ = (Index("ix_sw_approval_request_app", "app_key", "state"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    #: open → approved or refused; withdrawn by who asked, void when the draft changed, published at the end.
    state: Mapped[str] = mapped_column(text_type())
    #: The draft as it was asked for, and the release it was compared with.
    checksum: Mapped[str] = mapped_column(text_type())
    live_number: Mapped[int] = mapped_column(default=0)
    #: The reason of the release, and where it sends records: lines as `--map` has them.
    reason: Mapped[str] = mapped_column(text_type(), default="")
    moves: Mapped[list[Any]] = mapped_column(json_type(), default=list)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime())
    asked_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    decided_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    #: Why it was refused.
    note: Mapped[str] = mapped_column(text_type(), default="")
    #: Who ended it otherwise: withdrew it, edited the draft, published it.
    ended_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    asker: Mapped[Person | None] = relationship(foreign_keys=[asked_by])
    decider: Mapped[Person | None] = relationship(foreign_keys=[decided_by])
    ender: Mapped[Person | None] = relationship(foreign_keys=[ended_by])

    def __str__(self) -> str:
        return f"{self.app_key} {self.state}"
