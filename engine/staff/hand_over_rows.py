"""System table of hand-overs: what was given to whom when somebody left, so that it can come back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type


class HandOver(Base):
    """One hand-over. Records are lines of the acts of its job; all else is listed in `given`."""

    __tablename__ = "sw_hand_over"

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    person_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_person.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    given_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    #: [{"kind", "heir", "ids"} …]; of a role "app", "role" and whether the successor "had" it; of reports who was
    #: "above" the successor before, and is "now".
    given: Mapped[list[Any]] = mapped_column(json_type(), default=list)
    #: The job that handed the records over.
    job_id: Mapped[int | None] = mapped_column(id_column_type())
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    undone_by: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))
    #: What became of it: [{"kind", "app", "role", "back", "kept"} …], counted.
    returned: Mapped[list[Any] | None] = mapped_column(json_type())
