"""What records held before a release moved them, and where it sent them: from the journal where that tells, else from history.

The journal tells of one value as it was written. Stages keep their keys, whatever becomes of a pipeline; options of a
field do as long as it gets no other type. What it tells of a list is compared by no database in the same way: such are
looked up in history, which takes longer the more of it there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from engine.changes import Change
from engine.db import UtcDateTime, id_column_type, text_type
from engine.records.journal import side_of_diff
from engine.releases.moves import STAGE
from engine.releases.shifting import ENTERED, Stored, Trail, changes_of
from engine.tables import HISTORY_ID, SET_ASIDE
from rules.types import Kind


@dataclass(frozen=True)
class Sides:
    """`rows` are the records that a release moved; `was` and `will` the values of each column before it and with it."""

    rows: sa.FromClause
    was: Mapping[str, sa.ColumnElement[Any]]
    will: Mapping[str, sa.ColumnElement[Any]]
    #: When a record had entered the stage before.
    entered: sa.ColumnElement[Any]
    #: Tables for the moment, which whoever asked drops in the end.
    made: tuple[sa.Table, ...] = ()


def sides_of(stored: Stored, number: int, columns: Sequence[str], trail: Trail, *, once: bool) -> Sides:
    """Return both sides of the columns that a release moved. `once`: it moved no record twice."""
    plain = all(_is_plain(stored, number, name) for name in columns)
    # A change tells of what it changed alone: of two, each may tell of another column.
    if plain and (once or len(columns) == 1):
        return _of_journal(stored, number, columns, trail, once=once)
    return _of_history(stored, number, columns, trail)


def _is_plain(stored: Stored, number: int, name: str) -> bool:
    if name == STAGE:
        return True
    marked = (one.partition(SET_ASIDE) for one in stored.there)
    retyped = any(key == name and until.isdigit() and int(until) >= number for key, _, until in marked)
    return SET_ASIDE not in name and not retyped and stored.kind(name) is Kind.CHOICE


def _of_journal(stored: Stored, number: int, columns: Sequence[str], trail: Trail, *, once: bool) -> Sides:
    mine, table = changes_of(trail.app_key, stored.form, number), stored.table
    told: sa.FromClause
    made: tuple[sa.Table, ...] = ()
    if once:
        told = _told(stored, columns, Change, Change).where(*mine).subquery("told")
    else:
        told = ends = _ends(stored, columns, mine)
        made = (ends,)
    was, will = ({name: told.c[f"{side}_{name}"] for name in columns} for side in ("was", "will"))
    entered = sa.func.coalesce(told.c.entered, table.c[ENTERED]) if ENTERED in table.c else sa.null()
    return Sides(table.join(told, told.c.id == table.c.id), was, will, entered, made)


def _ends(stored: Stored, columns: Sequence[str], mine: Sequence[sa.ColumnElement[bool]]) -> sa.Table:
    """Make a table for the moment of the first and the last that a release told of each record."""
    ids = sa.select(Change.record_id, sa.func.min(Change.id).label("first"), sa.func.max(Change.id).label("last"))
    ends = ids.where(*mine).group_by(Change.record_id).subquery()
    first, last = aliased(Change), aliased(Change)
    found = _told(stored, columns, first, last).select_from(ends)
    found = found.join(first, first.id == ends.c.first).join(last, last.id == ends.c.last)
    kinds = {f"{side}_{name}": text_type() for name in columns for side in ("was", "will")}
    return _filled(stored, "sw_told", {**kinds, "entered": UtcDateTime()}, found)


def _told(stored: Stored, columns: Sequence[str], first: type[Change], last: type[Change]) -> sa.Select[Any]:
    """Select what the first change of a record tells of before it, and the last one of after it."""
    dialect = stored.dialect
    found: list[Any] = [last.record_id.label("id")]
    for name in columns:
        found.append(side_of_diff(dialect, first.diff, name, 0, Kind.CHOICE).label(f"was_{name}"))
        found.append(side_of_diff(dialect, last.diff, name, 1, Kind.CHOICE).label(f"will_{name}"))
    return sa.select(*found, side_of_diff(dialect, first.diff, ENTERED, 0, Kind.DATETIME).label("entered"))


def _of_history(stored: Stored, number: int, columns: Sequence[str], trail: Trail) -> Sides:
    spans = _spans(stored, number, trail)
    last, old = stored.history.alias("last"), stored.history.alias("old")
    rows = (
        stored.table.join(spans, spans.c.id == stored.table.c.id)
        .join(last, last.c[HISTORY_ID] == spans.c.last)
        .join(old, old.c[HISTORY_ID] == spans.c.old)
    )
    was, will = ({name: line.c[name] for name in columns} for line in (old, last))
    return Sides(rows, was, will, old.c[ENTERED] if ENTERED in old.c else sa.null(), (spans,))


def _spans(stored: Stored, number: int, trail: Trail) -> sa.Table:
    """Make a table for the moment: the records that a release moved, their lines of history before and at the end of it.

    By passes over all lines, which is far less than looking each record's up.
    """
    history = stored.history
    change = sa.select(Change.record_id, sa.func.min(Change.id).label("first"), sa.func.max(Change.id).label("last"))
    changes = change.where(*changes_of(trail.app_key, stored.form, number)).group_by(Change.record_id).subquery()
    line = history.c[HISTORY_ID]
    ends = sa.select(
        changes.c.record_id.label("id"),
        sa.func.max(sa.case((history.c.change_id == changes.c.first, line))).label("first"),
        sa.func.max(sa.case((history.c.change_id == changes.c.last, line))).label("last"),
    ).join_from(changes, history, history.c.change_id.in_([changes.c.first, changes.c.last]))
    seen = ends.where(history.c.id == changes.c.record_id).group_by(changes.c.record_id).cte("ends")
    before = sa.and_(history.c.id == seen.c.id, line < seen.c.first)
    spans = sa.select(seen.c.id, sa.func.max(line), sa.func.max(seen.c.last)).join_from(seen, history, before)
    kinds = {"old": id_column_type(), "last": id_column_type()}
    return _filled(stored, "sw_spans", kinds, spans.group_by(seen.c.id))


def _filled(stored: Stored, name: str, kinds: Mapping[str, Any], rows: sa.Select[Any]) -> sa.Table:
    """Make a table for the moment, by id, and fill it."""
    id_ = sa.Column("id", id_column_type(), primary_key=True, autoincrement=False)
    columns = (sa.Column(key, kind) for key, kind in kinds.items())
    made = sa.Table(name, sa.MetaData(), id_, *columns, prefixes=["TEMPORARY"])
    made.create(stored.session.connection())
    stored.session.execute(sa.insert(made).from_select(["id", *kinds], rows))
    if stored.dialect == "postgresql":  # which would otherwise plan for a few rows
        stored.session.connection().exec_driver_sql(f"ANALYZE {name}")
    return made
