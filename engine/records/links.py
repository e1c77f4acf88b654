"""References and people in records: they must exist, and the person who names them must be allowed to see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from engine.db import kept
from engine.people.rows import Person, RoleGrant
from engine.records.choosing import teams_of
from engine.records.store import chunks
from engine.records.writing import Draft, Writing
from engine.rights import may, row_condition, row_filter
from engine.sql.compile import Source
from forms.defs import FieldDef
from forms.text import folded
from rules.errors import N_, Fault
from rules.types import OF_PEOPLE, OF_RECORDS, ids_in


def check_links(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Note a fault for each reference or person that was newly entered and is not there, and take it back.

    This comes before anything is computed: no value of a record out of sight may show in what is worked out from it.
    Asking once is enough: what was typed does not change any more.
    """
    asked, drafts = drafts, [draft for draft in drafts if not draft.linked]
    for draft in asked:
        draft.linked = True
    for key in sorted({key for draft in drafts for key in draft.given}):
        field = writing.slot(key)
        if field is not None and field.type.lookup == "teams":
            _check_teams(writing, field, drafts)
        if field is None or field.type.kind not in OF_RECORDS | OF_PEOPLE:
            continue
        ids = sorted({id_ for draft in drafts for id_ in _entered(draft, key)})
        found = _records(writing, field, ids) if field.type.kind in OF_RECORDS else _people(writing, field, ids)
        for draft in drafts if set(ids) - found else ():
            if _entered(draft, key) - found:
                draft.faults.append(_missing(field))
                draft.new[key] = (draft.old or {}).get(key)


def _check_teams(writing: Writing, field: FieldDef, drafts: Sequence[Draft]) -> None:
    """Write teams as they are known; note a fault for one that is not."""
    named = [draft for draft in drafts if field.key in draft.changed and draft.given.get(field.key) is not None]
    known = {folded(team): team for team in teams_of(writing.session, writing.live)} if named else {}
    for draft in named:
        typed = str(draft.given[field.key])
        found = known.get(folded(typed))
        if found is None:
            template = N_("There is no team “{value}”.")
            draft.faults.append(Fault("field.unknown", template, {"value": typed[:40]}, field=field.key))
        draft.new[field.key] = found or (draft.old or {}).get(field.key)


def _entered(draft: Draft, key: str) -> set[int]:
    """Return the ids that were typed and did not stand in the record before: those may be out of sight, and stay."""
    was = draft.old.get(key) if draft.old is not None else None
    if draft.new.get(key) == was:
        return set()
    return ids_in(draft.given.get(key)) - ids_in(was)


def _missing(field: FieldDef) -> Fault:
    if field.type.kind in OF_PEOPLE:
        return Fault("field.unknown", N_("There is no such person to choose here."), field=field.key)
    return Fault("field.unknown", N_("There is no such record, or you may not see it."), field=field.key)


def _records(writing: Writing, field: FieldDef, ids: Sequence[int]) -> set[int]:
    if not ids or not may(writing.user, "read", writing.live, field.to):
        return set()
    live, session = writing.live, writing.session
    if len(ids) == 1 and None in row_condition(live, field.to, writing.user, "read"):
        return set(session.connection().execute(_alive(live.tables.current(field.to)), {"id": ids[0]}).scalars())
    dialect = session.get_bind().dialect.name
    source = Source(live.app, live.tables, field.to, dialect, writing.now, writing.user)
    allowed = row_filter(source, live, field.to, writing.user, "read")
    key = source.table.c.id
    return {id_ for part in chunks(ids) for id_ in session.scalars(source.select(key).where(key.in_(part), allowed))}


def _alive(table: sa.Table) -> sa.Select[Any]:
    """Return the statement that finds a record that is not deleted, made once per table."""
    made: sa.Select[Any] | None = table.info.get("alive")
    if made is None:
        one = sa.select(table.c.id).where(table.c.id == sa.bindparam("id"), table.c.deleted_at.is_(None))
        made = table.info["alive"] = kept(one)
    return made


def _people(writing: Writing, field: FieldDef, ids: Sequence[int]) -> set[int]:
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
    team = field.params.get("team")
    if isinstance(team, str) and team:
        yield Person.team == team
