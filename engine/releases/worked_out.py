"""Columns of derived values that a release works out anew: the earlier ones are kept, so that going back takes them up.

On PostgreSQL alone: a row that is written there is written anew as a whole, and entered in every index again, while a
column is renamed at once. What is taken up is only a good guess: whoever calls this works every value out and writes
those that differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.records.graph import Derived, Node, derived_fields
from engine.records.search_many import MANY
from engine.records.sweep import count_stale, following
from engine.releases.kept import add, alter, kept_columns, quoted, rename, set_aside, stays_in_place
from engine.releases.live import Live, past_release
from engine.releases.recipes import recipe
from engine.releases.resting import drop_indexes_on

#: form -> keys of its fields
Fields = dict[str, list[str]]


@dataclass(frozen=True)
class Exchanged:
    """Which columns hold something else than before."""

    fields: Fields = field(default_factory=dict)
    #: Forms whose records need few values written.
    at_rest: frozenset[str] = frozenset()


def exchange(
    session: Session, after: Live, wanted: Sequence[Derived], held: Container[Node], now: datetime
) -> Exchanged:
    """Take up or set aside the columns of fields that are worked out anew, and of those that follow.

    `held` are the fields that have values from before, of the kind they are to have.
    """
    if session.get_bind().dialect.name != "postgresql" or not wanted:
        return Exchanged()
    columns = _Columns(session, after, [one for one in following(after, wanted) if one.node in held])
    taken = columns.take_up(wanted)
    stale = {one.form for one in wanted if one.form in taken and (count_stale(session, after, one, now) or 0) > MANY}
    kept = columns.keep(now, [one for one in wanted if one.form not in taken])
    return Exchanged({**taken, **kept}, frozenset(taken.keys() - stale))


@dataclass
class _Columns:
    """The columns of derived fields of some forms, as they stand in the database."""

    session: Session
    after: Live
    fields: Sequence[Derived]

    @property
    def connection(self) -> Connection:
        """Return the connection of the transaction that publishes."""
        return self.session.connection()

    def keep(self, now: datetime, wanted: Iterable[Derived]) -> Fields:
        """Set columns aside most of whose values are about to change, and begin empty ones; return which."""
        many = {one.form for one in wanted if self._changes_most(one, now)}
        kept: Fields = defaultdict(list)
        for one in self.fields:
            if one.form in many and count_stale(self.session, self.after, one, now) is not None:
                for old in self._kept(one).values():
                    alter(self.connection, self._table(one), f"DROP COLUMN {quoted(self.connection, old)}")
                aside = self._set_aside(one)
                add(self.connection, self.after.tables.current(one.form).c[one.field.key])
                self._spare_deleted(one, aside)
                kept[one.form].append(one.field.key)
        return dict(kept)

    def take_up(self, wanted: Sequence[Derived]) -> Fields:
        """Take up what an earlier release with the same recipes worked out; return which columns, none if there is none."""
        taken: Fields = {}
        for form in dict.fromkeys(one.form for one in self.fields):
            fields = [one for one in self.fields if one.form == form]
            number = max((number for one in fields for number in self._kept(one)), default=0)
            held = [one for one in fields if number in self._kept(one)]
            whole = all(one in held for one in wanted if one.form == form)
            shown = stays_in_place(self.connection, self.after.tables.current(form).name)
            if held and whole and not shown and self._same(number, wanted):
                taken[form] = [one.field.key for one in held]
                for one in held:
                    self._take_up(one, self._kept(one)[number])
        return taken

    def _take_up(self, one: Derived, kept: str) -> None:
        aside = self._set_aside(one)
        rename(self.connection, self._table(one), kept, one.field.key)
        self._spare_deleted(one, aside)

    def _same(self, number: int, wanted: Iterable[Derived]) -> bool:
        """Tell whether the release before `number` worked these fields out as the new one does."""
        try:
            past = past_release(self.session, self.after.key, number - 1)
        except EngineError:  # this version of the program no longer understands it
            return False
        known = {one.node: one for one in derived_fields(past)}
        return all(one.node in known and recipe(known[one.node]) == recipe(one) for one in wanted)

    def _changes_most(self, one: Derived, now: datetime) -> bool:
        table = self.after.tables.current(one.form)
        stale = count_stale(self.session, self.after, one, now) or 0
        there = self.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        return stale > MANY and 2 * stale > there and not stays_in_place(self.connection, table.name)

    def _set_aside(self, one: Derived) -> str:
        drop_indexes_on(self.connection, self._table(one), one.field.key)
        return set_aside(self.connection, self._table(one), one.field.key, self.after.number)

    def _kept(self, one: Derived) -> Mapping[int, str]:
        return kept_columns(self.connection, self._table(one), one.field.key)

    def _spare_deleted(self, one: Derived, aside: str) -> None:
        """Leave deleted records as they are: they are worked out when they come back."""
        table = self.after.tables.current(one.form)
        kept, column = (
            sa.literal_column(quoted(self.connection, aside), table.c[one.field.key].type),
            table.c[one.field.key],
        )
        wanted = (table.c.deleted_at.is_not(None), column.is_distinct_from(kept))
        self.session.execute(sa.update(table).where(*wanted).values({column: kept}))

    def _table(self, one: Derived) -> str:
        return self.after.tables.current(one.form).name
