"""System tables of the HTTP API: tokens (only their digests) and answers to requests that carried a key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class Token(Base):
    """A personal token: acts as its person, within its scopes, until it ends."""

    __tablename__ = "sw_token"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(text_type())
    #: SHA-256 of the token; the token itself is shown once and kept nowhere.
    digest: Mapped[str] = mapped_column(text_type(), unique=True)
    #: The first signs, by which people tell their tokens apart.
    hint: Mapped[str] = mapped_column(text_type())
    scopes: Mapped[Any] = mapped_column(json_type(), nullable=True)
    #: The one app it is good for; empty for all of the person's apps.
    app_key: Mapped[str | None] = mapped_column(text_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class KeptAnswer(Base):
    """What was answered to a request with an `Idempotency-Key`, for as long as it may be repeated."""

    __tablename__ = "sw_answer"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    #: Empty for what strangers send.
    person_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(text_type())
    #: SHA-256 of method, address and body: the same key with another request is a mistake.
    digest: Mapped[str] = mapped_column(text_type())
    status: Mapped[int]
    headers: Mapped[Any] = mapped_column(json_type(), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary())
    at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
