"""System table of files: what was uploaded, by whom, and where it hangs; the bytes lie in a folder."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, text_type


class StoredFile(Base):
    """One uploaded file: staged until a record or a comment takes it, never changed afterwards."""

    __tablename__ = "sw_file"
    __table_args__ = (
        Index("ix_sw_file_record", "app_key", "form", "record_id"),
        Index("ix_sw_file_comment", "comment_id"),
        Index(
            "ix_sw_file_staged",
            "staged_at",
            postgresql_where=text("bound_at IS NULL"),
            sqlite_where=text("bound_at IS NULL"),
        ),
        Index(
            "ix_sw_file_removed",
            "app_key",
            "removed_at",
            postgresql_where=text("removed_at IS NOT NULL"),
            sqlite_where=text("removed_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    #: Names the file in records, addresses and the folder; nobody can guess it.
    token: Mapped[str] = mapped_column(text_type(), unique=True)
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    #: Key of the field; empty for a file of a comment.
    field: Mapped[str] = mapped_column(text_type())
    record_id: Mapped[int | None] = mapped_column(id_column_type())
    comment_id: Mapped[int | None] = mapped_column(id_column_type())
    #: What it was called where it came from.
    name: Mapped[str] = mapped_column(text_type())
    size: Mapped[int] = mapped_column(id_column_type())
    #: Found in the bytes, not told by whoever sent them.
    media_type: Mapped[str] = mapped_column(text_type())
    sha256: Mapped[str] = mapped_column(text_type())
    #: Of pictures that a small view can be made of.
    width: Mapped[int | None]
    height: Mapped[int | None]
    staged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    staged_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    #: When a record or comment took it.
    bound_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When it was taken off again; history still shows it until the time to keep things is over.
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
