"""One-time links by which people set their own password: invitations, and resets that an administrator makes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type
from engine.people.rows import Person

INVITE, RESET = "invite", "reset"


class Invitation(Base):
    """A link that was made for somebody; of its secret only the digest is kept."""

    __tablename__ = "sw_invitation"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    #: invite, reset.
    kind: Mapped[str] = mapped_column(text_type())
    digest: Mapped[str] = mapped_column(text_type(), unique=True)
    email: Mapped[str] = mapped_column(text_type(), default="")
    name: Mapped[str] = mapped_column(text_type(), default="")
    team: Mapped[str] = mapped_column(text_type(), default="")
    region: Mapped[str] = mapped_column(text_type(), default="")
    #: [app key, role key] pairs.
    roles: Mapped[list[Any] | None] = mapped_column(json_type())
    #: Whose password is reset, or who came in by the invitation.
    person_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime())
    made_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    #: When a mail with it was queued for the last time; nothing when it was only shown.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    maker: Mapped[Person | None] = relationship(foreign_keys=[made_by])
