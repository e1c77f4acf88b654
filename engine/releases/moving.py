"""Records moved by a release: out of stages and options that go, and back again when the release is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.changes import Change
from engine.db import id_column_type, text_type
from engine.releases.former_columns import holding, made_of
from engine.releases.live import Live
from engine.releases.moves import STAGE, Moves
from engine.releases.rows import App, Release
from engine.releases.shifting import ENTERED, Stored, Trail, changes_of, key_of, shift
from engine.releases.sides import Sides, sides_of
from engine.releases.since import given_since
from engine.sql.lists import holds_any, replaced
from rules.types import Kind

#: form -> its columns whose values were moved.
Moved = dict[str, set[str]]
#: form -> numbers of the releases whose moves were undone.
Undone = dict[str, set[int]]


def move_records(session: Session, after: Live, moves: Moves, trail: Trail) -> Moved:
    """Move records where a release sends them, while the tables are as before; return what was moved.

    Deleted ones go along, so that they can be restored. One statement per step and form, however many they are.
    """
    moved: Moved = {}
    for form in moves.forms:
        stored = Stored(session, after.key, form)
        columns = {key: values for key, values in moves.of_form(form).items() if key in stored.there and values}
        if columns:
            news = {key: _new(stored, after, key, values) for key, values in columns.items()}
            asked = sa.or_(*(_held(stored, key, list(values)) for key, values in columns.items()))
            shift(stored, sa.select(stored.table.c.id).where(asked), news, trail, enters=True)
            moved[form] = set(columns)
    return moved


def _held(stored: Stored, key: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    column = stored.table.c[key]
    return holds_any(stored.dialect, column, values) if stored.kind(key) is Kind.CHOICES else column.in_(values)


def _new(stored: Stored, after: Live, key: str, values: Mapping[str, str | None]) -> sa.ColumnElement[Any]:
    column = stored.table.c[key]
    if stored.kind(key) is Kind.CHOICES:
        order = [one.key for one in after.app.forms[stored.form].by_key[key].options]
        return replaced(stored.dialect, column, values, order)
    kept = {old: sa.literal(new, sa.Text) if new is not None else sa.null() for old, new in values.items()}
    return sa.case(kept, value=column, else_=column)


def put_back(session: Session, row: App, target: int, trail: Trail) -> tuple[Moved, Undone]:
    """Undo what the releases after `target` moved, the newest first, and return what came back, and of which releases.

    A value goes back where it was as long as nobody changed it since; whatever else changed in the record stays.
    """
    moved: Moved = {}
    undone: Undone = {}
    for number, told in _in_force(session, row, target):
        for form, columns in told.get("columns", {}).items():
            stored = Stored(session, row.key, form)
            there = [name for key in columns if (name := holding(session, row, stored, number, key))]
            if not there:
                continue
            # A release that goes back may undo several, and move the same record each time.
            sides = sides_of(stored, number, there, trail, once="back_to" not in told)
            _put_back(stored, number, sides, trail, partial(made_of, session, row, stored, number))
            moved.setdefault(form, set()).update(map(key_of, there))
            undone.setdefault(form, set()).add(number)
    return moved, undone


def _in_force(session: Session, row: App, target: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Go through the releases after `target` whose moves are in force, the newest first.

    One that went back to another left records where that one had them: both it and those between are passed over, unless
    `target` is one of these, or it sent records anywhere else itself.
    """
    wanted = sa.select(Release.number, Release.moved).where(Release.app_id == row.id, Release.number > target)
    found = {number: told or {} for number, told in session.execute(wanted).all()}
    number = max(found, default=target)
    while number > target:
        told = found.get(number, {})
        back_to = told.get("back_to")
        if back_to is not None and back_to >= target and not told.get("lines"):
            number = back_to
            continue
        yield number, told
        number -= 1


def _put_back(
    stored: Stored,
    number: int,
    sides: Sides,
    trail: Trail,
    made: Callable[[str], dict[str | None, sa.ColumnElement[Any]]],
) -> None:
    table, was, will = stored.table, sides.was, sides.will
    since = _moved_on(stored, number, list(was), trail)
    untouched = {
        key: sa.and_(
            _differs(table, sides, key),
            table.c[key].is_not_distinct_from(will[key]),
            table.c.id.not_in(sa.select(since.c.id).where(since.c.name == key)),
        )
        for key in was
    }
    news = {key: sa.case((good, was[key]), else_=table.c[key]) for key, good in untouched.items()}
    if STAGE in news:
        news[ENTERED] = sa.case((untouched[STAGE], sides.entered), else_=table.c[ENTERED])
    picked = sa.select(table.c.id).select_from(sides.rows).where(sa.or_(*untouched.values()))
    untold: dict[str, sa.ColumnElement[Any]] = {}
    for name, good in untouched.items():
        key = key_of(name)
        if key != name and (options := made(name)):
            untold[key] = sa.case((good, sa.case(options, value=was[name], else_=sa.null())), else_=table.c[key])
    shift(stored, picked, news, trail, enters=False, untold=untold, undone=number)
    for temporary in (since, *sides.made):
        temporary.drop(stored.session.connection())


def _differs(table: sa.TableClause, sides: Sides, key: str) -> sa.ColumnElement[bool]:
    """Return what holds where a record was in another place; one that was taken away and back entered it anew."""
    differs = sides.was[key].is_distinct_from(sides.will[key])
    return sa.or_(differs, table.c[ENTERED].is_distinct_from(sides.entered)) if key == STAGE else differs


def _moved_on(stored: Stored, number: int, columns: Sequence[str], trail: Trail) -> sa.Table:
    """Make a table for the moment: which records were given another value by somebody since, and in which column."""
    names = sa.Column("id", id_column_type()), sa.Column("name", text_type())
    made = sa.Table("sw_moved_on", sa.MetaData(), *names, prefixes=["TEMPORARY"])
    made.create(stored.session.connection())
    for name in columns:
        found = given_since(stored, number, key_of(name), trail).add_columns(sa.literal(name, text_type()))
        stored.session.execute(sa.insert(made).from_select(["id", "name"], found))
    return made


def moved_ids(after: Live, form: str) -> sa.Select[Any]:
    """Return the query for the records of a form that a release moved."""
    return sa.select(Change.record_id).where(*changes_of(after.key, form, after.number))
