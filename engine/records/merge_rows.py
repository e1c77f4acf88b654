"""System table of merged records: what was one of two and is one now, and what was moved, so that it can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class Merge(Base):
    """Two records that became one: the loser lies in the trash and points to the survivor."""

    __tablename__ = "sw_merge"
    __table_args__ = (
        Index("ix_sw_merge_loser", "app_key", "form", "loser_id"),
        Index("ix_sw_merge_survivor", "app_key", "form", "survivor_id"),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    survivor_id: Mapped[int] = mapped_column(id_column_type())
    loser_id: Mapped[int] = mapped_column(id_column_type())
    person_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: taken: keys of values that came from the loser; references: [form, key, ids]; comments, files: ids; followers.
    moved: Mapped[Any] = mapped_column(json_type(), nullable=True)
