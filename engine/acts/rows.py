"""System tables of acts: the act, a line for each record it met, the rows of a sheet, and how sheets are read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, UtcDateTime, id_column_type, json_type, text_type


class Act(Base):
    """One deed to many records: an edit, a move, a deletion, a restoration, an import, or the undoing of one of them."""

    __tablename__ = "sw_act"
    __table_args__ = (Index("ix_sw_act_form", "app_key", "form", "id"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    #: edit move delete restore import undo
    kind: Mapped[str] = mapped_column(text_type())
    person_id: Mapped[int | None] = mapped_column(id_column_type(), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Which records, and what is done to them.
    payload: Mapped[dict[str, Any]] = mapped_column(json_type())
    #: How far it has come: the last id, line or part that was done.
    cursor: Mapped[int] = mapped_column(id_column_type(), default=0)
    #: Records or rows it is about, as counted when it began.
    total: Mapped[int] = mapped_column(default=0)
    #: verdict -> lines.
    counts: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    job_id: Mapped[int | None] = mapped_column(id_column_type())
    #: The act that this one takes back, and the one that took this back.
    undoes: Mapped[int | None] = mapped_column(id_column_type())
    undone_by: Mapped[int | None] = mapped_column(id_column_type())


class ActLine(Base):
    """What became of one record, or of one row of a sheet."""

    __tablename__ = "sw_act_line"
    __table_args__ = (
        Index("ix_sw_act_line_verdict", "act_id", "verdict", "id"),
        Index(
            "ix_sw_act_line_mark",
            "act_id",
            "mark",
            postgresql_where=text("mark IS NOT NULL"),
            sqlite_where=text("mark IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    act_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_act.id", ondelete="CASCADE"))
    record_id: Mapped[int | None] = mapped_column(id_column_type())
    #: Row of the sheet, as a spreadsheet counts it.
    row: Mapped[int | None]
    verdict: Mapped[str] = mapped_column(text_type())
    #: The record's version right after the act.
    version: Mapped[int | None]
    #: Digests of a row's key, by which a later row with the same key is known, and of all it says.
    mark: Mapped[str | None] = mapped_column(text_type())
    said: Mapped[str | None] = mapped_column(text_type())
    #: Why it was refused: sentences with their facts.
    faults: Mapped[list[Any] | None] = mapped_column(json_type())


class ActPart(Base):
    """Some rows of the sheet that an import reads, packed."""

    __tablename__ = "sw_act_part"

    act_id: Mapped[int] = mapped_column(id_column_type(), ForeignKey("sw_act.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Number of the first row, and compressed JSON of [number, cells].
    first: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class SheetMapping(Base):
    """How a person last read sheets with these columns into a form."""

    __tablename__ = "sw_sheet_mapping"
    __table_args__ = (UniqueConstraint("app_key", "form", "person_id", "header"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    app_key: Mapped[str] = mapped_column(text_type())
    form: Mapped[str] = mapped_column(text_type())
    person_id: Mapped[int] = mapped_column(id_column_type())
    #: Digest of the names of the columns.
    header: Mapped[str] = mapped_column(text_type())
    mapping: Mapped[dict[str, Any]] = mapped_column(json_type())
    at: Mapped[datetime] = mapped_column(UtcDateTime)
