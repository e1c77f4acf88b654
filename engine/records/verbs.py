"""Create, update, delete and restore a record: the one way in for screens, API, imports and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused, StaleWrite
from engine.files.binding import check_files
from engine.people.users import User
from engine.records import store
from engine.records.belonging import delete_rows, restore_rows
from engine.records.conditions import fill_defaults, meets_rights, settle
from engine.records.derived import propagate, tell_alerts
from engine.records.env import holds, reads_of, values_for
from engine.records.events import Event, Ledger
from engine.records.field_rights import check_stored
from engine.records.input import read_inputs, read_only_faults
from engine.records.inserting import insert_records
from engine.records.limits import check_consequences, check_limits
from engine.records.links import check_links
from engine.records.read import seen_by
from engine.records.record import Record
from engine.records.stored import as_stored
from engine.records.unique import check_unique, taken_fault, unique_groups
from engine.records.writing import Draft, Writing, open_writing
from engine.releases.live import Live
from engine.rights import row_condition
from forms.errors import FormError
from rules.errors import N_, Fault

Input = Mapping[str, object]


def create(
    session: Session,
    live: Live,
    form: str,
    values: Input,
    user: User,
    now: datetime,
    via: str = "form",
    note: str = "",
) -> Record:
    """Store a new record and return it; FormError with every fault, Refused when this person may not.

    1. Read what was typed. 2. Fill defaults. 3. Check. 4. Write record, history, change. 5. Bring derived fields
    up to date. 6. Evaluate alert rules.
    """
    writing, draft, events = write_new(session, live, form, values, user, now, via, note)
    return outcome(writing, draft, finish(writing, events))


Written = tuple[Writing, Draft, list[Event]]


def write_new(
    session: Session, live: Live, form: str, values: Input, user: User, now: datetime, via: str, note: str
) -> Written:
    """Write a new record; what follows from it is left to whoever writes more in the same act."""
    writing = open_writing(session, live, form, user, now, via, "import" if via == "import" else "create")
    [(given, faults)] = read_inputs(writing, [values])
    draft = new_draft(writing, given, faults)
    complete(writing, [draft])
    refuse_faults(draft)
    if not meets_rights(writing, draft.env):
        raise Refused("create", form)
    return writing, draft, guarded(writing, lambda: insert_records(writing, [draft], note))


def update(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    values: Input,
    user: User,
    now: datetime,
    via: str = "form",
    version: int | None = None,
    note: str = "",
) -> Record:
    """Change fields of a record and return it; fields that are not named stay as they are.

    `version` is the one that was read: another one now means StaleWrite, and nothing is overwritten. The person must
    be allowed to update the record as it was and as it will be: nobody can move a record out of their own reach.
    """
    writing, draft, events = write_change(session, live, form, record_id, values, user, now, via, version, note)
    if not events:
        return seen_by(session, live, form, draft.old or {}, user, now)
    return outcome(writing, draft, finish(writing, events))


def write_change(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    values: Input,
    user: User,
    now: datetime,
    via: str,
    version: int | None,
    note: str,
) -> Written:
    """Write a changed record, if it changed; what follows from it is left to whoever writes more in the same act."""
    writing = open_writing(session, live, form, user, now, via, "import" if via == "import" else "update")
    old = own_row(writing, record_id)
    [(given, faults)] = read_inputs(writing, [values])
    check_version(writing, old, version, given)
    draft = changed_draft(writing, old, given, faults)
    check_stored(writing, [draft])
    complete(writing, [draft])
    refuse_faults(draft)
    if not draft.changed:
        return writing, draft, []
    if not meets_rights(writing, draft.env):
        raise Refused("update", form)
    return writing, draft, guarded(writing, lambda: store.update_records(writing, [draft], "update", note))


def delete(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    user: User,
    now: datetime,
    via: str = "form",
    version: int | None = None,
    note: str = "",
) -> Record:
    """Take a record out of every list and figure; it can be restored."""
    writing = open_writing(session, live, form, user, now, via, "delete")
    old = own_row(writing, record_id)
    check_version(writing, old, version, {})
    draft = Draft({**old, "deleted_at": writing.now}, old)
    check_limits(writing, [draft])
    refuse_faults(draft)
    rows = delete_rows(writing, [record_id], note)
    finish(writing, [*rows, *store.update_records(writing, [draft], "delete", note)])
    return seen_by(session, live, form, draft.new, user, now)


def restore(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    user: User,
    now: datetime,
    via: str = "form",
    note: str = "",
) -> Record:
    """Bring a deleted record back; whoever may delete may restore. FormError when a unique value is taken now."""
    writing = open_writing(session, live, form, user, now, via, "delete")
    old = own_row(writing, record_id, deleted=True)
    draft = Draft({**old, "deleted_at": None, **stage_of(writing, old)}, old)
    check_unique(writing, [draft])
    check_limits(writing, [draft])
    refuse_faults(draft)
    events = guarded(writing, lambda: store.update_records(writing, [draft], "restore", note))
    finish(writing, [*events, *restore_rows(writing, [record_id], old["deleted_at"], note)])
    return reread(writing, record_id)


def stage_of(writing: Writing, row: Mapping[str, object]) -> dict[str, object]:
    """Return the initial stage for a record whose stage was removed while it was deleted."""
    pipeline = writing.live.pipeline(writing.key)
    if pipeline is None or pipeline.stage(str(row["stage"])) is not None:
        return {}
    return {"stage": pipeline.initial, "stage_entered_at": writing.now}


# -- the steps, shared with imports and moves ------------------------------------------------------------------------


def new_draft(writing: Writing, given: dict[str, object], faults: Sequence[Fault]) -> Draft:
    """Return the draft of a new record with its defaults."""
    draft = blank_draft(writing, given, faults)
    check_links(writing, [draft])  # a default may read what is behind a reference
    fill_defaults(writing, [draft])
    return draft


def blank_draft(writing: Writing, given: dict[str, object], faults: Sequence[Fault]) -> Draft:
    """Return the draft of a new record without defaults: owned by whoever creates it, in the first stage."""
    birth = writing.birth
    kept = {key: value for key, value in given.items() if value is not None or birth.get(key) is None}
    draft = Draft({**birth, **kept, **writing.fixed}, None, dict(given), list(faults))
    draft.faults.extend(read_only_faults(writing, kept, writing.usual))
    return draft


def changed_draft(
    writing: Writing, old: Mapping[str, object], given: dict[str, object], faults: Sequence[Fault]
) -> Draft:
    """Return the draft of a record with what was typed over it."""
    changes = dict(given)
    if writing.imports and given.get("stage") not in (None, old["stage"]) and "stage_entered_at" not in given:
        changes["stage_entered_at"] = writing.now
    for key in ("stage", "stage_entered_at", "created_at"):
        if key in changes and changes[key] is None:
            del changes[key]
    draft = Draft({**old, **changes}, old, dict(given), list(faults))
    draft.faults.extend(read_only_faults(writing, given, old))
    return draft


def complete(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Check drafts against everything but rights; every fault is noted on its draft."""
    check_links(writing, drafts)
    check_files(writing, drafts)
    settle(writing, drafts)
    check_unique(writing, drafts)
    check_limits(writing, drafts)


def refuse_faults(draft: Draft) -> None:
    """Raise what was noted on a draft."""
    if draft.faults:
        raise FormError(*draft.faults)


def own_row(writing: Writing, record_id: int, *, deleted: bool = False) -> dict[str, Any]:
    """Return the row to change, locked, if the person may see it and do this to it; NotFound or Refused."""
    row = (
        store.locked_rows(writing.session, writing.table, [record_id]).get(record_id) if 0 < record_id < 2**63 else None
    )
    if row is None or (row["deleted_at"] is not None) is not deleted:
        raise NotFound(writing.key, record_id)
    if not meets(writing, row, "read"):
        raise NotFound(writing.key, record_id)
    if not meets(writing, row, writing.verb):
        raise Refused(writing.verb, writing.key)
    return row


def meets(writing: Writing, row: Mapping[str, object], verb: str) -> bool:
    """Tell whether the person may do this to a record with these values."""
    conditions = row_condition(writing.live, writing.key, writing.user, verb)
    if None in conditions or not conditions:
        return bool(conditions)
    reads = reads_of(*conditions)
    env = values_for(writing.session, writing.live, writing.key, row, reads, writing.user, writing.now)
    return any(one is not None and holds(one, env) for one in conditions)


def check_version(
    writing: Writing, old: Mapping[str, object], version: int | None, given: Mapping[str, object]
) -> None:
    """Raise StaleWrite when somebody else was faster."""
    if version is not None and old["version"] != version:
        theirs = seen_by(writing.session, writing.live, writing.key, old, writing.user, writing.now)
        raise StaleWrite(writing.key, theirs.id, theirs, given)


def guarded(writing: Writing, write: Any) -> list[Event]:
    """Write; a unique value that another process took this very moment is the same fault as any taken value."""
    if writing.session.get_bind().dialect.name == "sqlite" or not unique_groups(writing.form):
        events: list[Event] = write()
        return events
    try:
        with writing.session.begin_nested():
            events = write()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
        raise FormError(_raced(writing, name)) from error
    return events


def _raced(writing: Writing, index: str) -> Fault:
    from engine.releases.indexes import index_name

    for group in unique_groups(writing.form):
        if index_name(writing.table.name, group, unique=True) == index:
            return taken_fault(writing, group)
    return Fault("field.taken", N_("Another record already has this value."))


def finish(writing: Writing, events: Sequence[Event]) -> Ledger:
    """Do what follows from the events, in the same transaction: derived fields, then alert rules."""
    ledger = propagate(writing.session, writing.live, events, writing.now)
    check_consequences(writing, ledger, events)
    tell_alerts(writing.session, writing.live, ledger, writing.now)
    return ledger


def outcome(writing: Writing, draft: Draft, ledger: Ledger) -> Record:
    """Return the record as it is stored now; read again only if something that followed changed it once more."""
    event = ledger.by_form[writing.key][draft.id]
    if event.after is not draft.new:
        return reread(writing, draft.id)
    row = as_stored(writing.table, draft.new)
    return seen_by(writing.session, writing.live, writing.key, row, writing.user, writing.now)


def reread(writing: Writing, record_id: int) -> Record:
    """Return the record as it is stored now, as far as this person may see its fields."""
    row = store.locked_rows(writing.session, writing.table, [record_id])[record_id]
    return seen_by(writing.session, writing.live, writing.key, row, writing.user, writing.now)
