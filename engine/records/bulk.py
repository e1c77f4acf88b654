"""Many records at once, for imports: the same steps as one record by itself, each done for all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import Busy, Refused
from engine.people.users import User
from engine.pipeline import pass_gates_many
from engine.records import store
from engine.records.conditions import fill_defaults
from engine.records.derived import propagate
from engine.records.env import holds, reads_of, values_for_many
from engine.records.field_rights import check_stored
from engine.records.inserting import insert_records
from engine.records.limits import check_consequences
from engine.records.links import check_links
from engine.records.unique import BRANCHES
from engine.records.verbs import blank_draft, changed_draft, complete, finish, guarded
from engine.records.writing import Draft, Writing, open_writing
from engine.releases.live import Live
from engine.rights import may, row_condition, row_filter
from engine.sql.compile import Source
from rules.errors import N_, Fault, SteerwayError

#: Records written in one statement.
CHUNK = 1000

Key = tuple[object, ...]


@dataclass(slots=True)
class BulkRow:
    """What one record is to hold: stored values by key; `record` is the id of the one to change, None makes a new one."""

    values: Mapping[str, object]
    record: int | None = None
    #: Stage to be reached by a move, with its role, guard and required fields; a stage in `values` is taken as it stands.
    move_to: str | None = None
    #: The values were checked against their fields when they were read.
    checked: bool = False


def open_bulk(session: Session, live: Live, form: str, user: User, now: datetime, *, write: bool) -> Writing:
    """Begin an import; a dry run takes no lock. Refused when this person may not import here."""
    if write:
        return open_writing(session, live, form, user, now, "import", "import")
    if not may(user, "import", live, form):
        raise Refused("import", form)
    return Writing(session, live, live.form(form), user, now.replace(microsecond=0), "import", "import")


def find_many(writing: Writing, fields: Sequence[str], keys: Sequence[Key]) -> dict[Key, list[int]]:
    """Return key -> ids of the records with these values which the person may see."""
    live, form = writing.live, writing.key
    dialect = writing.session.get_bind().dialect.name
    source = Source(live.app, live.tables, form, dialect, writing.now, writing.user)
    allowed = row_filter(source, live, form, writing.user, "read")
    columns = [source.table.c[name] for name in fields]
    found: dict[Key, list[int]] = {}
    for condition in _any_of(columns, list(dict.fromkeys(keys))):
        statement = source.select(source.table.c.id, *columns).where(condition, allowed)
        for id_, *values in writing.session.execute(statement):
            found.setdefault(tuple(values), []).append(id_)
    return found


def _any_of(columns: Sequence[sa.ColumnElement[Any]], keys: Sequence[Key]) -> Iterator[sa.ColumnElement[bool]]:
    if len(columns) == 1:
        for part in range(0, len(keys), CHUNK):
            yield columns[0].in_([key[0] for key in keys[part : part + CHUNK]])
        return
    for part in range(0, len(keys), BRANCHES):
        yield sa.or_(*(_all_equal(columns, key) for key in keys[part : part + BRANCHES]))


def _all_equal(columns: Sequence[sa.ColumnElement[Any]], key: Key) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(columns, key, strict=True)))


def prepare_many(writing: Writing, rows: Sequence[BulkRow]) -> list[Draft]:
    """Return a checked draft of each row, in order, with every fault noted on it; nothing is written.

    1. Read the records to change. 2. Fill defaults. 3. Check fields, rules, references and uniqueness. 4. Check rights.
    """
    olds = store.locked_rows(writing.session, writing.table, [row.record for row in rows if row.record is not None])
    drafts = [_draft(writing, row, olds) for row in rows]
    check_stored(writing, drafts)
    new = [draft for draft in drafts if draft.old is None]
    if any(field.default_expression is not None for field in writing.form.fields) or any(row.move_to for row in rows):
        check_links(writing, new)  # a default, or the guard of a move, may read what is behind a reference
    fill_defaults(writing, new)
    moved = _moved(writing, rows, drafts)
    active = [draft for draft in drafts if draft.old is None or draft.changed]
    complete(writing, active)
    _check_rights(writing, new, "create")
    kept = {id(draft) for draft in moved}
    _check_rights(writing, [draft for draft in active if draft.old is not None and id(draft) not in kept], "update")
    _check_rights(writing, moved, "move")
    return drafts


def _draft(writing: Writing, row: BulkRow, olds: Mapping[int, Mapping[str, object]]) -> Draft:
    given = dict(row.values)
    draft = (
        blank_draft(writing, given, ()) if row.record is None else changed_draft(writing, olds[row.record], given, ())
    )
    if row.checked:
        draft.checked = frozenset(row.values)
    return draft


def _moved(writing: Writing, rows: Sequence[BulkRow], drafts: Sequence[Draft]) -> list[Draft]:
    """Move the drafts that are to be moved, or note why they cannot; return those that moved."""
    going: dict[str, list[Draft]] = {}
    for row, draft in zip(rows, drafts, strict=True):
        if row.move_to is not None and row.move_to != draft.new["stage"]:
            going.setdefault(row.move_to, []).append(draft)
    moved = []
    for to, some in going.items():
        before = [len(draft.faults) for draft in some]
        pass_gates_many(writing, some, to)
        for draft, count in zip(some, before, strict=True):
            new = draft.faults[count:]
            draft.faults[count:] = [replace(fault, field=fault.field or "stage") for fault in new]
            moved += [] if new else [draft]
    return moved


def _check_rights(writing: Writing, drafts: Sequence[Draft], verb: str) -> None:
    """Note a fault where the person may not import, or not do this.

    A record to change is asked as it was and, but for moves, as it will be: nobody takes a record out of their own
    reach, while a move may hand it on.
    """
    asked = [(draft, row) for draft in drafts for row in _rows_to_ask(draft, verb)]
    for right in ("import", verb):
        allowed = _within(writing, [row for _, row in asked], right)
        for (draft, _), good in zip(asked, allowed, strict=True):
            if not good and not any(fault.code == "refused" for fault in draft.faults):
                facts = {"verb": verb, "what": writing.key}
                draft.faults.append(Fault("refused", N_("You may not {verb} {what} with these values."), facts))


def _rows_to_ask(draft: Draft, verb: str) -> list[Mapping[str, object]]:
    if draft.old is None:
        return [draft.new]
    return [draft.old] if verb == "move" else [draft.old, draft.new]


def _within(writing: Writing, rows: Sequence[Mapping[str, object]], verb: str) -> list[bool]:
    conditions = row_condition(writing.live, writing.key, writing.user, verb)
    if None in conditions or not conditions:
        return [bool(conditions)] * len(rows)
    reads = reads_of(*conditions)
    envs = values_for_many(writing.session, writing.live, writing.key, rows, reads, writing.user, writing.now)
    return [any(one is not None and holds(one, env) for one in conditions) for env in envs]


def write_many(writing: Writing, drafts: Sequence[Draft], note: str = "", *, alerts: bool = True) -> list[int]:
    """Write drafts without faults: records, history, one change each, then derived fields and alerts; return the ids.

    Without `alerts` the rules are left to the caller, who has more forms to fill before any of them can be judged.
    """
    new = [draft for draft in drafts if draft.old is None]
    changed = [draft for draft in drafts if draft.old is not None]
    events = [
        *(guarded(writing, lambda: insert_records(writing, new, note)) if new else ()),
        *(
            event
            for part in _parts(changed)
            for event in guarded(writing, lambda part=part: store.update_records(writing, part, "update", note))
        ),
    ]
    if alerts:
        finish(writing, events)
    else:
        ledger = propagate(writing.session, writing.live, events, writing.now)
        check_consequences(writing, ledger, events)
    return [draft.id for draft in drafts]


def halved(writing: Writing, drafts: Sequence[Draft], act: Callable[[Sequence[Draft]], object]) -> None:
    """Do it for all at once; if that is refused, for either half: what is wrong with one record stops no other."""
    if not drafts:
        return
    before = [draft.new for draft in drafts]
    for draft in drafts:
        draft.new = dict(draft.new)
    try:
        with writing.session.begin_nested():
            act(drafts)
    except Busy:
        raise
    except SteerwayError as error:
        for draft, values in zip(drafts, before, strict=True):
            draft.new = values
        if len(drafts) == 1:
            drafts[0].faults.extend(error.faults)
            return
        middle = len(drafts) // 2
        halved(writing, drafts[:middle], act)
        halved(writing, drafts[middle:], act)


def _parts(drafts: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    return (drafts[start : start + CHUNK] for start in range(0, len(drafts), CHUNK))
