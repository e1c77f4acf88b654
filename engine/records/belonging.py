"""Rows of sub-tables follow their home record when it is deleted and when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import Refused
from engine.records import store
from engine.records.events import Event
from engine.records.reach import within_reach
from engine.records.unique import check_unique
from engine.records.writing import Draft, Writing
from forms.defs import SubTableDef
from forms.errors import FormError
from rules.errors import N_, Fault


def delete_rows(
    writing: Writing, ids: Sequence[int], note: str = "", seen: frozenset[tuple[str, int]] = frozenset()
) -> list[Event]:
    """Delete the rows of these records, and theirs; FormError when a table says that its rows stand in the way."""
    events: list[Event] = []
    seen |= {(writing.key, id_) for id_ in ids}  # records may be each other's rows
    for table in writing.form.tables:
        inner, found = _rows(writing, table, ids, None)
        rows = [row for row in found if (table.of, row["id"]) not in seen]
        if not rows:
            continue
        if table.on_delete == "refuse":
            template = N_("“{table}” still has {count} rows: delete them first.")
            raise FormError(Fault("table.rows", template, {"table": table.field.label, "count": len(rows)}))
        if not all(within_reach(inner, rows, "delete")):
            raise Refused("delete", table.of)
        events += delete_rows(inner, [row["id"] for row in rows], note, seen)
        drafts = [Draft({**row, "deleted_at": writing.now}, row) for row in rows]
        events += store.update_records(inner, drafts, "delete", note)
    return events


def restore_rows(writing: Writing, ids: Sequence[int], deleted_at: datetime, note: str = "") -> list[Event]:
    """Bring the rows back that were deleted together with their home records; FormError when a value is taken now."""
    events: list[Event] = []
    for table in writing.form.tables:
        inner, rows = _rows(writing, table, ids, deleted_at)
        if not rows:
            continue
        drafts = [Draft({**row, "deleted_at": None}, row) for row in rows]
        check_unique(inner, drafts)
        if faults := [fault for draft in drafts for fault in draft.faults]:
            raise FormError(*faults)
        events += store.update_records(inner, drafts, "restore", note)
        events += restore_rows(inner, [row["id"] for row in rows], deleted_at, note)
    return events


def _rows(
    writing: Writing, table: SubTableDef, ids: Sequence[int], deleted_at: datetime | None
) -> tuple[Writing, list[dict[str, Any]]]:
    """Return the locked rows of a table under these records: the living ones, or those deleted at a moment."""
    inner = replace(writing, form=writing.live.form(table.of))
    columns = inner.table.c
    when = columns.deleted_at.is_(None) if deleted_at is None else columns.deleted_at == deleted_at
    wanted = sa.select(columns.id).where(columns[table.via].in_(ids), when)
    found = store.locked_rows(writing.session, inner.table, list(writing.session.scalars(wanted)))
    return inner, list(found.values())
