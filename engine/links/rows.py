"""System table of links: forms that strangers may fill in, and short addresses of places for those who sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class Link(Base):
    """A link: of `kind` intake it opens a form without sign-in, of `place` it leads who signs in to a page."""

    __tablename__ = "sw_link"
    __table_args__ = (Index("ix_sw_link_form", "app_key", "form", "id"), Index("ix_sw_link_target", "target"))

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    kind: Mapped[str] = mapped_column(text_type())
    #: Of an intake the hash of what stands in the address, which nobody can read back; of a place the code itself.
    code: Mapped[str] = mapped_column(text_type(), unique=True)
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    #: Address within this site that a place stands for.
    target: Mapped[str | None] = mapped_column(text_type())
    name: Mapped[str] = mapped_column(text_type())
    settings: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    most: Mapped[int | None] = mapped_column(Integer)
    submissions: Mapped[int] = mapped_column(Integer, default=0)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
