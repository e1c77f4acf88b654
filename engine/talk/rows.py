"""System tables of talk: comments on records, and who follows what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class Comment(Base):
    """What somebody said about a record; a deleted one keeps its place without its text."""

    __tablename__ = "sw_comment"
    __table_args__ = (Index("ix_sw_comment_record", "app_key", "form", "record_id", "id"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    record_id: Mapped[int] = mapped_column(id_column_type())
    person_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    text: Mapped[str] = mapped_column(text_type())
    #: Ids of the people who were told because they were named.
    mentions: Mapped[list[int] | None] = mapped_column(json_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_by: Mapped[int | None] = mapped_column(id_column_type())


class Follower(Base):
    """Somebody who wants to hear of a thing: a record, an objective or a key result."""

    __tablename__ = "sw_follower"
    __table_args__ = (
        UniqueConstraint("app_key", "kind", "thing", "person_id"),
        Index("ix_sw_follower_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    #: record, objective or key_result.
    kind: Mapped[str] = mapped_column(text_type())
    #: form/12, okr/objective, okr/objective/key_result.
    thing: Mapped[str] = mapped_column(text_type())
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
