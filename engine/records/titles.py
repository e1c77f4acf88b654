"""Titles of records, of several forms in one statement; and the records that a typed text may mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.rows import Person
from engine.people.users import User, names_of
from engine.records.read import source_of, today_too
from engine.records.record import Record
from engine.records.search import finds
from engine.records.search_all import few
from engine.records.store import CHUNK, chunks
from engine.releases.live import Live
from engine.rights import may, row_filter, visible
from engine.sql.dialects import forms_of
from rules.types import OF_PEOPLE, OF_RECORDS, ids_in

#: Where the names of people stand among titles, which are otherwise kept by form.
PEOPLE = ""


def titles(
    session: Session,
    live: Live,
    form: str,
    ids: Iterable[int],
    user: User,
    now: datetime,
    at: datetime | None = None,
) -> dict[int, str]:
    """Return id -> title for the records that this person may see; deleted and unseen ones are left out."""
    wanted = sorted(set(ids))
    if not wanted or not may(user, "read", live, form):
        return {}
    key = live.form(form).title
    field = live.form(form).by_key[key]
    hidden = key not in visible(live, form, user)
    found: dict[int, str] = {}
    for part in chunks(wanted):
        source = source_of(session, live, form, user, now, at)
        allowed = (row_filter(source, live, form, user, "read"), *today_too(source, live, form, user, now))
        statement = source.select(source.table.c.id, source.table.c[key]).where(source.table.c.id.in_(part), *allowed)
        for id_, value in session.execute(statement):
            found[id_] = f"#{id_}" if hidden or value is None else field.type.to_text(field, value)
    return found


def titles_of(
    session: Session,
    live: Live,
    wanted: Mapping[str, Iterable[int]],
    user: User,
    now: datetime,
    at: datetime | None = None,
) -> dict[str, dict[int, str]]:
    """Return form (or `PEOPLE`) -> id -> title as `titles` and `names_of` do, all of them by one statement."""
    ids = {form: sorted(set(some)) for form, some in wanted.items()}
    few = [form for form, some in ids.items() if 0 < len(some) <= CHUNK and _plain(live, form)]
    branches = [
        branch
        for number, form in enumerate(few)
        if (branch := _branch(session, live, form, ids[form], user, now, at, number)) is not None
    ]
    found: dict[str, dict[int, str]] = {form: {} for form in ids}
    rows: Iterable[Any] = session.execute(sa.union_all(*branches)) if branches else ()
    for number, id_, title in rows:
        found[few[number]][id_] = title or f"#{id_}"
    for form in ids.keys() - set(few):
        several = (
            names_of(session, ids[form]) if form == PEOPLE else titles(session, live, form, ids[form], user, now, at)
        )
        found[form] = several
    return found


def _plain(live: Live, form: str) -> bool:
    """Tell whether titles are texts as they are stored."""
    if form == PEOPLE:
        return True
    key = live.form(form).title
    return live.form(form).by_key[key].type.key == "text" and isinstance(live.tables.current(form).c[key].type, sa.Text)


def _branch(
    session: Session,
    live: Live,
    form: str,
    ids: Sequence[int],
    user: User,
    now: datetime,
    at: datetime | None,
    number: int,
) -> sa.SelectBase | None:
    part = sa.literal(number, sa.Integer).label("part")
    if form == PEOPLE:
        return sa.select(part, Person.id, Person.name).where(Person.id.in_(ids))
    if not may(user, "read", live, form):
        return None
    key, source = live.form(form).title, source_of(session, live, form, user, now, at)
    allowed = (row_filter(source, live, form, user, "read"), *today_too(source, live, form, user, now))
    title = source.table.c[key] if key in visible(live, form, user) else sa.cast(sa.null(), sa.Text)
    return source.select(part, source.table.c.id, title).where(source.table.c.id.in_(ids), *allowed)


def system_titles(session: Session, live: Live, form: str, ids: Iterable[int]) -> dict[int, str]:
    """Return id -> title of living records, asking nobody's rights: for texts that the system itself writes."""
    table, field = live.tables.current(form), live.form(form).by_key[live.form(form).title]
    found: dict[int, str] = {}
    for part in chunks(sorted(set(ids))):
        alive = sa.and_(table.c.id.in_(part), table.c.deleted_at.is_(None))
        rows = session.execute(sa.select(table.c.id, table.c[field.key]).where(alive))
        found |= {id_: field.type.to_text(field, value) or f"#{id_}" for id_, value in rows}
    return found


def titles_for(
    session: Session,
    live: Live,
    form: str,
    records: Sequence[Record],
    user: User,
    now: datetime,
    at: datetime | None = None,
    keys: Iterable[str] | None = None,
) -> Mapping[str, Mapping[int, str]]:
    """Return the titles that a page of records shows: form -> id -> title, and under `PEOPLE` id -> name.

    `keys` keeps it to the references that are shown.
    """
    wanted: dict[str, set[int]] = {}
    shown = None if keys is None else frozenset(keys)
    for key, type_ in live.app.shapes[form].items():
        if type_.kind not in OF_RECORDS | OF_PEOPLE or (shown is not None and key not in shown):
            continue
        ids = {id_ for record in records for id_ in ids_in(record.get(key))}
        if ids:
            wanted.setdefault(PEOPLE if type_.kind in OF_PEOPLE else type_.form, set()).update(ids)
    return titles_of(session, live, wanted, user, now, at)


def lookup(
    session: Session, live: Live, form: str, text: str, user: User, now: datetime, limit: int = 20
) -> list[tuple[int, str]]:
    """Return (id, title) of the records whose title holds every word of a text, by title; those that begin with it first."""
    form_def = live.form(form)
    seen = visible(live, form, user) & {form_def.title}
    if not seen or not may(user, "read", live, form):
        return []
    source = source_of(session, live, form, user, now)
    column = source.table.c[form_def.title]
    tests = [row_filter(source, live, form, user, "read")]
    order: list[sa.ColumnElement[object]] = [column, source.table.c.id]
    if text.strip():
        tests.append(finds(source.table.c.search_text, form_def, text, seen, source.dialect, how=few(live, form, user)))
        starts = forms_of(source.dialect).position(sa.cast(column, sa.Text), sa.literal(text.strip()))
        order.insert(0, sa.case((starts == 1, 0), else_=1))
    statement = source.select(source.table.c.id, column).where(*tests).order_by(*order).limit(limit)
    field = form_def.by_key[form_def.title]
    return [(row[0], field.type.to_text(field, row[1]) or f"#{row[0]}") for row in session.execute(statement)]
