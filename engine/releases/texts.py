"""Search texts that a release writes anew: the earlier ones are kept, so that going back takes them up.

No version, no history: nothing was changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.records.search import says_of, searchable
from engine.records.search_many import MANY, Text, index_at_rest, stale_texts, write_stale
from engine.releases.kept import add, alter, kept_columns, quoted, rename, set_aside, stays_in_place
from engine.releases.live import Live, past_release
from engine.releases.since import changed_by_people
from engine.tables import SET_ASIDE
from forms.defs import FormDef

#: Where the search text of a record stands.
COLUMN = "search_text"


def searched_anew(before: Live | None, after: Live, form: str) -> set[str]:
    """Return the fields that search texts now take in, leave out, or say otherwise."""
    old, new = _search_key(before, form), _search_key(after, form)
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def _search_key(live: Live | None, form: str) -> dict[str, object]:
    """Return what the search texts of a form are made from: its searchable fields and the labels of their options."""
    if live is None or form not in live.app.forms:
        return {}
    form_def = live.app.forms[form]
    return {
        field.key: (
            field.type.key,
            field.key == form_def.title,  # whose letters are found, too
            tuple((one.key, tuple(one.label.texts.values())) for one in field.options),
        )
        for field in searchable(form_def)
    }


@dataclass
class Texts:
    """The search texts of a form in which some fields are found now, are no more, or say something else."""

    session: Session
    after: Live
    form: str
    changed: Collection[str]

    @property
    def table(self) -> Table:
        """Return the table of the records."""
        return self.after.tables.current(self.form)

    @property
    def form_def(self) -> FormDef:
        """Return the form as it is from now on."""
        return self.after.app.forms[self.form]

    @property
    def connection(self) -> Connection:
        """Return the connection of the transaction that publishes."""
        return self.session.connection()

    def many_say(self) -> bool:
        """Tell whether so many are written anew that indexes had better rest meanwhile."""
        found = sa.select(sa.literal(1)).select_from(self.table).where(self._says()).limit(1).offset(MANY)
        return self.session.scalar(found) is not None

    @cached_property
    def earlier(self) -> int | None:
        """Return the number of the release that no longer had texts like those that are wanted, if they were kept."""
        number = max(kept_columns(self.connection, self.table.name, COLUMN), default=0)
        derived = any(one.is_derived for one in searchable(self.form_def))
        if not number or derived or self._converted_since(number) or stays_in_place(self.connection, self.table.name):
            return None
        try:
            past = past_release(self.session, self.after.key, number - 1)
        except EngineError:  # this version of the program no longer understands it
            return None
        return number if _search_key(past, self.form) == _search_key(self.after, self.form) else None

    def _converted_since(self, number: int) -> bool:
        """Tell whether a field that is found had another type since a release: its values may be spelt otherwise now."""
        columns = (
            str(one["name"]).partition(SET_ASIDE) for one in sa.inspect(self.connection).get_columns(self.table.name)
        )
        found = {one.key for one in searchable(self.form_def)}
        return any(key in found and until.isdigit() and int(until) >= number for key, _, until in columns)

    def bring(self) -> None:
        """Write the texts: only records that hold something in a changed field, or whose text does, say anything else."""
        if self.earlier is not None:
            self._take_up(self.earlier)
            return
        texts = stale_texts(self.session, self.table, self.form_def, self._says())
        if len(texts) < MANY or not self._are_most(texts) or stays_in_place(self.connection, self.table.name):
            write_stale(self.session, self.table, texts)
            return
        self._keep(texts)

    def _are_most(self, texts: Collection[Text]) -> bool:
        there = self.session.scalar(sa.select(sa.func.count()).select_from(self.table)) or 0
        return 2 * len(texts) > there

    def _take_up(self, number: int) -> None:
        """Take up the texts of an earlier release; those of records that somebody changed since are written."""
        name = self.table.name
        with index_at_rest(self.connection, name):
            before = kept_columns(self.connection, name, COLUMN)[number]
            set_aside(self.connection, name, COLUMN, self.after.number)
            rename(self.connection, name, before, COLUMN)
            ids = self.table.c.id.in_(changed_by_people(self.after, self.form, number))
            self._write(stale_texts(self.session, self.table, self.form_def, ids))

    def _keep(self, texts: Collection[Text]) -> None:
        """Write the texts into a new column, beside the one with those that were."""
        name = self.table.name
        with index_at_rest(self.connection, name):
            for old in kept_columns(self.connection, name, COLUMN).values():
                alter(self.connection, name, f"DROP COLUMN {quoted(self.connection, old)}")
            aside = set_aside(self.connection, name, COLUMN, self.after.number)
            add(self.connection, self.table.c[COLUMN])
            self._write([one for one in texts if one[1] is not None])
            column, was = self.table.c[COLUMN], sa.literal_column(quoted(self.connection, aside), sa.Text)
            others = sa.update(self.table).where(column.is_(None), was.is_not(None)).values({column: was})
            self.session.execute(others)
            self._write([one for one in texts if one[1] is None])

    def _write(self, texts: Sequence[Text]) -> None:
        write_stale(self.session, self.table, texts, at_rest=True)

    def _says(self) -> sa.ColumnElement[bool]:
        """Return what holds for records that have something in one of the fields, or whose search text does."""
        table, dialect = self.table, self.connection.dialect.name
        filled = (_stored(table, key).is_not(None) for key in _there(self.connection, table, self.changed))
        says = (says_of(table.c.search_text, key, dialect) for key in self.changed)
        return sa.or_(sa.false(), *filled, *says)


def _there(connection: Connection, table: Table, keys: Collection[str]) -> list[str]:
    """Return those that have a column: of removed fields it stays, and fields without a value of their own have none."""
    return sorted({one["name"] for one in sa.inspect(connection).get_columns(table.name)}.intersection(keys))


def _stored(table: Table, key: str) -> sa.ColumnElement[object]:
    return table.c[key] if key in table.c else sa.literal_column(f'{table.name}."{key}"')
