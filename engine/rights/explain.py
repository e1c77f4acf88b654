"""What a person may see and do with a record, and which entry of the config says so: the real decisions, with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.people.users import User, everybody, user_of
from engine.records.env import holds, reads_of, values_for
from engine.records.sight import accesses
from engine.records.store import unlocked_row
from engine.records.verbs import meets
from engine.records.writing import Writing
from engine.releases.live import Live
from engine.rights.fields import EDIT, HIDDEN, Access, field_access, strictest
from engine.rights.rows import OPEN_VERBS, VERBS, entries_of, may
from forms.defs import FormDef, PermissionDef
from rules.explain import Explanation, clauses_of, explain

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Why an answer is as it is.
ADMIN, OPEN, CLOSED, NO_ROLE, ENTRY, CONDITION, NO_ENTRY, DERIVED, SYSTEM_NAME, UNREADABLE = (
    "admin", "open", "closed", "no_role", "entry", "condition", "no_entry", "derived", "system_name", "unreadable",
)  # fmt: skip
#: People asked at once who may see a record.
MOST_PEOPLE = 300


@dataclass(frozen=True)
class Entry:
    """One entry of the permissions that speaks of this person: `number` is its place in the form's file, from 0."""

    number: int
    permission: PermissionDef
    #: Roles of the person that it names.
    roles: tuple[str, ...]
    #: Whether it holds for the record; None when no record was asked about.
    holds: bool | None
    #: Its condition, clause by clause, with the record's values.
    clauses: tuple[Explanation, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, why, and the entries (by number) that decided it."""

    name: str
    allowed: bool
    reason: str
    entries: tuple[int, ...] = ()


@dataclass(frozen=True)
class FieldVerdict:
    """Hidden, read or edit, why, and the entries (by number) that decided it."""

    name: str
    level: str
    reason: str
    entries: tuple[int, ...] = ()


@dataclass(frozen=True)
class Findings:
    """All that the rights say about one person and a form, or one of its records."""

    person: User
    entries: tuple[Entry, ...]
    verbs: tuple[Verdict, ...]
    fields: tuple[FieldVerdict, ...]


def inspect_rights(
    session: Session, live: Live, form: str, person: User, now: datetime, record_id: int | None = None
) -> Findings:
    """Return what a person may do with a form, or with one record as it is stored now, and why."""
    row = _row(session, live, form, person, now, record_id)
    entries = _entries(session, live, form, person, now, row)
    verbs = tuple(_verdict(session, live, form, person, now, row, verb, entries) for verb in VERBS)
    if row is None:
        access = field_access(live, form, person)
    else:
        [access] = accesses(session, live, form, [row], person, now)
    unreadable = not next(one.allowed for one in verbs if one.name == "read")
    fields = tuple(
        _field(live.form(form), person, key, access, entries, unreadable) for key in access if key in _names(live, form)
    )
    return Findings(person, entries, verbs, fields)


def who_reads(session: Session, live: Live, form: str, record_id: int, now: datetime) -> list[tuple[User, bool]]:
    """Return everybody with a part in the app, and whether they may see a record."""
    people = [user_of(one) for one in everybody(session) if one.active]
    asked = [one for one in people if one.is_admin or one.roles_in(live.key)][:MOST_PEOPLE]
    found = []
    for person in asked:
        row = _row(session, live, form, person, now, record_id)
        found.append((person, row is not None and _allowed(session, live, form, person, now, row, "read")))
    return found


def _names(live: Live, form: str) -> frozenset[str]:
    return frozenset(live.app.shapes[form]) | live.form(form).by_key.keys()


def _row(
    session: Session, live: Live, form: str, person: User, now: datetime, record_id: int | None
) -> Mapping[str, object] | None:
    if record_id is None:
        return None
    return unlocked_row(session, _writing(session, live, form, person, now, "read").table, record_id)


def _writing(session: Session, live: Live, form: str, person: User, now: datetime, verb: str) -> Writing:
    return Writing(session, live, live.form(form), person, now.replace(microsecond=0), "form", verb)


def _allowed(
    session: Session, live: Live, form: str, person: User, now: datetime, row: Mapping[str, object] | None, verb: str
) -> bool:
    """Ask as every screen asks: at all, of the record, and nobody acts on a record that they may not see."""
    if row is None:
        return may(person, verb, live, form)
    writing = _writing(session, live, form, person, now, verb)
    return meets(writing, row, verb) and meets(writing, row, "read")


def _verdict(
    session: Session, live: Live, form: str, person: User, now: datetime, row: Mapping[str, object] | None, verb: str,
    entries: Sequence[Entry],
) -> Verdict:  # fmt: skip
    allowed = _allowed(session, live, form, person, now, row, verb)
    if person.is_admin:
        return Verdict(verb, allowed, ADMIN)
    if not person.roles_in(live.key):
        return Verdict(verb, allowed, NO_ROLE)
    if not live.form(form).permissions:
        return Verdict(verb, allowed, OPEN if verb in OPEN_VERBS else CLOSED)
    naming = [one for one in entries if verb in one.permission.actions]
    given = tuple(one.number for one in naming if one.holds is not False)
    if given:
        return Verdict(verb, allowed, ENTRY if allowed else UNREADABLE, given)
    return Verdict(verb, allowed, CONDITION if naming else NO_ENTRY, tuple(one.number for one in naming))


def _entries(
    session: Session, live: Live, form: str, person: User, now: datetime, row: Mapping[str, object] | None
) -> tuple[Entry, ...]:
    permissions, roles = live.form(form).permissions, person.roles_in(live.key)
    mine = [(number, one) for number, one in enumerate(permissions) if one in entries_of([one], roles)]
    env: Mapping[str, object] = {}
    if row is not None:
        env = values_for(session, live, form, row, reads_of(*(one.records for _, one in mine)), person, now)
    return tuple(_entry(number, one, roles, env if row is not None else None) for number, one in mine)


def _entry(number: int, one: PermissionDef, roles: frozenset[str], env: Mapping[str, object] | None) -> Entry:
    named = tuple(sorted(roles if "*" in one.roles else roles.intersection(one.roles)))
    if env is None:
        return Entry(number, one, named, True if one.records is None else None)
    if one.records is None:
        return Entry(number, one, named, True)
    whole = explain(one.records, env)
    clauses = whole.children if len(clauses_of(one.records.tree)) > 1 and whole.children else (whole,)
    return Entry(number, one, named, holds(one.records, dict(env)), clauses)


def _field(
    form: FormDef, person: User, key: str, access: Access, entries: Sequence[Entry], unreadable: bool
) -> FieldVerdict:
    level = access[key]
    if unreadable:
        return FieldVerdict(key, HIDDEN, UNREADABLE)
    if level != EDIT and (person.is_admin or not form.permissions):
        return FieldVerdict(key, level, DERIVED if key in form.by_key else SYSTEM_NAME)
    if person.is_admin or not form.permissions:
        return FieldVerdict(key, level, ADMIN if person.is_admin else OPEN)
    applying = [one for one in entries if one.holds is not False]
    said = strictest((one.permission for one in applying), key)
    deciding = tuple(one.number for one in applying if one.permission.fields.get(key, EDIT) == level)
    if level == "read" and said == EDIT and not any(key in one.permission.fields for one in applying):
        return FieldVerdict(key, level, DERIVED if key in form.by_key else SYSTEM_NAME)
    return FieldVerdict(key, level, ENTRY, deciding)
