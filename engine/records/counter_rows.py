"""The system table of counters: the last number given out, by field and stretch of time."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, text_type


class Counter(Base):
    """The last number of one serial field in one scope, such as 2026-03; the row is also what writers wait for."""

    __tablename__ = "sw_counter"

    app_key: Mapped[str] = mapped_column(text_type(), primary_key=True)
    form: Mapped[str] = mapped_column(text_type(), primary_key=True)
    field: Mapped[str] = mapped_column(text_type(), primary_key=True)
    scope: Mapped[str] = mapped_column(text_type(), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger())
