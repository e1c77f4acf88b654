"""New records into their tables: one or a few by plain statements, many by parts that are made ready while others are written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from engine.changes import Change, diffs_of_new
from engine.files.binding import bind_files
from engine.records import single
from engine.records.events import Event, events_of_new
from engine.records.feeding import Feed, Write
from engine.records.loading import loading, loading_columns, pays, take_ids
from engine.records.numbering import assign
from engine.records.search import search_text, search_texts
from engine.records.store import change_of_form, inserted, line, remember, told
from engine.records.writing import Draft, Writing

#: Records that are made ready and written together.
PART = 1000
_CHANGES = cast("Table", Change.__table__)

Row = dict[str, object]


def insert_records(writing: Writing, drafts: Sequence[Draft], note: str = "") -> list[Event]:
    """Write new records with their changes and histories; each draft's row has its id afterwards."""
    assign(writing, drafts)
    if pays(drafts):
        return _insert_many(writing, drafts, note)
    rows = [dict(draft.new, search_text=search_text(writing.form, draft.new)) for draft in drafts]
    if single.serves(writing, rows):
        return [single.insert(writing, drafts[0], rows[0], note)]
    _take_in(drafts, rows, inserted(writing.session, writing.table, rows))
    bind_files(writing, drafts, writing.now)
    events = events_of_new(writing.key, rows)
    remember(writing, drafts, events, "create", writing.now, note)
    return events


def _take_in(drafts: Sequence[Draft], rows: Sequence[Row], ids: Sequence[int]) -> None:
    for draft, row, id_ in zip(drafts, rows, ids, strict=True):
        row["id"] = id_
        draft.new = row


def _insert_many(writing: Writing, drafts: Sequence[Draft], note: str) -> list[Event]:
    """1. Take the ids of records and changes. 2. Part by part, make the rows ready and hand them to the feed."""
    session, count = writing.session, len(drafts)
    ids, changes = take_ids(session, writing.table, count), take_ids(session, _CHANGES, count)
    events: list[Event] = []
    with Feed(session.connection()) as feed:
        for start in range(0, count, PART):
            part = slice(start, start + PART)
            rows = _rows(writing, drafts[part], ids[part])
            feed.put(partial(_write, _writes(writing, rows, changes[part], note)))
            events += events_of_new(writing.key, rows)
    bind_files(writing, drafts, writing.now)
    return events


def _rows(writing: Writing, drafts: Sequence[Draft], ids: Sequence[int]) -> list[Row]:
    """Return the rows of new records, which are their drafts' from here on."""
    texts = search_texts(writing.form, [draft.new for draft in drafts])
    rows = [dict(draft.new, search_text=text) for draft, text in zip(drafts, texts, strict=True)]
    _take_in(drafts, rows, ids)
    return rows


def _writes(writing: Writing, rows: Sequence[Row], changes: Sequence[int], note: str) -> tuple[Write, ...]:
    """Return what writes records, their changes and the lines of their histories, in this order."""
    connection = writing.session.connection()
    dialect, ids = connection.dialect, [row["id"] for row in rows]
    said = change_of_form(writing.live, writing.key, 1, writing.user, writing.now, writing.via, "create", note)
    diffs = diffs_of_new(rows, told(frozenset(rows[0])))
    of_changes = {
        **{key: [value] * len(rows) for key, value in said.items()},
        "id": changes,
        "record_id": ids,
        "diff": diffs,
    }
    first, last = int(str(ids[0])), int(str(ids[-1]))
    if last - first == changes[-1] - changes[0] == len(rows) - 1:
        lines: Write = partial(_begin_lines, writing, first, last, changes[0])
    else:
        own = [line(row, writing.now, writing.user, writing.via, id_) for row, id_ in zip(rows, changes, strict=True)]
        lines = loading(dialect, writing.history, own)
    return loading(dialect, writing.table, rows), loading_columns(dialect, _CHANGES, of_changes), lines


def _write(writes: Sequence[Write], connection: Connection) -> None:
    for write in writes:
        write(connection)


def _begin_lines(writing: Writing, first: int, last: int, first_change: int, connection: Connection) -> None:
    """Begin the history of new records whose ids, and whose changes' ids, follow one another: the database copies them."""
    table, history = writing.table, writing.history
    names = [column.name for column in table.c]
    stamps = line({}, writing.now, writing.user, writing.via, None)
    stamps["change_id"] = table.c.id + (first_change - first)
    values = [
        sa.literal(value, history.c[key].type).label(key) if not isinstance(value, sa.ColumnElement) else value
        for key, value in stamps.items()
    ]
    made = sa.select(*(table.c[name] for name in names), *values).where(table.c.id.between(first, last))
    connection.execute(sa.insert(history).from_select([*names, *stamps], made))
