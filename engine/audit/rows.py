"""The audit trail: one row per event, chained by hashes, which the database itself refuses to change; and the chain's head."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Index, Table, event
from sqlalchemy.orm import Mapped, mapped_column

from engine.audit.guards import guards_of
from engine.db import Base, UtcDateTime, id_column_type, text_type


class AuditEvent(Base):
    """Who did what when, with what outcome. Numbers have no gaps: a missing one was taken away."""

    __tablename__ = "sw_audit"
    __table_args__ = (
        Index("ix_sw_audit_person", "person_id", "id"),
        Index("ix_sw_audit_kind", "kind", "verb", "id"),
        Index("ix_sw_audit_app", "app_key", "id"),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    #: config, people, sign_in, access.
    kind: Mapped[str] = mapped_column(text_type())
    verb: Mapped[str] = mapped_column(text_type())
    #: Who did it; nobody for the house itself and for strangers. No foreign key: the trail outlives everything.
    person_id: Mapped[int | None] = mapped_column(id_column_type())
    #: Their sign-in name at that time.
    person: Mapped[str] = mapped_column(text_type())
    #: What it was done to: `person:12`, `release:3`, `token:4`.
    subject: Mapped[str] = mapped_column(text_type())
    app_key: Mapped[str | None] = mapped_column(text_type())
    #: Canonical JSON: kept as text, so that what was hashed is what is stored.
    facts: Mapped[str] = mapped_column(text_type())
    #: success, failure.
    outcome: Mapped[str] = mapped_column(text_type())
    prev_hash: Mapped[str] = mapped_column(text_type())
    hash: Mapped[str] = mapped_column(text_type())


class AuditHead(Base):
    """The last event, kept apart: what is cut off at the end is missed here, and whoever appends waits here."""

    __tablename__ = "sw_audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(id_column_type())
    last_hash: Mapped[str] = mapped_column(text_type())


cast("Table", AuditHead.__table__).add_is_dependent_on(cast("Table", AuditEvent.__table__))


@event.listens_for(AuditHead.__table__, "after_create")
def _guard(_table: object, connection: Connection, **_more: Any) -> None:
    """Put the guards in place on a fresh database; older ones get them with the migration."""
    for statement in guards_of(connection.dialect.name):
        connection.exec_driver_sql(statement)
