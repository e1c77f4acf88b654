"""Files and the record that is saved: checked before, taken in the very transaction that writes the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.files.rows import StoredFile
from engine.files.staging import MB, Place, fault_of
from forms.defs import FieldDef, FormDef
from forms.fields._files import token_of
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from engine.records.writing import Draft, Writing

#: Tokens named in one statement.
CHUNK = 500


def file_fields(form: FormDef) -> list[FieldDef]:
    """Return the fields of a form that hold files."""
    return [field for field in form.fields if field.type.keeps_files]


def tokens_in(value: object) -> list[str]:
    """Return the tokens in a stored value."""
    return [token_of(str(one)) for one in value] if isinstance(value, list | tuple) else []


def check_files(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Put the true names into the drafts, and note a fault for each file that may not hang there.

    A record takes files that its writer uploaded and nothing else has taken, and may take back what it once had.
    """
    fields = file_fields(writing.form)
    asked = [(draft, field) for draft in drafts for field in fields if _is_new(draft, field)]
    if not asked:
        return
    rows = locked_files(writing.session, {token for draft, field in asked for token in tokens_in(draft.new[field.key])})
    taken: set[str] = set()
    for draft, field in asked:
        value = draft.new[field.key]
        before = {token_of(str(one)): str(one) for one in (draft.old or {}).get(field.key) or ()}  # type: ignore[attr-defined]  # lists
        draft.new[field.key] = [
            before.get(token) or _named(writing, draft, field, rows.get(token), token, taken)
            for token in tokens_in(value)
        ] or None


def _is_new(draft: Draft, field: FieldDef) -> bool:
    value = draft.new.get(field.key)
    return bool(value) and value != (draft.old or {}).get(field.key)


def _named(writing: Writing, draft: Draft, field: FieldDef, row: StoredFile | None, token: str, taken: set[str]) -> str:
    """Return a file as it is stored, or note what is wrong with it."""
    if row is None or token in taken or not _may_take(writing, draft, field, row):
        template = N_("A file is not there (any more); add it again.")
        draft.faults.append(Fault("field.file", template, field=field.key))
        return f"{token}/file"
    taken.add(token)
    if row.bound_at is None and (fault := _too_large(writing, field, row) or fault_of(field, row)):
        draft.faults.append(fault)
    return f"{token}/{row.name}"


def _may_take(writing: Writing, draft: Draft, field: FieldDef, row: StoredFile) -> bool:
    if not row.sha256 or (row.app_key, row.form) != (writing.live.key, writing.key):
        return False
    if row.bound_at is not None:
        return bool(draft.id) and (row.record_id, row.field) == (draft.id, field.key)
    return row.staged_by == writing.user.id


def _too_large(writing: Writing, field: FieldDef, row: StoredFile) -> Fault | None:
    most = Place(writing.live, writing.key, field).most_bytes
    if row.size <= most:
        return None
    return field.type.fault(field, "too_large", N_("The file is larger than {limit} MB."), limit=f"{most / MB:g}")


def bind_files(writing: Writing, drafts: Sequence[Draft], at: datetime) -> None:
    """Let the records that were just written have their files, and note which ones they gave up."""
    fields = file_fields(writing.form)
    if not fields:
        return
    took = [one for draft in drafts for field in fields for one in _taken(draft, field)]
    gave = [token for draft in drafts for field in fields for token in _given(draft, field)]
    if took:
        statement = sa.update(StoredFile).where(StoredFile.token == sa.bindparam("the_token"))
        values: dict[str, Any] = {
            "record_id": sa.bindparam("the_record"),
            "field": sa.bindparam("the_field"),
            "removed_at": None,
        }
        writing.session.connection().execute(statement.values(**values, bound_at=at), took)
    for part in _parts(gave):
        writing.session.execute(sa.update(StoredFile).where(StoredFile.token.in_(part)).values(removed_at=at))


def _taken(draft: Draft, field: FieldDef) -> Iterator[Mapping[str, object]]:
    before = set(tokens_in((draft.old or {}).get(field.key)))
    for token in tokens_in(draft.new.get(field.key)):
        if token not in before:
            yield {"the_token": token, "the_record": draft.id, "the_field": field.key}


def _given(draft: Draft, field: FieldDef) -> list[str]:
    after = set(tokens_in(draft.new.get(field.key)))
    return [token for token in tokens_in((draft.old or {}).get(field.key)) if token not in after]


def locked_files(session: Session, tokens: Iterable[str]) -> dict[str, StoredFile]:
    """Return token -> file for files that nobody else can take until the transaction ends."""
    found: dict[str, StoredFile] = {}
    for part in _parts(sorted(set(tokens))):
        query = sa.select(StoredFile).where(StoredFile.token.in_(part)).order_by(StoredFile.id).with_for_update()
        rows = session.scalars(query, execution_options={"populate_existing": True})
        found |= {row.token: row for row in rows}
    return found


def files_named(session: Session, tokens: Iterable[str]) -> dict[str, StoredFile]:
    """Return token -> file, for showing."""
    found: dict[str, StoredFile] = {}
    for part in _parts(sorted(set(tokens))):
        found |= {row.token: row for row in session.scalars(sa.select(StoredFile).where(StoredFile.token.in_(part)))}
    return found


def _parts(tokens: Sequence[str]) -> Iterator[Sequence[str]]:
    return (tokens[start : start + CHUNK] for start in range(0, len(tokens), CHUNK))
