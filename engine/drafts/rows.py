"""The system table of unfinished forms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class FormDraft(Base):
    """What one person typed into one form and did not save yet."""

    __tablename__ = "sw_draft"
    __table_args__ = (
        Index("ix_sw_draft_person", "person_id", "app_key", "form"),
        Index("ix_sw_draft_updated_at", "updated_at"),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    #: The record that is edited; empty for a new one.
    record_id: Mapped[int | None] = mapped_column(id_column_type())
    #: Version of the record that was read.
    version: Mapped[int | None] = mapped_column()
    #: Name on the form -> what was typed, as texts, in the order of the form.
    typed: Mapped[list[list[str]]] = mapped_column(json_type())
    step: Mapped[str | None] = mapped_column(text_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
