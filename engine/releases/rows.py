"""Apps and their numbered, immutable releases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type
from engine.people.rows import Person


class App(Base):
    """A team's running copy of a template."""

    __tablename__ = "sw_app"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    key: Mapped[str] = mapped_column(text_type(), unique=True)
    #: language -> text, for lists of apps that should not read whole configs.
    label: Mapped[dict[str, str]] = mapped_column(json_type(), default=dict)
    #: 0 until the first release is published.
    live_number: Mapped[int] = mapped_column(default=0)
    live_checksum: Mapped[str] = mapped_column(text_type(), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    #: Key of the template it was cloned from.
    template: Mapped[str | None] = mapped_column(text_type())
    #: When somebody took it away: nobody sees it any more, and after a while it is deleted for good.
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: Of a sandbox: when it goes by itself.
    sandbox_until: Mapped[datetime | None] = mapped_column(UtcDateTime())

    releases: Mapped[list[Release]] = relationship(back_populates="app", order_by="Release.number")

    def __str__(self) -> str:
        return self.key


class Release(Base):
    """One published config: the whole app as canonical JSON text."""

    __tablename__ = "sw_release"
    __table_args__ = (UniqueConstraint("app_id", "number"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_app.id"))
    number: Mapped[int]
    config: Mapped[str] = mapped_column(text_type(), deferred=True)
    checksum: Mapped[str] = mapped_column(text_type())
    published_at: Mapped[datetime] = mapped_column(UtcDateTime())
    published_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    reason: Mapped[str] = mapped_column(text_type(), default="")
    #: What publishing warned of: [{"code", "template", "facts", "file", "pointer"}].
    warnings: Mapped[list[Any] | None] = mapped_column(json_type())
    #: Where it sent records, and which columns it moved: {"lines": ["deal.stage:offer=won"], "columns": {form: [key]}};
    #: "back_to" is the release that it brought back.
    moved: Mapped[dict[str, Any] | None] = mapped_column(json_type())

    app: Mapped[App] = relationship(back_populates="releases")
    publisher: Mapped[Person | None] = relationship()

    @property
    def app_key(self) -> str:
        """Return the key of the app."""
        return self.app.key

    def __str__(self) -> str:
        return f"{self.app.key} #{self.number}"
