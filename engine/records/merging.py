"""Two records that stand for the same thing become one: the survivor takes what belonged to the loser.

Everything happens in one transaction. The loser lies in the trash and points to the survivor; undoing brings it back
with everything that was taken from it and not changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.files.rows import StoredFile
from engine.people.users import User
from engine.records import store
from engine.records.belonging import delete_rows, restore_rows
from engine.records.conditions import meets_rights
from engine.records.events import Event
from engine.records.field_rights import check_stored
from engine.records.merge_rows import Merge
from engine.records.record import Record
from engine.records.repointing import give, move_files, move_references, move_talk, move_talk_back
from engine.records.unique import check_unique
from engine.records.verbs import (
    changed_draft,
    check_version,
    complete,
    finish,
    guarded,
    own_row,
    refuse_faults,
    reread,
)
from engine.records.writing import Draft, Writing, open_writing
from engine.releases.live import Live
from engine.rights import EDIT, may
from forms.errors import FormError
from rules.errors import N_, Fault


def choosable(live: Live, form: str, access: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of the fields of which either value may be taken: those that this person may write."""
    return tuple(
        field.key
        for field in live.form(form).fields
        if not field.is_derived and not field.type.assigned and access.get(field.key) == EDIT
    )


def merge(
    session: Session,
    live: Live,
    form: str,
    survivor: int,
    loser: int,
    take: Iterable[str],
    user: User,
    now: datetime,
    via: str = "form",
    versions: tuple[int | None, int | None] = (None, None),
) -> Record:
    """Merge one record into another, which takes the values of the fields in `take`; return the survivor.

    The person must be allowed to change the one and to delete the other. `versions` are those that were read.
    """
    if survivor == loser:
        raise FormError(Fault("merge.same", N_("A record cannot be merged with itself.")))
    writing, deleting, old, gone = _opened(session, live, form, survivor, loser, user, now, via)
    check_version(writing, old, versions[0], {})
    check_version(deleting, gone, versions[1], {})
    taken = _taken(writing, old, gone, take)
    into, from_ = f"merged into #{survivor}", f"merged from #{loser}"
    events, references = move_references(writing, loser, survivor, from_)
    moved: dict[str, Any] = {"references": references, **move_talk(session, live, form, loser, survivor, writing.now)}
    moved["own_files"] = move_files(session, live, form, list(taken), loser, survivor)
    gone = store.locked_rows(session, writing.table, [loser])[loser]  # it may have referred to itself
    old = store.locked_rows(session, writing.table, [survivor])[survivor]
    events += delete_rows(deleting, [loser], into)
    events += store.update_records(deleting, [Draft({**gone, "deleted_at": writing.now}, gone)], "delete", into)
    moved["taken"], written = _take_over(writing, old, taken, from_)
    finish(writing, [*events, *written])
    row = Merge(
        app_key=live.key,
        form=form,
        survivor_id=survivor,
        loser_id=loser,
        person_id=user.id,
        at=writing.now,
        moved=moved,
    )
    session.add(row)
    session.flush()
    return reread(writing, survivor)


def _opened(
    session: Session, live: Live, form: str, survivor: int, loser: int, user: User, now: datetime, via: str
) -> tuple[Writing, Writing, dict[str, Any], dict[str, Any]]:
    writing = open_writing(session, live, form, user, now, via, "update")
    if not may(user, "delete", live, form):
        raise Refused("delete", form)
    deleting = replace(writing, verb="delete")
    store.locked_rows(session, writing.table, [survivor, loser])  # in one order, whoever merges with whom
    return writing, deleting, own_row(writing, survivor), own_row(deleting, loser)


def _taken(
    writing: Writing, old: Mapping[str, object], gone: Mapping[str, object], take: Iterable[str]
) -> dict[str, object]:
    """Return the values that the survivor takes; what somebody may not see or write is never taken."""
    allowed = set(choosable(writing.live, writing.key, writing.access))
    return {key: gone[key] for key in take if key in allowed and gone[key] != old[key]}


def _take_over(
    writing: Writing, old: Mapping[str, object], taken: dict[str, object], note: str
) -> tuple[list[list[Any]], list[Event]]:
    if not taken:
        return [], []
    draft = changed_draft(writing, old, taken, ())
    check_stored(writing, [draft])
    complete(writing, [draft])
    refuse_faults(draft)
    if not meets_rights(writing, draft.env):
        raise Refused("update", writing.key)
    keys = sorted(taken)
    events = guarded(writing, lambda: store.update_records(writing, [draft], "merge", note))
    stored = store.line(draft.new, writing.now, writing.user, writing.via, None)
    return [[key, _plain(old[key]), _plain(stored[key])] for key in keys], events


def _plain(value: object) -> object:
    """Return a value as JSON keeps it, good enough to be compared."""
    return value if value is None or isinstance(value, bool | int | float | str | list) else str(value)


def unmerge(
    session: Session, live: Live, form: str, merge_id: int, user: User, now: datetime, via: str = "form"
) -> Record:
    """Undo a merge: the loser comes back with what was taken from it, as far as nobody changed that since."""
    row = session.get(Merge, merge_id, with_for_update=True)
    if row is None or (row.app_key, row.form) != (live.key, form) or row.undone_at is not None:
        raise NotFound("merge", merge_id)
    writing = open_writing(session, live, form, user, now, via, "update")
    if not may(user, "delete", live, form):
        raise Refused("delete", form)
    deleting, note = replace(writing, verb="delete"), f"merging #{row.loser_id} and #{row.survivor_id} was undone"
    old = own_row(writing, row.survivor_id)
    gone = own_row(deleting, row.loser_id, deleted=True)
    written = _give_back(writing, old, row.moved["taken"], note)
    back = Draft({**gone, "deleted_at": None}, gone)
    check_unique(deleting, [back])
    refuse_faults(back)
    events = [*written, *guarded(deleting, lambda: store.update_records(deleting, [back], "restore", note))]
    events += restore_rows(deleting, [row.loser_id], gone["deleted_at"], note)
    events += move_references(writing, row.survivor_id, row.loser_id, note, row.moved["references"])[0]
    move_talk_back(session, live, form, row.loser_id, row.survivor_id, row.moved)
    give(session, StoredFile, row.moved["own_files"], row.loser_id)
    row.undone_at = writing.now
    finish(writing, events)
    session.flush()
    return reread(writing, row.loser_id)


def _give_back(writing: Writing, old: Mapping[str, object], taken: list[list[Any]], note: str) -> list[Event]:
    """Put the survivor's own values back where those of the loser still stand."""
    past = _line_before(writing, old, taken)
    values = {key: past[key] for key, _, then in taken if _plain(old[key]) == then and key in past}
    if not values:
        return []
    draft = Draft({**old, **values}, old, dict(values))
    check_stored(writing, [draft])
    complete(writing, [draft])
    refuse_faults(draft)
    return guarded(writing, lambda: store.update_records(writing, [draft], "merge", note))


def _line_before(writing: Writing, old: Mapping[str, object], taken: list[list[Any]]) -> Mapping[str, Any]:
    """Return the last line of history that still held the survivor's own values."""
    history = writing.history
    lines = (
        sa.select(history).where(history.c.id == old["id"]).order_by(history.c.valid_from.desc(), history.c[0].desc())
    )
    for row in writing.session.execute(lines.limit(500)).mappings():
        if all(_plain(row[key]) == before for key, before, _ in taken):
            return dict(row)
    return {}


def merged_into(session: Session, live: Live, form: str, record_id: int) -> Merge | None:
    """Return the merge by which a record went, unless it was undone."""
    wanted = sa.select(Merge).where(
        Merge.app_key == live.key, Merge.form == form, Merge.loser_id == record_id, Merge.undone_at.is_(None)
    )
    return session.scalars(wanted.order_by(Merge.id.desc()).limit(1)).first()


def merges_of(session: Session, live: Live, form: str, survivor: int) -> list[Merge]:
    """Return what was merged into a record and can be undone, the latest first."""
    wanted = sa.select(Merge).where(
        Merge.app_key == live.key, Merge.form == form, Merge.survivor_id == survivor, Merge.undone_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Merge.id.desc()).limit(20)))
