"""References and people in records: they must exist, and the person who names them must be allowed to see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from engine.people.rows import Person, RoleGrant
from engine.records.store import chunks
from engine.records.writing import Draft, Writing
from engine.rights import may, row_filter
from engine.sql.compile import Source
from forms.defs import FieldDef
from rules.errors import N_, Fault
from rules.types import Kind


def check_links(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Note a fault for each reference or person that was newly entered and is not there, and take it back.

    This comes before anything is computed: no value of a record out of sight may show in what is worked out from it.
    """
    for key in sorted({key for draft in drafts for key in draft.given}):
        field = writing.slot(key)
        if field is None or field.type.kind not in (Kind.REFERENCE, Kind.PERSON):
            continue
        named = {draft.given[key] for draft in drafts if key in draft.changed} - {None}
        ids = [id_ for id_ in named if isinstance(id_, int)]
        found = _records(writing, field, ids) if field.type.kind is Kind.REFERENCE else _people(writing, field, ids)
        missing = named - found
        for draft in drafts if missing else ():
            if draft.given.get(key) in missing and key in draft.changed:
                draft.faults.append(_missing(field))
                draft.new[key] = (draft.old or {}).get(key)


def _missing(field: FieldDef) -> Fault:
    if field.type.kind is Kind.PERSON:
        return Fault("field.unknown", N_("There is no such person to choose here."), field=field.key)
    return Fault("field.unknown", N_("There is no such record, or you may not see it."), field=field.key)


def _records(writing: Writing, field: FieldDef, ids: Sequence[int]) -> set[object]:
    if not ids or not may(writing.user, "read", writing.live, field.to):
        return set()
    live, session = writing.live, writing.session
    dialect = session.get_bind().dialect.name
    source = Source(live.app, live.tables, field.to, dialect, writing.now, writing.user)
    allowed = row_filter(source, live, field.to, writing.user, "read")
    key = source.table.c.id
    return {id_ for part in chunks(ids) for id_ in session.scalars(source.select(key).where(key.in_(part), allowed))}


def _people(writing: Writing, field: FieldDef, ids: Sequence[int]) -> set[object]:
    conditions = list(_conditions(writing, field))
    return {
        id_
        for part in chunks(ids)
        for id_ in writing.session.scalars(sa.select(Person.id).where(Person.id.in_(part), *conditions))
    }


def _conditions(writing: Writing, field: FieldDef) -> Iterator[sa.ColumnElement[bool]]:
    if writing.imports:  # records of the past may belong to people who have left
        return
    yield Person.active.is_(sa.true())
    role = field.params.get("role")
    if isinstance(role, str) and role:
        yield Person.grants.any(sa.and_(RoleGrant.app_key == writing.live.key, RoleGrant.role == role))
