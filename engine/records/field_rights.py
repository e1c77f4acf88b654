"""Field rights on drafts, where they depend on the record: asked of the record as it was, so that no value unlocks its own field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.records.input import read_only, unknown_field
from engine.records.sight import accesses
from engine.records.writing import Draft, Writing
from engine.rights import EDIT, HIDDEN, Access, grants_of


def check_stored(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Note a fault for each typed value whose field the stored record hides from the person or locks, and take it back."""
    _check(writing, [(draft, draft.old) for draft in drafts if draft.old is not None])


def check_new(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Do the same for new records, which are asked as they are typed."""
    _check(writing, [(draft, draft.new) for draft in drafts if draft.old is None])


def _check(writing: Writing, asked: Sequence[tuple[Draft, Mapping[str, object]]]) -> None:
    if grants_of(writing.live, writing.key, writing.user) is None:
        return
    rows = [row for _, row in asked]
    found = accesses(writing.session, writing.live, writing.key, rows, writing.user, writing.now)
    for (draft, _), access in zip(asked, found, strict=True):
        draft.access = access
        for key in sorted(draft.given):
            _check_value(writing, draft, key, access)


def _check_value(writing: Writing, draft: Draft, key: str, access: Access) -> None:
    level = access.get(key, HIDDEN)
    if level == EDIT or writing.brings(key):
        return
    was = draft.old.get(key) if draft.old is not None else _usual(writing, key)
    if level != HIDDEN and draft.given[key] == was:
        return
    if not any(fault.field == key for fault in draft.faults):
        draft.faults.append(unknown_field(key) if level == HIDDEN else read_only(key))
    draft.new[key] = was


def _usual(writing: Writing, key: str) -> object:
    field = writing.form.by_key.get(key)
    return field.default if field is not None else writing.user.id if key == "owner" else None
