"""All derived values at once: found stale, mended, brought to a new day. The database works them out, not a loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import Session

from engine.changes import Change
from engine.records import store
from engine.records.fresh import fresh_values, own_fresh, select_fresh
from engine.records.graph import Derived, Node, derived_fields
from engine.records.journal import diff_of_columns
from engine.records.search import search_text, searchable
from engine.records.search_many import write_texts
from engine.releases.live import Live
from engine.tables import HISTORY_ID, SET_ASIDE

#: Stale cells that are shown of each field.
EXAMPLES = 5
#: The search text is derived, too.
SEARCH = "search_text"


@dataclass(frozen=True)
class Stale:
    """One cell that does not hold what it ought to."""

    id: int
    stored: object
    fresh: object


@dataclass(frozen=True)
class Swept:
    """What was found in one derived field of a form."""

    form: str
    field: str
    checked: int
    stale: int
    examples: tuple[Stale, ...] = ()


def sweep(session: Session, live: Live, now: datetime) -> Iterator[Swept]:
    """Work out every derived value of an app anew and compare; nothing is changed."""
    for one in derived_fields(live):
        table = live.tables.current(one.form)
        living = table.c.deleted_at.is_(None)
        checked = session.scalar(sa.select(sa.func.count()).select_from(table).where(living)) or 0
        count, examples = _stale(session, live, one, now)
        yield Swept(one.form, one.field.key, checked, count, tuple(examples))
    for form in live.app.forms:
        checked, found = _stale_search(session, live, form)
        examples = [Stale(id_, stored, fresh) for id_, (stored, fresh) in list(found.items())[:EXAMPLES]]
        yield Swept(form, SEARCH, checked, len(found), tuple(examples))


def _stale(session: Session, live: Live, one: Derived, now: datetime) -> tuple[int, list[Stale]]:
    fresh = select_fresh(session, live, one, now)
    if fresh is None:
        found = [Stale(*cell) for cell in fresh_values(session, live, one, now) if cell[1] != cell[2]]
        return len(found), found[:EXAMPLES]
    table, ought = live.tables.current(one.form), fresh.subquery()
    column = table.c[one.field.key]
    wanted = (table.c.id == ought.c.id, column.is_distinct_from(ought.c.fresh))
    count = count_stale(session, live, one, now) or 0
    shown = sa.select(table.c.id, column, sa.type_coerce(ought.c.fresh, column.type)).where(*wanted)
    rows = session.execute(shown.order_by(table.c.id).limit(EXAMPLES)).all() if count else []
    return count, [Stale(*row) for row in rows]


def count_stale(session: Session, live: Live, one: Derived, now: datetime) -> int | None:
    """Return how many living records do not hold what they ought to in a derived field; None where SQL alone cannot tell."""
    table = live.tables.current(one.form)
    column, own = table.c[one.field.key], own_fresh(session, live, one, now)
    if own is not None:
        differs = sa.and_(own[1], column.is_distinct_from(own[0]))
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(differs)) or 0
    fresh = select_fresh(session, live, one, now)
    if fresh is None:
        return None
    ought = fresh.subquery()
    joined = table.join(ought, table.c.id == ought.c.id)
    counted = sa.select(sa.func.count()).select_from(joined).where(column.is_distinct_from(ought.c.fresh))
    return session.scalar(counted) or 0


def _stale_search(session: Session, live: Live, form: str) -> tuple[int, dict[int, tuple[object, object]]]:
    """Return how many search texts were compared, and id -> (stored, fresh) of the stale ones."""
    table, form_def = live.tables.current(form), live.app.forms[form]
    names = [one.key for one in searchable(form_def) if one.key in table.c]
    columns = [table.c.id, table.c.search_text, *(table.c[name] for name in names)]
    rows = session.execute(sa.select(*columns).where(table.c.deleted_at.is_(None)).execution_options(yield_per=1000))
    checked, stale = 0, dict[int, tuple[object, object]]()
    for row in rows.mappings():
        checked += 1
        fresh = search_text(form_def, dict(row))
        if fresh != row["search_text"]:
            stale[row["id"]] = (row["search_text"], fresh)
    return checked, stale


def mend(session: Session, live: Live, now: datetime) -> dict[str, int]:
    """Bring every derived value up to date and return form -> records that changed; each has a line of history."""
    done = bring(session, live, derived_fields(live), now, "sweep")
    for form in live.app.forms:
        _, stale = _stale_search(session, live, form)
        texts = [{"id": id_, SEARCH: fresh} for id_, (_, fresh) in stale.items()]
        if texts:
            store.update_columns(session, live.tables.current(form), [SEARCH], texts)
            done[form] = done.get(form, 0) + len(texts)
    return done


def bring(
    session: Session,
    live: Live,
    fields: Iterable[Derived],
    now: datetime,
    via: str,
    exchanged: Mapping[str, Iterable[str]] | None = None,
) -> dict[str, int]:
    """Set these fields of all living records to what they ought to hold; return form -> records that changed.

    `exchanged`: what a release has done: form -> fields that hold something else already than history knows of. Its lines
    carry along what the columns hold that releases set aside.

    1. One UPDATE per field, in the order in which they depend on each other, and those that read what has changed.
    2. What differs now from the line of history in force has changed: a Change and a new line for each. No version is
    raised, so no open form goes stale. Deleted records are worked out when they come back.
    """
    touched = {form: dict.fromkeys(keys, 0) for form, keys in (exchanged or {}).items()}
    wanted = {one.node for one in fields} | {(form, key) for form, keys in touched.items() for key in keys}
    for one in derived_fields(live):
        reads = one.node in wanted or any(link.name in touched.get(link.form, ()) for link in one.links)
        if reads and (count := _update(session, live, one, now)):
            touched.setdefault(one.form, {})[one.field.key] = count
    # What history knows better than the record needs no new line: it is only put back.
    return {
        form: max(_Remembering(session, live, form, list(keys), now, via, exchanged is not None).run(), *keys.values())
        for form, keys in touched.items()
    }


def following(live: Live, fields: Iterable[Derived]) -> list[Derived]:
    """Return these fields and all that may follow from them."""
    known: set[Node] = {one.node for one in fields}
    for one in derived_fields(live):
        if any((link.form, link.name) in known for link in one.links):
            known.add(one.node)
    return [one for one in derived_fields(live) if one.node in known]


def _update(session: Session, live: Live, one: Derived, now: datetime) -> int:
    table = live.tables.current(one.form)
    column = table.c[one.field.key]
    own = own_fresh(session, live, one, now)
    if own is not None:
        value, living = own
        return _done(session, sa.update(table).values({column: value}).where(living, column.is_distinct_from(value)))
    fresh = select_fresh(session, live, one, now)
    if fresh is None:
        cells = [
            {"id": id_, one.field.key: value}
            for id_, stored, value in fresh_values(session, live, one, now)
            if stored != value
        ]
        for start in range(0, len(cells), store.CHUNK):
            store.update_columns(session, table, [one.field.key], cells[start : start + store.CHUNK])
        return len(cells)
    ought = fresh.subquery()
    differs = column.is_distinct_from(ought.c.fresh)
    return _done(session, sa.update(table).values({column: ought.c.fresh}).where(table.c.id == ought.c.id, differs))


def _done(session: Session, update: sa.Update) -> int:
    done = session.execute(update, execution_options={"synchronize_session": False})
    return int(getattr(done, "rowcount", 0))


@dataclass
class _Remembering:
    """The history of what one statement changed in many records: found, told and written by statements, too."""

    session: Session
    live: Live
    form: str
    keys: Sequence[str]
    now: datetime
    via: str
    carries: bool = False
    table: Table = field(init=False)
    history: Table = field(init=False)

    def __post_init__(self) -> None:
        self.table, self.history = self.live.tables.current(self.form), self.live.tables.history(self.form)

    def run(self) -> int:
        """Write changes and lines; return how many records changed."""
        self._refresh_search()
        newest = self.session.scalar(self._changed(sa.func.max(self.history.c.valid_from)))
        if newest is None:
            return 0
        at, last = max(self.now, newest), self.session.scalar(sa.select(sa.func.max(Change.id))) or 0
        self._tell(at)
        told = (Change.app_key == self.live.key, Change.form == self.form, Change.id > last)
        ids = sa.select(Change.record_id).where(*told)
        in_force = (self.history.c.valid_to.is_(None), self.history.c.id.in_(ids))
        self.session.execute(sa.update(self.history).where(*in_force).values(valid_to=at))
        stamps: Mapping[str, Any] = {
            "valid_from": sa.literal(at, self.history.c.valid_from.type),
            "valid_to": sa.null(),
            "changed_by": sa.null(),
            "changed_via": sa.literal(self.via),
            "change_id": Change.id,
        }
        names = [column.name for column in self.history.c if column.name != HISTORY_ID]
        lines = sa.select(*(stamps.get(name, self.table.c.get(name)) for name in names)).join_from(
            self.table, Change, sa.and_(Change.record_id == self.table.c.id, *told)
        )
        aside = self._aside() if self.carries else []
        kept: list[sa.ColumnElement[Any]] = [sa.column(name).label(name) for name in aside]
        history = sa.table(self.history.name, *(sa.column(name) for name in (*names, *aside)))
        self.session.execute(sa.insert(history).from_select([*names, *aside], lines.add_columns(*kept)))
        return self.session.scalar(sa.select(sa.func.count(Change.id)).where(*told)) or 0

    def _aside(self) -> list[str]:
        """Return the columns of records and lines that are no field's any more."""
        found = sa.inspect(self.session.connection())
        there = [{str(one["name"]) for one in found.get_columns(table.name)} for table in (self.table, self.history)]
        return sorted(name for name in there[0] & there[1] if SET_ASIDE in name)

    def _changed(self, *columns: Any) -> sa.Select[Any]:
        """Select from records that differ from their line of history in force."""
        differs = [self.table.c[key].is_distinct_from(self.history.c[key]) for key in self.keys]
        joined = sa.and_(self.history.c.id == self.table.c.id, self.history.c.valid_to.is_(None))
        return sa.select(*columns).join_from(self.table, self.history, joined).where(sa.or_(*differs))

    def _tell(self, at: datetime) -> None:
        shape = self.live.app.shapes[self.form]
        kinds = {key: shape[key].kind for key in self.keys}
        dialect = self.session.get_bind().dialect.name
        values: dict[str, Any] = {
            "at": sa.literal(at, Change.__table__.c.at.type),
            "via": sa.literal(self.via),
            "app_key": sa.literal(self.live.key),
            "form": sa.literal(self.form),
            "record_id": self.table.c.id,
            "version": self.table.c.version,
            "verb": sa.literal("derive"),
            "diff": diff_of_columns(dialect, self.history.c, self.table.c, kinds),
            "release": sa.literal(self.live.number),
        }
        told = self._changed(*values.values()).order_by(self.table.c.id)
        self.session.execute(sa.insert(Change).from_select(list(values), told))

    def _refresh_search(self) -> None:
        """Texts that were computed anew are found by the search box, too: only these are read."""
        form = self.live.app.forms[self.form]
        if not {one.key for one in searchable(form)} & set(self.keys):
            return
        changed = self._changed(self.table.c.id)
        write_texts(self.session, self.table, form, self.table.c.id.in_(changed))
