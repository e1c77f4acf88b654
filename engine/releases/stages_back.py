"""Stages that a release gave to records, taken back: the journal tells what they were.

Stages keep their keys, whatever becomes of a pipeline; options of fields do not, and are looked up in history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from engine.changes import Change
from engine.db import UtcDateTime, id_column_type, text_type
from engine.records.journal import side_of_diff
from engine.releases.moves import STAGE
from engine.releases.shifting import ENTERED, Stored, Trail, changes_of, shift
from engine.releases.since import given_since
from rules.types import Kind


def put_stages_back(stored: Stored, number: int, trail: Trail, *, once: bool) -> None:
    """Let records enter the stage again, at the moment at which they had, that a release sent them out of.

    Only those that still stand where it sent them, and stood nowhere else since. `once`: it moved no record twice.
    """
    session, table = stored.session, stored.table
    told = _told(stored, number, trail, once=once)
    on = _temporary("sw_moved_on", {})
    on.create(session.connection())
    session.execute(sa.insert(on).from_select(["id"], given_since(stored, number, STAGE, trail)))
    rows = table.join(told, told.c.id == table.c.id)
    entered = sa.func.coalesce(told.c.entered, table.c[ENTERED])
    # A release that took records away and back again let them enter anew.
    other = sa.or_(told.c.was.is_distinct_from(told.c.will), table.c[ENTERED].is_distinct_from(entered))
    still = (other, table.c[STAGE].is_not_distinct_from(told.c.will))
    picked = sa.select(table.c.id).select_from(rows).where(*still, table.c.id.not_in(sa.select(on.c.id)))
    shift(stored, picked, {STAGE: told.c.was, ENTERED: entered}, trail, enters=False, undone=number)
    for made in (on, told):
        if isinstance(made, sa.Table):
            made.drop(session.connection())


def _told(stored: Stored, number: int, trail: Trail, *, once: bool) -> sa.FromClause:
    """Return the stage a record was in before the release, when it had entered it, and where it went."""
    mine = changes_of(trail.app_key, stored.form, number)
    if once:
        return _sides(stored, Change, Change).where(*mine).subquery("told")
    ids = sa.select(Change.record_id, sa.func.min(Change.id).label("first"), sa.func.max(Change.id).label("last"))
    ends = ids.where(*mine).group_by(Change.record_id).subquery()
    first, last = aliased(Change), aliased(Change)
    found = _sides(stored, first, last).select_from(ends)
    found = found.join(first, first.id == ends.c.first).join(last, last.id == ends.c.last)
    kinds = {"was": text_type(), "will": text_type(), "entered": UtcDateTime(), "last": id_column_type()}
    made = _temporary("sw_stages_back", kinds)
    made.create(stored.session.connection())
    stored.session.execute(sa.insert(made).from_select(["id", *kinds], found))
    if stored.dialect == "postgresql":  # which would otherwise plan for a few rows
        stored.session.connection().exec_driver_sql("ANALYZE sw_stages_back")
    return made


def _sides(stored: Stored, first: type[Change], last: type[Change]) -> sa.Select[Any]:
    """Select what the first change of a record tells of before it, and the last one of after it."""
    columns: list[Any] = [
        last.record_id.label("id"),
        side_of_diff(stored.dialect, first.diff, STAGE, 0, Kind.CHOICE).label("was"),
        side_of_diff(stored.dialect, last.diff, STAGE, 1, Kind.CHOICE).label("will"),
        side_of_diff(stored.dialect, first.diff, ENTERED, 0, Kind.DATETIME).label("entered"),
        last.id.label("last"),
    ]
    return sa.select(*columns)


def _temporary(name: str, kinds: Mapping[str, Any]) -> sa.Table:
    id_ = sa.Column("id", id_column_type(), primary_key=True, autoincrement=False)
    columns = (sa.Column(key, kind) for key, kind in kinds.items())
    return sa.Table(name, sa.MetaData(), id_, *columns, prefixes=["TEMPORARY"])
