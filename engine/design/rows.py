"""The system tables of config drafts and of the edits made in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, UtcDateTime, id_column_type, text_type
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
    #: Who approved which version, and when; another version is not approved.
    approved_by: Mapped[int | None] = mapped_column(id_column_type())
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    approved_version: Mapped[int | None] = mapped_column()

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
