"""Records as they were at many moments at once: `now` and `today` are columns, one line per record and moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from engine.db import UtcDateTime, id_column_type
from engine.people import SYSTEM
from engine.sql.dialects import forms_of
from engine.sql.literals import Sql
from engine.sql.source import Path, Source

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Stands where a moment is asked for and a column answers instead.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
#: Names that differ from moment to moment.
CLOCK = ("now", "today")


class MomentSource(Source):
    """The history of a form, asked at a moment that stands in a column."""

    def __init__(
        self, live: Live, form: str, dialect: str, moments: FromClause | None = None, *, by_record: bool = False
    ) -> None:
        """Without `moments`, each line is asked at the moment of the change that began it."""
        history = live.tables.history(form)
        at: ColumnElement[datetime] = history.c.valid_from if moments is None else moments.c.at
        super().__init__(live.app, live.tables, form, dialect, _NEVER, SYSTEM, at=at)
        self.moments, self._by_record = moments, by_record

    @cached_property
    def constants(self) -> Mapping[str, object]:
        """Return the names that are the same for every record and moment."""
        known = super().constants
        return {name: value for name, value in known.items() if name not in CLOCK}

    @property
    def today(self) -> Sql:
        """Return the date of the moment, where the app is."""
        if self.moments is not None:
            return self.moments.c.today
        return forms_of(self.dialect).local_date(self.table.c.valid_from, self.app.context.time_zone)

    def column(self, path: Path) -> Sql:
        """Return the column behind a path; the clock's names are columns too."""
        if path == ("today",):
            return self.today
        return self._at if path == ("now",) else super().column(path)

    @property
    def _at(self) -> Sql:
        return self.table.c.valid_from if self.moments is None else self.moments.c.at

    def from_clause(self) -> FromClause:
        """Return the history beside the moments, then one LEFT JOIN per reference prefix."""
        if self.moments is None:
            return super().from_clause()
        valid = self.alive(deleted=True)
        assert valid is not None
        if self._by_record:
            valid = sa.and_(self.moments.c.record_id == self.table.c.id, valid)
        joined: FromClause = sa.join(self.moments, self.table, valid)
        for alias, on in self._joins.values():
            joined = sa.outerjoin(joined, alias, on)
        return joined


def listed(moments: Iterable[datetime], zone: str) -> FromClause:
    """Return moments as a table of (at, today)."""
    local = ZoneInfo(zone)
    columns = (sa.column("at", UtcDateTime()), sa.column("today", sa.Date()))
    rows = [(one, one.astimezone(local).date()) for one in moments]
    return sa.values(*columns, name="moments").data(rows).cte("moments")


def listed_pairs(pairs: Iterable[tuple[int, datetime]], zone: str) -> FromClause:
    """Return (record, moment) pairs as a table of (number, record_id, at, today)."""
    local = ZoneInfo(zone)
    columns = (
        sa.column("number", sa.Integer()),
        sa.column("record_id", id_column_type()),
        sa.column("at", UtcDateTime()),
        sa.column("today", sa.Date()),
    )
    rows = [(number, id_, at, at.astimezone(local).date()) for number, (id_, at) in enumerate(pairs)]
    return sa.values(*columns, name="pairs").data(rows).cte("pairs")
