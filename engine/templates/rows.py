"""System tables of templates: those that a company saved, and where each app came from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type
from engine.people.rows import Person


class SavedTemplate(Base):
    """One version of a template of the company's own; older ones are kept."""

    __tablename__ = "sw_template"
    __table_args__ = (UniqueConstraint("key", "number"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    key: Mapped[str] = mapped_column(text_type())
    #: 1, 2, 3 …; the highest is the one that is offered.
    number: Mapped[int]
    #: What its author calls this version.
    version: Mapped[str] = mapped_column(text_type(), default="")
    #: The whole config as canonical JSON text, with its parameters unfilled.
    config: Mapped[str] = mapped_column(text_type(), deferred=True)
    checksum: Mapped[str] = mapped_column(text_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))

    author: Mapped[Person | None] = relationship()

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class Origin(Base):
    """Which version of which template an app was cloned from, and with which answers: what an upgrade starts from."""

    __tablename__ = "sw_app_origin"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type(), unique=True)
    template: Mapped[str] = mapped_column(text_type())
    version: Mapped[str] = mapped_column(text_type(), default="")
    #: The template's config as it was then, with its parameters unfilled.
    config: Mapped[str] = mapped_column(text_type(), deferred=True)
    checksum: Mapped[str] = mapped_column(text_type())
    #: parameter -> answer.
    answers: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)
    #: The name that the app was given; empty for the template's own.
    label: Mapped[str] = mapped_column(text_type(), default="")
    #: What was chosen for a newer version, until it is done with: {"for": its checksum, "sides": difference -> side}.
    choices: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    cloned_at: Mapped[datetime] = mapped_column(UtcDateTime())


class PartOrigin(Base):
    """One of the templates that an app was combined of, or grew by: as it was then, and what is called otherwise here."""

    __tablename__ = "sw_app_part"
    __table_args__ = (Index("ix_sw_app_part_app", "app_key", "id"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    template: Mapped[str] = mapped_column(text_type())
    version: Mapped[str] = mapped_column(text_type(), default="")
    #: The template's whole config as it was then.
    config: Mapped[str] = mapped_column(text_type(), deferred=True)
    checksum: Mapped[str] = mapped_column(text_type())
    #: The app's place, calendar and currency come from it.
    is_first: Mapped[bool] = mapped_column(default=False)
    #: Keys of the forms that were taken; empty for all.
    forms: Mapped[list[Any]] = mapped_column(json_type(), default=list)
    #: What is called otherwise in the app: [{"kind", "key", "form", "field", "new"}].
    names: Mapped[list[Any]] = mapped_column(json_type(), default=list)
    #: What a newer version brought into the draft, [kind, key] each, until that version is done with.
    brought: Mapped[list[Any]] = mapped_column(json_type(), default=list)
    #: What was chosen for a newer version, until it is done with: {"for": its checksum, "sides": difference -> side}.
    choices: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime())
