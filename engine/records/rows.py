"""The rows of a sub-table: as they are stored, and as they stand while somebody types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records import store
from engine.records.conditions import fill_defaults, form_reads, is_required, look_up
from engine.records.env import holds, values_for_many
from engine.records.hidden import is_shown, settle_hidden
from engine.records.input import read_inputs
from engine.records.links import check_links
from engine.records.reach import within_reach
from engine.records.read import records_of, row_keys, source_of, today_too
from engine.records.record import Record
from engine.records.sight import accesses, sight_columns
from engine.records.subtables import RowInput
from engine.records.verbs import blank_draft, changed_draft, complete
from engine.records.writing import Draft, Writing
from engine.releases.live import Live
from engine.rights import EDIT, HIDDEN, may, row_filter
from forms.defs import SubTableDef
from rules.errors import Fault
from rules.types import Kind

#: Rows read at most: no table may hold more.
MOST_ROWS = 5000


def rows_of(
    session: Session, live: Live, table: SubTableDef, home: int, user: User, now: datetime, at: datetime | None = None
) -> tuple[Record, ...]:
    """Return the rows of a record that a person may see, in their order; now, or at a moment."""
    if not may(user, "read", live, table.of):
        return ()
    source = source_of(session, live, table.of, user, now, at)
    columns = [*(source.table.c[key] for key in row_keys(live, table.of)), *sight_columns(source, live, table.of, user)]
    wanted = [source.table.c[table.via] == home, row_filter(source, live, table.of, user, "read")]
    wanted += today_too(source, live, table.of, user, now)
    order = [source.table.c[table.order].is_(None), source.table.c[table.order]] if table.order else []
    statement = source.select(*columns).where(*wanted).order_by(*order, source.table.c.id).limit(MOST_ROWS)
    rows = [dict(row) for row in session.execute(statement).mappings()]
    return records_of(session, live, table.of, rows, user, now, at)


@dataclass(frozen=True)
class RowPreview:
    """How one row stands with what was typed so far."""

    values: Mapping[str, object]
    shown: frozenset[str]
    required: frozenset[str]
    read_only: frozenset[str]
    faults: tuple[Fault, ...] = ()


def preview_rows(
    session: Session,
    live: Live,
    table: SubTableDef,
    home: int | None,
    home_values: Mapping[str, object],
    rows: Sequence[RowInput],
    user: User,
    now: datetime,
    *,
    judged: bool = False,
) -> list[RowPreview | None]:
    """Return how rows stand, under a record as it is being typed; None for one that is gone. Nothing is written."""
    if not rows:
        return []
    writing = _writing(session, live, table, home, home_values, user, now)
    olds = _olds(writing, table, home, rows)
    known = [row for row in rows if row.record is None or row.record in olds]
    drafts = []
    for row, (given, faults) in zip(known, read_inputs(writing, [row.values for row in known]), strict=True):
        if row.record is None:
            drafts.append(blank_draft(writing, given, faults))
        else:
            drafts.append(changed_draft(writing, olds[row.record], given, faults))
    check_links(writing, drafts)
    fill_defaults(writing, [draft for draft in drafts if draft.old is None])
    if judged:
        complete(writing, drafts)
    else:
        look_up(writing, drafts)
        settle_hidden(writing, drafts, look_up)
    found = dict(zip([row.token for row in known], _previews(writing, drafts), strict=True))
    return [found.get(row.token) for row in rows]


def _writing(
    session: Session,
    live: Live,
    table: SubTableDef,
    home: int | None,
    home_values: Mapping[str, object],
    user: User,
    now: datetime,
) -> Writing:
    bare = Writing(session, live, live.form(table.of), user, now.replace(microsecond=0), "form", "update")
    names = (path[1] for path in form_reads(bare) if len(path) == 2 and path[0] == table.via)
    around = {f"{table.via}.{name}": home_values[name] for name in names if name in home_values}
    return Writing(session, live, bare.form, user, bare.now, "form", "update", {table.via: home}, around)


def _olds(
    writing: Writing, table: SubTableDef, home: int | None, rows: Sequence[RowInput]
) -> dict[int, Mapping[str, object]]:
    """Return id -> row of the stored ones among these that belong here and are in sight."""
    ids = [row.record for row in rows if row.record is not None]
    columns = writing.table.c
    found = []
    for part in store.chunks(ids):
        mine = [columns.id.in_(part), columns[table.via] == home, columns.deleted_at.is_(None)]
        found += [dict(row) for row in writing.session.execute(sa.select(writing.table).where(*mine)).mappings()]
    seen = within_reach(writing, found, "read")
    return {row["id"]: row for row, sees in zip(found, seen, strict=True) if sees}


def _previews(writing: Writing, drafts: Sequence[Draft]) -> list[RowPreview]:
    asked = [draft.new if draft.old is None else draft.old for draft in drafts]
    session, live, key, user, now = writing.session, writing.live, writing.key, writing.user, writing.now
    allowed = accesses(session, live, key, asked, user, now)
    reads = form_reads(writing)
    locked = any(field.read_only_if is not None for field in writing.form.fields)
    before = values_for_many(session, live, key, asked, reads, user, now) if locked and asked else [{}] * len(asked)
    return [
        _preview(writing, draft, access, draft.env if draft.old is None else old)
        for draft, access, old in zip(drafts, allowed, before, strict=True)
    ]


def _preview(writing: Writing, draft: Draft, access: Mapping[str, str], before: Mapping[str, object]) -> RowPreview:
    form = writing.form
    seen = [field for field in form.fields if access.get(field.key, HIDDEN) != HIDDEN]
    shown = [field for field in seen if is_shown(form, field.key, draft.env)]
    locked = [one.key for one in seen if one.read_only_if is not None and holds(one.read_only_if, before)]
    return RowPreview(
        {key: value for key, value in draft.new.items() if access.get(key, HIDDEN) != HIDDEN},
        frozenset(field.key for field in shown),
        frozenset(field.key for field in shown if is_required(form, field, draft.env)),
        frozenset([*locked, *(key for key, level in access.items() if level != EDIT)]),
        tuple(draft.faults),
    )


def totals(live: Live, table: SubTableDef, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return column -> what the line below the table shows, as a stored value: a sum, an average or a count."""
    return {column: _total(live, table, column, how, rows) for column, how in table.totals.items()}


def _total(live: Live, table: SubTableDef, column: str, how: str, rows: Sequence[Mapping[str, object]]) -> object:
    held = [value for row in rows if (value := row.get(column)) is not None]
    if how == "count":
        return len(held)
    numbers = [value for value in held if isinstance(value, int | float) and not isinstance(value, bool)]
    if not numbers:
        return None
    found = sum(numbers) if how == "sum" else sum(numbers) / len(numbers)
    return round(found) if live.app.shapes[table.of][column].kind is Kind.MONEY else found
