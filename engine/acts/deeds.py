"""One chunk of a deed to many records: each step is done for all of them together, and each record is judged by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.files.binding import check_files
from engine.people import User
from engine.pipeline import pass_gates_many
from engine.records import store
from engine.records.belonging import delete_rows, restore_rows
from engine.records.bulk import halved
from engine.records.conditions import settle
from engine.records.events import Event
from engine.records.field_rights import check_stored
from engine.records.input import read_inputs
from engine.records.limits import check_limits
from engine.records.links import check_links
from engine.records.reach import within_reach
from engine.records.unique import check_unique
from engine.records.verbs import changed_draft, complete, finish, guarded
from engine.records.verbs import stage_of as stage_or_first
from engine.records.writing import Draft, Writing, open_writing
from engine.releases.live import Live
from rules.errors import N_, Fault

#: How these records come to be changed.
VIA = "bulk"
DONE, UNCHANGED, REFUSED = "done", "unchanged", "refused"
GONE = N_("This record is not there any more, or you may not see it.")
BARRED = N_("You may not {verb} this record.")


@dataclass
class Outcome:
    """What became of one record; `row` and `mark` are those of a sheet."""

    record: int | None
    verdict: str
    version: int | None = None
    faults: Sequence[Fault] = field(default_factory=tuple)
    row: int | None = None
    mark: str | None = None
    said: str | None = None


@dataclass(frozen=True)
class Deed:
    """What is done, by whom and when."""

    session: Session
    live: Live
    form: str
    user: User
    now: datetime
    via: str = VIA

    def writing(self, verb: str) -> Writing:
        """Begin to write under a right."""
        return open_writing(self.session, self.live, self.form, self.user, self.now, self.via, verb)


def edit(deed: Deed, ids: Sequence[int], values: Mapping[str, object]) -> list[Outcome]:
    """Give fields of these records the same values."""
    writing = deed.writing("update")
    rows, refused = reachable(writing, ids)
    [(given, faults)] = read_inputs(writing, [values])
    drafts = [changed_draft(writing, row, dict(given), faults) for row in rows.values()]
    check_stored(writing, drafts)
    active = [draft for draft in drafts if draft.changed or draft.faults]
    complete(writing, active)
    for draft, good in zip(active, within_reach(writing, [one.new for one in active], "update"), strict=True):
        if not good:
            draft.faults.append(barred("update"))
    return [*refused, *write(writing, drafts, "update")]


def move(deed: Deed, ids: Sequence[int], to: str, values: Mapping[str, object]) -> list[Outcome]:
    """Move these records by a transition or to a stage; the gates are asked for each of them."""
    writing = deed.writing("move")
    rows, refused = reachable(writing, ids)
    [(given, faults)] = read_inputs(writing, [values])
    drafts = [changed_draft(writing, row, dict(given), faults) for row in rows.values()]
    check_stored(writing, drafts)
    check_links(writing, drafts)
    check_files(writing, drafts)
    pass_gates_many(writing, [draft for draft in drafts if not draft.faults], to)
    passed = [draft for draft in drafts if not draft.faults]
    settle(writing, passed)
    check_unique(writing, passed)
    check_limits(writing, passed)
    return [*refused, *write(writing, drafts, "move")]


def delete(deed: Deed, ids: Sequence[int], right: str = "delete") -> list[Outcome]:
    """Delete these records, with the rows of their sub-tables."""
    writing = deed.writing(right)
    rows, refused = reachable(writing, ids)
    drafts = [Draft({**row, "deleted_at": writing.now}, row) for row in rows.values()]
    check_limits(writing, drafts)
    return [*refused, *write(writing, drafts, "delete")]


def restore(deed: Deed, ids: Sequence[int]) -> list[Outcome]:
    """Bring these records back."""
    writing = deed.writing("delete")
    rows, refused = reachable(writing, ids, deleted=True)
    drafts = [Draft({**row, "deleted_at": None, **stage_or_first(writing, row)}, row) for row in rows.values()]
    check_unique(writing, drafts)
    check_limits(writing, drafts)
    return [*refused, *write(writing, drafts, "restore")]


# -- the steps -----------------------------------------------------------------------------------------------------------


def reachable(
    writing: Writing, ids: Sequence[int], *, deleted: bool = False
) -> tuple[dict[int, dict[str, Any]], list[Outcome]]:
    """Return the rows to change, locked, and what is said of those that this person may not see or not change."""
    found = store.locked_rows(writing.session, writing.table, ids)
    there = {id_: row for id_, row in found.items() if (row["deleted_at"] is not None) is deleted}
    seen = _within(writing, there, "read")
    allowed = _within(writing, seen, writing.verb)
    refused = [
        Outcome(id_, REFUSED, faults=(barred(writing.verb) if id_ in seen else Fault("gone", GONE),))
        for id_ in ids
        if id_ not in allowed
    ]
    return allowed, refused


def _within(writing: Writing, rows: Mapping[int, dict[str, Any]], verb: str) -> dict[int, dict[str, Any]]:
    good = within_reach(writing, list(rows.values()), verb)
    return {id_: row for (id_, row), one in zip(rows.items(), good, strict=True) if one}


def barred(verb: str) -> Fault:
    """Return what is said of a record that may be seen but not changed like this."""
    return Fault("refused", BARRED, {"verb": verb})


def write(writing: Writing, drafts: Sequence[Draft], verb: str) -> list[Outcome]:
    """Write the drafts that are good; of those that fail together the guilty ones are found by halving."""
    good = [draft for draft in drafts if not draft.faults and (draft.old is None or draft.changed)]
    halved(writing, good, lambda part: _write(writing, part, verb))
    written = {id(draft) for draft in good}
    return [_outcome(draft, written=id(draft) in written) for draft in drafts]


def _outcome(draft: Draft, *, written: bool) -> Outcome:
    if draft.faults:
        return Outcome(draft.id, REFUSED, faults=tuple(draft.faults))
    if not written:
        return Outcome(draft.id, UNCHANGED)
    version = draft.new["version"]
    assert isinstance(version, int)
    return Outcome(draft.id, DONE, version)


def _write(writing: Writing, drafts: Sequence[Draft], verb: str) -> None:
    ids = [draft.id for draft in drafts]
    events: list[Event] = delete_rows(writing, ids) if verb == "delete" else []
    events += guarded(writing, lambda: store.update_records(writing, drafts, verb))
    if verb == "restore":
        events += _rows_back(writing, drafts)
    finish(writing, events)


def _rows_back(writing: Writing, drafts: Sequence[Draft]) -> list[Event]:
    """Bring back the rows of sub-tables, for all that were deleted at one moment together."""
    by_moment: dict[datetime, list[int]] = {}
    for draft in drafts:
        assert draft.old is not None
        at = draft.old["deleted_at"]
        assert isinstance(at, datetime)
        by_moment.setdefault(at, []).append(draft.id)
    return [event for at, ids in by_moment.items() for event in restore_rows(writing, ids, at)]
