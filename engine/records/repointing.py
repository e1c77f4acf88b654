"""What belongs to one record is given to another: references, rows of tables, comments, files and followers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.ledger import insert_new
from engine.files.binding import file_fields
from engine.files.rows import StoredFile
from engine.records import store
from engine.records.events import Event
from engine.records.unique import check_unique
from engine.records.writing import Draft, Writing
from engine.releases.live import Live
from engine.sql.dialects import forms_of
from engine.sql.literals import literal
from engine.talk.followers import RECORD, record_thing
from engine.talk.rows import Comment, Follower
from forms.defs import FieldDef
from forms.errors import FormError
from rules.types import ITEM_OF, Kind

#: [form, field key, ids of the records] whose reference was given to another record.
Moved = list[tuple[str, str, list[int]]]


def references_to(live: Live, form: str) -> Iterator[tuple[str, FieldDef]]:
    """Return (form, field) of every typed reference to a form."""
    for key, one in live.app.forms.items():
        for field in one.fields:
            if field.type.kind in (Kind.REFERENCE, Kind.REFERENCES) and field.to == form and not field.is_derived:
                yield key, field


def move_references(
    writing: Writing, old: int, new: int, note: str, only: Sequence[tuple[str, str, Sequence[int]]] | None = None
) -> tuple[list[Event], Moved]:
    """Let every reference to one record lead to another; FormError where that breaks what must be unique.

    `only` keeps it to the records that an earlier move changed.
    """
    events: list[Event] = []
    moved: Moved = []
    wanted = {(form, key): ids for form, key, ids in only} if only is not None else None
    for form, field in references_to(writing.live, writing.key):
        if wanted is not None and (form, field.key) not in wanted:
            continue
        inner = replace(writing, form=writing.live.form(form), fixed={}, around={})
        ids = _referring(inner, field, old, None if wanted is None else wanted[form, field.key])
        if not ids:
            continue
        drafts = [
            Draft({**row, field.key: _swapped(field, row[field.key], old, new)}, row)
            for row in store.locked_rows(inner.session, inner.table, ids).values()
        ]
        check_unique(inner, [draft for draft in drafts if draft.new["deleted_at"] is None])
        if faults := [fault for draft in drafts for fault in draft.faults]:
            raise FormError(*faults)
        for part in store.chunks(range(len(drafts))):
            events += store.update_records(inner, [drafts[place] for place in part], "merge", note)
        moved.append((form, field.key, ids))
    return events, moved


def _referring(inner: Writing, field: FieldDef, record: int, only: Sequence[int] | None) -> list[int]:
    column = inner.table.c[field.key]
    if field.type.kind is Kind.REFERENCES:
        forms = forms_of(inner.session.get_bind().dialect.name)
        test = forms.list_has(column, literal(record, ITEM_OF[Kind.REFERENCES]))
    else:
        test = column == record
    found = sa.select(inner.table.c.id).where(test).order_by(inner.table.c.id)
    wanted = None if only is None else set(only)
    return [id_ for id_ in inner.session.scalars(found) if wanted is None or id_ in wanted]


def _swapped(field: FieldDef, value: Any, old: int, new: int) -> object:
    if field.type.kind is Kind.REFERENCE:
        return new
    return list(dict.fromkeys(new if one == old else one for one in value))


def move_talk(session: Session, live: Live, form: str, old: int, new: int, now: datetime) -> dict[str, list[int]]:
    """Give comments with their files, and followers, to another record."""
    comments = list(session.scalars(sa.select(Comment.id).where(*_those(Comment, live, form, old))))
    give(session, Comment, comments, new)
    attached = sa.select(StoredFile.id).where(*_those(StoredFile, live, form, old), StoredFile.comment_id.is_not(None))
    files = list(session.scalars(attached))
    give(session, StoredFile, files, new)
    thing = sa.and_(Follower.app_key == live.key, Follower.kind == RECORD, Follower.thing == record_thing(form, old))
    people = list(session.scalars(sa.select(Follower.person_id).where(thing)))
    base = {"app_key": live.key, "kind": RECORD, "thing": record_thing(form, new), "since": now}
    there = sa.select(Follower.person_id).where(
        Follower.app_key == live.key, Follower.kind == RECORD, Follower.thing == record_thing(form, new)
    )
    come = sorted(set(people) - set(session.scalars(there)))
    if come:
        insert_new(session, Follower, [base | {"person_id": person} for person in come])
    return {"comments": comments, "files": files, "followers": come}


def move_talk_back(session: Session, live: Live, form: str, old: int, new: int, moved: dict[str, list[int]]) -> None:
    """Give back what `move_talk` gave; what was said since stays."""
    give(session, Comment, moved["comments"], old)
    give(session, StoredFile, moved["files"], old)
    thing = (Follower.app_key == live.key, Follower.kind == RECORD, Follower.thing == record_thing(form, new))
    session.execute(sa.delete(Follower).where(*thing, Follower.person_id.in_(moved["followers"])))


def move_files(session: Session, live: Live, form: str, keys: Sequence[str], old: int, new: int) -> list[int]:
    """Give the files in some fields to another record, before it is written with them."""
    mine = [field.key for field in file_fields(live.form(form)) if field.key in keys]
    held = (*_those(StoredFile, live, form, old), StoredFile.field.in_(mine), StoredFile.comment_id.is_(None))
    ids = list(session.scalars(sa.select(StoredFile.id).where(*held))) if mine else []
    give(session, StoredFile, ids, new)
    return ids


def give(session: Session, row: Any, ids: Sequence[int], record: int) -> None:
    for part in store.chunks(ids):
        session.execute(sa.update(row).where(row.id.in_(part)).values(record_id=record))


def _those(row: Any, live: Live, form: str, record: int) -> tuple[sa.ColumnElement[bool], ...]:
    return row.app_key == live.key, row.form == form, row.record_id == record
