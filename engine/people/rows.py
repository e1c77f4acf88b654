"""Who signs in, and which roles they hold in which app."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, UtcDateTime, id_column_type, text_type


class Person(Base):
    """Somebody who signs in, owns records or is told about them."""

    __tablename__ = "sw_person"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    #: Folded (see `fold_sign_in`), so that two spellings never make two people.
    sign_in: Mapped[str] = mapped_column(text_type(), unique=True)
    name: Mapped[str] = mapped_column(text_type())
    email: Mapped[str | None] = mapped_column(text_type())
    password_hash: Mapped[str | None] = mapped_column(text_type())
    region: Mapped[str | None] = mapped_column(text_type(), index=True)
    team: Mapped[str | None] = mapped_column(text_type())
    manager_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"), index=True)
    locale: Mapped[str] = mapped_column(text_type(), default="")
    active: Mapped[bool] = mapped_column(default=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    #: Part of every session cookie: a new password or a deactivation changes it, which ends all sessions.
    session_stamp: Mapped[str] = mapped_column(text_type(), default=lambda: token_hex(8))
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    manager: Mapped[Person | None] = relationship(remote_side="Person.id")
    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="(RoleGrant.app_key, RoleGrant.role)"
    )

    def __str__(self) -> str:
        return self.name


class RoleGrant(Base):
    """One role of one app, held by one person."""

    __tablename__ = "sw_role_grant"
    __table_args__ = (UniqueConstraint("person_id", "app_key", "role"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id", ondelete="CASCADE"))
    app_key: Mapped[str] = mapped_column(text_type(), index=True)
    role: Mapped[str] = mapped_column(text_type())

    person: Mapped[Person] = relationship(back_populates="grants")

    def __str__(self) -> str:
        return f"{self.app_key}: {self.role}"
