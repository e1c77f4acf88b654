"""What SQLite and PostgreSQL each call the same thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.sql.literals import Sql


class Forms(Protocol):
    """The words of one database."""

    def days(self, start: Sql, end: Sql) -> Sql:
        """Return the whole days from one date to another."""

    def seconds(self, start: Sql, end: Sql) -> Sql:
        """Return the seconds from one moment to another, as a double."""

    def local_date(self, moment: Sql, zone: str) -> Sql:
        """Return the date that a moment has in a time zone."""

    def local_hour(self, moment: Sql, zone: str) -> Sql:
        """Return the hour that a moment has in a time zone."""

    def date_part(self, day: Sql, part: str) -> Sql:
        """Return year, month or day of a date, its ISO week, or its ISO weekday (Monday is 1)."""

    def plus_days(self, day: Sql, days: Sql) -> Sql:
        """Return a date so many whole days later; empty outside the calendar."""

    def plus_months(self, day: Sql, months: Sql) -> Sql:
        """Return the same day so many months later, or the last of a month that is too short."""

    def plus_seconds(self, moment: Sql, seconds: Sql) -> Sql:
        """Return a moment so many seconds later; empty outside the calendar."""

    def period_start(self, day: Sql, unit: str) -> Sql:
        """Return the first date of the week, month, quarter, half year or year that a date lies in."""

    def period_end(self, day: Sql, unit: str) -> Sql:
        """Return the last date of the week, month, quarter, half year or year that a date lies in."""

    def date_of_parts(self, year: Sql, month: Sql, day: Sql) -> Sql:
        """Return the date of whole numbers; empty when there is no such day."""

    def floor(self, number: Sql) -> Sql:
        """Return a double rounded down, as a double."""

    def ordered_text(self, text: Sql) -> Sql:
        """Return a text that compares by code points."""

    def position(self, text: Sql, part: Sql) -> Sql:
        """Return where a part begins in a text, from 1; 0 when it is not there."""

    def list_has(self, items: Sql, item: Sql) -> ColumnElement[bool]:
        """Tell whether a stored list has an item."""

    def list_size(self, items: Sql) -> Sql:
        """Return the number of items of a stored list."""


#: Months in each period that is made of months.
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def join(*parts: Sql | str) -> Sql:
    """Put texts together."""
    first, *rest = [sa.literal(part, sa.Text) if isinstance(part, str) else sa.cast(part, sa.Text) for part in parts]
    joined: Sql = first
    for part in rest:
        joined = joined.op("||", return_type=sa.Text())(part)
    return joined


def forms_of(dialect: str) -> Forms:
    """Return the words of a database."""
    from engine.sql.dialect_postgresql import PostgresForms
    from engine.sql.dialect_sqlite import SqliteForms

    return SqliteForms() if dialect == "sqlite" else PostgresForms()


@lru_cache(64)
def steady_since(zone: str) -> tuple[datetime | None, timedelta] | None:
    """Return since when a time zone has kept its present offset, and that offset; None while it still changes."""
    place = ZoneInfo(zone)
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in range(1900, 2101) for month in range(1, 13)]
    offset = place.utcoffset(moments[-1])
    assert offset is not None
    other = [moment for moment in moments if place.utcoffset(moment) != offset]
    if not other:
        return None, offset
    since = other[-1] + timedelta(days=62)
    return None if since.year >= 2024 else (since, offset)
