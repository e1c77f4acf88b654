"""Figures of a draft for somebody who may not publish it: over what the live release lets them see, and nothing else.

Whoever writes a draft could ask it anything. So the tables themselves are narrowed, below whatever the draft lays over
them: rows by the live row rights, fields that are not always shown by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import rights
from engine.design.impact.tables import AheadTables, nothing
from engine.people.users import User
from engine.releases.live import Live
from engine.sql.source import Source

if TYPE_CHECKING:
    from engine.releases.moves import Leaving

#: Columns of every table by which rows are told apart and counted; they say nothing of what a record holds.
_BARE = frozenset({"id", "version", "deleted_at"})


@dataclass(frozen=True)
class Sight:
    """What one person may see of the records of a live release."""

    session: Session
    live: Live
    viewer: User
    now: datetime

    @cached_property
    def narrows(self) -> bool:
        """Tell whether anything is out of sight."""
        return any(self.rows(form) is not None or self.hidden(form) for form in self.live.app.forms)

    def rows(self, form: str) -> sa.Select[Any] | None:
        """Return the ids of the records of a form in sight; None for all of them."""
        if form not in self.live.app.forms:  # it was taken out long ago: no release says who may see it
            return sa.select(sa.cast(sa.null(), sa.Integer)).where(sa.false())
        if None in rights.row_condition(self.live, form, self.viewer, "read"):
            return None
        dialect = self.session.get_bind().dialect.name
        source = Source(self.live.app, self.live.tables, form, dialect, self.now, self.viewer)
        asked = rights.row_filter(source, self.live, form, self.viewer, "read")  # before the select: it asks for joins
        return source.select(source.table.c.id, deleted=True).where(asked)

    def hidden(self, form: str) -> frozenset[str]:
        """Return the fields of a form that are out of sight on some record, or on all of them."""
        if form not in self.live.app.forms:
            return frozenset()
        seen = rights.visible(self.live, form, self.viewer)
        return frozenset(key for key in rights.least_access(self.live, form, self.viewer) if key not in seen)

    def lay_over(self, tables: AheadTables, form: str) -> None:
        """Narrow a form and its history, as they are seen so far, down to what is in sight."""
        rows, known = self.rows(form), self.live.app.shapes.get(form, {})
        for past in (False, True):
            under = tables.at(form, past=past)
            strange = {key for key in tables.shapes[form] if key not in known}
            blank = {
                key: nothing(under.c[key].type)
                for key in tables.shapes[form]
                if key in under.c and key in self.hidden(form) | strange
            }
            if rows is None and not blank:
                continue
            columns = [
                blank[key].label(key) if key in blank and key not in _BARE else one for key, one in under.c.items()
            ]
            chosen = sa.select(*columns)
            chosen = chosen if rows is None else chosen.where(under.c.id.in_(rows))
            tables.lay(form, chosen.subquery(under.name), past=past)

    @cached_property
    def narrowed(self) -> Live:
        """Return the live release over what is in sight."""
        tables = AheadTables(self.live.app)
        for form in self.live.app.forms:
            self.lay_over(tables, form)
        return Live(self.live.app, tables, self.live.number, self.live.checksum)

    def leaving(self, found: tuple[Leaving, ...]) -> tuple[Leaving, ...]:
        """Return stages and options that go, with the records in sight counted and named alone."""
        from engine.releases.moves import counted_in

        return tuple(counted_in(self.session, self.narrowed, one) for one in found)
