"""Where the values are now that a field had in an older release, when it was given another type since."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.releases.live import Live, past_release
from engine.releases.moves import STAGE
from engine.releases.plan import kept_columns, last_with
from engine.releases.rows import App
from engine.releases.shifting import Stored, key_of
from engine.tables import SET_ASIDE, storage_type
from rules.types import Kind

#: Of these kinds are values that a release moves.
_MOVED = frozenset({Kind.CHOICE, Kind.CHOICES})


def holding(session: Session, row: App, stored: Stored, number: int, key: str) -> str:
    """Return the column in which what a release moved is now: the field's own, or where it was set aside for another type.

    Records are moved while the tables are as before: the release itself may have given the field another type. One that
    gave the field back its options moved what was set aside until then, which is the field's own from there on. Nothing
    where the column is not there any more.
    """
    if key == STAGE:
        return key if key in stored.there else ""
    before = _kind_at(session, row, number - 1, stored.form, key)
    kind = before if before in _MOVED else _kind_at(session, row, number, stored.form, key)
    since = number if before in _MOVED else number + 1
    if _last_kind(session, row, stored.form, key) in (kind, None):
        return key if _holds_options(stored, key) else ""
    marked = (name.partition(SET_ASIDE) for name in stored.there if name.startswith(f"{key}{SET_ASIDE}"))
    later = sorted(int(until) for _, _, until in marked if int(until) >= since)
    found = (one for one in later if _kind_at(session, row, one - 1, stored.form, key) == kind)
    name = f"{key}{SET_ASIDE}{until}" if (until := next(found, 0)) else ""
    return name if _holds_options(stored, name) else ""


def _holds_options(stored: Stored, name: str) -> bool:
    """Tell whether a column is there and of a type in which options are stored."""
    return isinstance(stored.there.get(name), sa.String | sa.JSON)


def made_of(
    session: Session, row: App, stored: Stored, number: int, column: str
) -> dict[str | None, sa.ColumnElement[Any]]:
    """Return what the options that a field had before a release would have been made into by the types it was given since.

    Nothing for a field of many options, for one that is not there, or not typed in, any more.
    """
    key = key_of(column)
    now_live = past_release(session, row.key, row.live_number)
    after = Live(now_live.app, now_live.tables, row.live_number + 1)
    kind = _kind_at(session, row, row.live_number, stored.form, key)
    if kind is None or stored.kind(column) is Kind.CHOICES or after.app.forms[stored.form].by_key[key].is_derived:
        return {}
    found = [one for one in kept_columns(session, after, stored.form, key, set(stored.there)) if one.column == column]
    past = last_with(session, Live(after.app, after.tables, number), stored.form, key)
    options = past.app.forms[stored.form].by_key[key].options if past else ()
    made = {option.key: one.became(option.key) for one in found for option in options}
    return {old: sa.cast(sa.literal(new, storage_type(kind)), storage_type(kind)) for old, new in made.items()}


def _last_kind(session: Session, row: App, form: str, key: str) -> Kind | None:
    """Return of which kind a field's own column is: that of the newest release that has it, if it is gone since."""
    now_live = past_release(session, row.key, row.live_number)
    past = last_with(session, Live(now_live.app, now_live.tables, row.live_number + 1), form, key)
    return past.app.shapes[form][key].kind if past else None


def _kind_at(session: Session, row: App, number: int, form: str, key: str) -> Kind | None:
    """Return of which kind a field's values were in a release; None where it had no such field."""
    try:
        shapes = past_release(session, row.key, number).app.shapes
    except EngineError:  # this version of the program no longer understands it
        return None
    found = shapes[form].get(key) if form in shapes else None
    return found.kind if found else None
