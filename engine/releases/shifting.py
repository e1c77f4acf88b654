"""One set of records given new values, with changes and history, by a few statements however many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from engine.changes import Change
from engine.db import UtcDateTime, id_column_type, json_type, text_type
from engine.people.users import User
from engine.records.journal import diff_of_columns
from engine.records.search_many import MANY
from engine.releases.moves import STAGE
from engine.releases.resting import rest_indexes
from engine.releases.rows_aside import RowsAside, write_rows
from engine.tables import HISTORY_COLUMNS, HISTORY_ID, SET_ASIDE, table_name
from rules.types import Kind

#: What such a change of a record is called, and how it came.
VERB, VIA = "map", "rule"
ENTERED = "stage_entered_at"
#: Records whose entries in indexes are made anew in the time in which those of one moved record are written.
REBUILT = 4
#: One of so many records must move for a column of all of them to be begun anew.
EXCHANGED = 2


@dataclass(frozen=True)
class Trail:
    """Who moves, when, with which release, and why."""

    app_key: str
    user: User
    now: datetime
    number: int
    reason: str = ""
    verb: str = VERB
    #: Names of tables whose indexes rest from now on.
    rested: set[str] = field(default_factory=set, compare=False)


class Stored:
    """A form's tables as they stand in the database: all columns they ever had, of whichever release."""

    def __init__(self, session: Session, app_key: str, form: str) -> None:
        self.session, self.form = session, form
        self.dialect = session.get_bind().dialect.name
        self.name = table_name(app_key, form)
        self.there = {one["name"]: one["type"] for one in self._columns(self.name)}

    def _columns(self, name: str) -> Sequence[Any]:
        found = inspect(self.session.connection())
        return found.get_columns(name) if found.has_table(name) else []

    def kind(self, column: str) -> Kind:
        """Return what a column holds: a moment, a list of options, or one."""
        if column == ENTERED:
            return Kind.DATETIME
        return Kind.CHOICES if isinstance(self.there[column], sa.JSON) else Kind.CHOICE

    def column(self, name: str) -> sa.ColumnClause[Any]:
        """Return a column with the type in which it is written."""
        if name in HISTORY_COLUMNS:
            return sa.column(name, HISTORY_COLUMNS[name])
        if name in ("id", "version", HISTORY_ID):
            return sa.column(name, id_column_type())
        types = {Kind.DATETIME: UtcDateTime(), Kind.CHOICES: json_type()}
        return sa.column(name, types.get(self.kind(name), text_type()))

    @cached_property
    def table(self) -> sa.TableClause:
        """Return the table of the records."""
        return sa.table(self.name, *map(self.column, self.there))

    @cached_property
    def history(self) -> sa.TableClause:
        """Return the table of what they were."""
        name = f"{self.name}__history"
        kept = [
            one["name"] for one in self._columns(name) if one["name"] in {*self.there, *HISTORY_COLUMNS, HISTORY_ID}
        ]
        return sa.table(name, *map(self.column, kept))


def shift(
    stored: Stored,
    picked: sa.Select[Any],
    news: Mapping[str, sa.ColumnElement[Any]],
    trail: Trail,
    *,
    enters: bool,
    untold: Mapping[str, sa.ColumnElement[Any]] | None = None,
    undone: int | None = None,
) -> None:
    """Give the picked records new values: 1. write both sides down, 2. changes, 3. history ends, 4. rows, 5. history.

    With `enters`, a record whose stage changes enters it now. `untold` are values that follow from the others, of which
    the change does not tell. `undone` is the release whose moves these take back.
    """
    session, table, history = stored.session, stored.table, stored.history
    entering = enters and STAGE in news
    keys = [*news, ENTERED] if entering else list(news)
    quiet = untold or {}
    sides = _Sides(stored, keys, {key: value.type for key, value in quiet.items()})
    sides.table.create(session.connection())
    written = [*news.values(), *([table.c[ENTERED]] if entering else []), *quiet.values()]
    keys = [*keys, *quiet]
    values = [*(table.c[key] for key in keys), *written]
    names = ["id", *(f"{side}_{number}" for side in ("was", "will") for number in sides.names)]
    session.execute(sa.insert(sides.table).from_select(names, picked.add_columns(*values)))
    most, aside = _make_way(stored, sides, trail, undone)
    ids = sa.select(sides.table.c.id)
    open_lines = sa.and_(history.c.id.in_(ids), history.c.valid_to.is_(None))
    # Where most of all lines in force end, the newest of them all is known sooner.
    among = history.c.valid_to.is_(None) if most else open_lines
    newest = session.scalar(sa.select(sa.func.max(history.c.valid_from)).where(among))
    at = max(trail.now, newest) if newest else trail.now  # lines never overlap, whatever the clock did
    if entering:
        changes_stage = sides.was(STAGE).is_distinct_from(sides.will(STAGE))
        session.execute(sa.update(sides.table).where(changes_stage).values({sides.will(ENTERED): at}))
    last = session.scalar(sa.select(sa.func.max(Change.id))) or 0
    _write_changes(stored, sides, trail, at)
    session.execute(sa.update(history).where(open_lines).values(valid_to=at))
    write_rows(session, table, sides.table, {key: sides.will(key) for key in keys}, aside)
    _begin_lines(stored, trail, at, last)
    sides.table.drop(session.connection())


class _Sides:
    """A table for the moment: what records held in some columns, and what they are to hold."""

    def __init__(self, stored: Stored, told: Sequence[str], untold: Mapping[str, Any] | None = None) -> None:
        self.told = told
        self.names = {str(number): key for number, key in enumerate([*told, *(untold or ())])}
        self._number = {key: number for number, key in self.names.items()}
        columns = [
            sa.Column(f"{side}_{number}", (untold or {}).get(key) or stored.column(key).type)
            for side in ("was", "will")
            for number, key in self.names.items()
        ]
        id_ = sa.Column("id", id_column_type(), primary_key=True, autoincrement=False)
        self.table = sa.Table("sw_moving", sa.MetaData(), id_, *columns, prefixes=["TEMPORARY"])

    def was(self, key: str) -> sa.Column[Any]:
        return self.table.c[f"was_{self._number[key]}"]

    def will(self, key: str) -> sa.Column[Any]:
        return self.table.c[f"will_{self._number[key]}"]

    def side(self, name: str) -> dict[str, sa.ColumnElement[Any]]:
        """Return one side of what is told of: the key of the field -> the column."""
        return {key_of(key): self.table.c[f"{name}_{self._number[key]}"] for key in self.told}


def key_of(column: str) -> str:
    """Return the key of the field whose values a column holds, or held until it was set aside."""
    return column.partition(SET_ASIDE)[0]


def _make_way(stored: Stored, sides: _Sides, trail: Trail, undone: int | None) -> tuple[bool, Mapping[str, str]]:
    """Tell whether most records move, and return the columns that were exchanged for it.

    Indexes rest where so many move that these are sooner made anew; those of the rows only if these are to be written.
    """
    counts = (sa.select(sa.func.count()).select_from(one).scalar_subquery() for one in (sides.table, stored.table))
    moving, there = stored.session.execute(sa.select(*counts)).one()
    if moving * REBUILT < there:
        return False, {}
    aside: Mapping[str, str] = {}
    at_rest = False
    if there > MANY and moving * EXCHANGED > there and trail.verb == VERB:
        rows = RowsAside(stored.session, stored.table, stored.there, list(sides.names.values()), trail.number)
        if rows.can_be():
            kept = rows.kept_by(undone) if undone is not None else {}
            aside, at_rest = (rows.take_up(kept) if kept else rows.begin()), bool(kept)
    names = [f"{stored.name}__history", *([] if at_rest else [stored.name])]  # no history is shorter than its records
    trail.rested.update(rest_indexes(stored.session.connection(), names, large=there > MANY))
    return True, aside


def changes_of(app_key: str, form: str, number: int, verb: str = VERB) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of the changes with which a release moved records of a form."""
    return (Change.app_key == app_key, Change.form == form, Change.verb == verb, Change.release == number)


def _write_changes(stored: Stored, sides: _Sides, trail: Trail, at: datetime) -> None:
    table = stored.table
    diff = diff_of_columns(
        stored.dialect, sides.side("was"), sides.side("will"), {key_of(key): stored.kind(key) for key in sides.told}
    )
    columns: dict[str, Any] = {
        "at": sa.literal(at, UtcDateTime()),
        "person_id": sa.literal(trail.user.id, id_column_type()),
        "via": sa.literal(VIA, sa.Text),
        "app_key": sa.literal(trail.app_key, sa.Text),
        "form": sa.literal(stored.form, sa.Text),
        "record_id": table.c.id,
        "version": table.c.version,
        "verb": sa.literal(trail.verb, sa.Text),
        "diff": diff,
        "note": sa.literal(trail.reason or None, sa.Text),
        "release": sa.literal(trail.number, sa.Integer),
    }
    rows = table.join(sides.table, sides.table.c.id == table.c.id)
    made = sa.select(*(value.label(name) for name, value in columns.items())).select_from(rows).order_by(table.c.id)
    stored.session.execute(sa.insert(Change.__table__).from_select(list(columns), made))  # type: ignore[arg-type]  # a table


def _begin_lines(stored: Stored, trail: Trail, at: datetime, last_change: int) -> None:
    table, history = stored.table, stored.history
    copied = [column.name for column in history.c if column.name in stored.there]
    stamps: dict[str, Any] = {
        "valid_from": sa.literal(at, UtcDateTime()),
        "valid_to": sa.literal(None, UtcDateTime()),
        "changed_by": sa.literal(trail.user.id, id_column_type()),
        "changed_via": sa.literal(VIA, sa.Text),
        "change_id": Change.id,
    }
    mine = sa.and_(Change.record_id == table.c.id, *changes_of(trail.app_key, stored.form, trail.number, trail.verb))
    made = sa.select(*(table.c[name] for name in copied), *(value.label(name) for name, value in stamps.items()))
    made = made.select_from(table).join(Change, sa.and_(mine, Change.id > last_change)).order_by(table.c.id)
    stored.session.execute(sa.insert(history).from_select([*copied, *stamps], made))
