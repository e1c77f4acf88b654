"""What many records say at once: the values that conditions, messages and recipients read, in one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.people import SYSTEM, User
from engine.sql.names import read_columns
from engine.sql.source import Source

if TYPE_CHECKING:
    from engine.releases.live import Live

Path = tuple[str, ...]
#: Dotted path -> stored value.
Facts = Mapping[str, object]

#: Ids asked for in one query.
CHUNK = 500


def source_of(session: Session, live: Live, form: str, now: datetime, user: User = SYSTEM) -> Source:
    """Return the records of a form, for expressions asked on behalf of a person."""
    return Source(live.app, live.tables, form, session.get_bind().dialect.name, now, user)


def facts_of(
    session: Session, live: Live, form: str, ids: Iterable[int], paths: Iterable[Path], now: datetime
) -> dict[int, Facts]:
    """Return the values behind `paths` for each record that exists; a deleted record is left out."""
    reader, found = FactReader(source_of(session, live, form, now), paths), {}
    for part in chunks(sorted(set(ids))):
        found.update(reader.read(session, reader.source.table.c.id.in_(part)))
    return found


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut ids into pieces that fit one query."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


class FactReader:
    """Reads the values behind some paths, for whichever records are asked."""

    def __init__(self, source: Source, paths: Iterable[Path]) -> None:
        self.source = source
        self.columns = read_columns(source, frozenset(paths))

    def read(
        self, session: Session, *conditions: ColumnElement[bool], lock: bool = False, skip: bool = False
    ) -> dict[int, Facts]:
        """Return record id -> values of the records that meet the conditions; `lock` keeps them as they are.

        With `skip`, records that somebody else holds are left out instead of waited for.
        """
        table = self.source.table
        query = self.source.select(table.c.id, *self.columns.values()).where(*conditions)
        if lock:
            query = query.with_for_update(read=True, of=table, skip_locked=skip)
        constants = dict(self.source.constants)
        return {row[0]: constants | dict(zip(self.columns, row[1:], strict=True)) for row in session.execute(query)}
