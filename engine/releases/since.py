"""What happened to the records of a form since a release came."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from engine.changes import Change
from engine.records.journal import is_told
from engine.releases.live import Live
from engine.releases.shifting import Stored, Trail
from engine.tables import HISTORY_ID

#: What is done to records without anybody changing them: values are worked out, releases move them.
_BY_ITSELF = ("derive", "map")
#: The same of what follows a release to come.
_AHEAD = "map_ahead"


def first_line(session: Session, live: Live, form: str, number: int) -> int | None:
    """Return the number of the first line of history that was written since a release was through; None without any.

    Whoever writes holds the release: no line of an earlier one is numbered later. What the release itself wrote carries
    along the columns that it set aside.
    """
    history = live.tables.history(form)
    lines = sa.select(sa.func.min(history.c[HISTORY_ID])).join_from(
        history, Change, sa.and_(Change.id == history.c.change_id, *_since(live, form, number))
    )
    found: int | None = session.scalar(lines)
    return found


def changed_by_people(live: Live, form: str, number: int) -> sa.Select[Any]:
    """Select the ids of records that somebody changed since a release was through."""
    mine = (*_since(live, form, number), Change.verb.not_in(_BY_ITSELF), Change.record_id.is_not(None))
    return sa.select(Change.record_id).where(*mine)


def given_since(stored: Stored, number: int, key: str, trail: Trail) -> sa.Select[Any]:
    """Select the ids of records in which somebody gave a field another value since a release was through."""
    behind = stored.session.scalar(_own_line(trail.app_key, number)) or 0
    mine = (Change.id > behind, Change.app_key == trail.app_key, Change.form == stored.form)
    by_people = (Change.verb.not_in((*_BY_ITSELF, _AHEAD)), is_told(stored.dialect, Change.diff, key))
    return sa.select(Change.record_id).where(*mine, *by_people).distinct()


def _since(live: Live, form: str, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of changes since a release was through."""
    came = _own_line(live.key, number).scalar_subquery()
    return Change.app_key == live.key, Change.form == form, Change.id > came


def _own_line(app_key: str, number: int) -> sa.Select[Any]:
    """Select the id of a release's own line in the journal, which stands behind all it did."""
    own = aliased(Change)
    return sa.select(sa.func.min(own.id)).where(own.app_key == app_key, own.form.is_(None), own.release == number)
