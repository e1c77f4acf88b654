"""The system tables of saved views, and of how wide a person likes the columns of a view."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class SavedView(Base):
    """A view that a person saved; its owner alone changes it."""

    __tablename__ = "sw_view"
    __table_args__ = (Index("ix_sw_view_form", "app_key", "form", "position"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    name: Mapped[str] = mapped_column(text_type())
    kind: Mapped[str] = mapped_column(text_type())
    owner_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"))
    #: Roles it is shared with; none for a private one.
    roles: Mapped[list[str]] = mapped_column(json_type())
    settings: Mapped[dict[str, Any]] = mapped_column(json_type())
    position: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ViewHabit(Base):
    """How wide one person made the columns of a view, or ("") of the list itself."""

    __tablename__ = "sw_view_habit"

    person_id: Mapped[int] = mapped_column(
        id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    app_key: Mapped[str] = mapped_column(text_type(), primary_key=True)
    form: Mapped[str] = mapped_column(text_type(), primary_key=True)
    view: Mapped[str] = mapped_column(text_type(), primary_key=True)
    widths: Mapped[dict[str, int]] = mapped_column(json_type())
