"""Teams and regions as a tree; people carry their names as texts, which expressions compare."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, id_column_type, text_type
from engine.people.rows import Person

#: What a node of the tree can be: the names of the columns of people that hold its name.
TEAM, REGION = "team", "region"
KINDS = (TEAM, REGION)


class Team(Base):
    """A team or a region: `name` is what `me.team` or `me.region` is for its people."""

    __tablename__ = "sw_team"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    kind: Mapped[str] = mapped_column(text_type())
    name: Mapped[str] = mapped_column(text_type())
    parent_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_team.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(id_column_type(), ForeignKey("sw_person.id"))

    manager: Mapped[Person | None] = relationship()

    def __str__(self) -> str:
        return self.name
