"""Who is told: the people a step names, without those who have left or may not see the record; never nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from engine import rights
from engine.alerts.facts import Facts, Path, chunks, source_of
from engine.config.defs import AlertRuleDef, StepDef
from engine.people import Person, RoleGrant, User, fold_sign_in, user_of
from rules.types import ids_in

if TYPE_CHECKING:
    from datetime import datetime

    from engine.releases.live import Live

#: person -> what in the step's `to` led there.
Told = dict[User, str]
#: Words of `to` that are read from the record, and the path behind each.
FROM_RECORD: Mapping[str, Path] = {"owner": ("owner",), "creator": ("created_by",), "manager": ("owner", "manager")}
#: Who hears of it when nobody a step names can: first the owner's manager, then those who run the app.
FALLBACK, ADMIN_ROLE = "fallback", "admin"


def paths_of(rule: AlertRuleDef) -> set[Path]:
    """Return what must be known of a record to find its audience."""
    named = {path for step in rule.steps for to in step.to if (path := _path(to))}
    return named | {FROM_RECORD["owner"], FROM_RECORD["manager"]}


class Audience:
    """Finds the people for many records at once; asks for each person, role and right only once."""

    def __init__(self, session: Session, live: Live, rule: AlertRuleDef, facts: Mapping[int, Facts], now: datetime):
        self.session, self.live, self.rule, self.facts, self.now = session, live, rule, facts, now
        self.users = self._load(_ids(facts.values(), paths_of(rule)))
        self._readable: dict[User, set[int]] = {}
        self._named: dict[str, tuple[User, ...]] = {}

    def of(self, step: StepDef, record_id: int) -> Told:
        """Return who is told of a record, and why; the fallback when nobody that is named can be."""
        told: Told = {}
        if not step.to:
            return told
        for to in step.to:
            for user in self._people(to, record_id):
                told.setdefault(user, to)
        return self._able(told, record_id) or self._fallback(record_id)

    def _fallback(self, record_id: int) -> Told:
        manager = self._people("manager", record_id)
        return self._able(dict.fromkeys(manager, FALLBACK), record_id) or self._able(
            dict.fromkeys(self._admins(), FALLBACK), record_id
        )

    def _able(self, told: Told, record_id: int) -> Told:
        return {user: why for user, why in told.items() if record_id in self._may_read(user)}

    def _people(self, to: str, record_id: int) -> tuple[User, ...]:
        path = _path(to)
        if path:
            ids = sorted(ids_in(self.facts[record_id].get(".".join(path))))
            return tuple(self.users[id_] for id_ in ids if id_ in self.users)
        if to not in self._named:
            self._named[to] = self._fixed(*to.split(":", 1))
        return self._named[to]

    def _fixed(self, kind: str, key: str) -> tuple[User, ...]:
        if kind == "person":
            return self._where(Person.sign_in == fold_sign_in(key))
        return self._where(Person.grants.any((RoleGrant.app_key == self.live.app.key) & (RoleGrant.role == key)))

    def _admins(self) -> tuple[User, ...]:
        if FALLBACK not in self._named:
            role = (RoleGrant.app_key == self.live.app.key) & (RoleGrant.role == ADMIN_ROLE)
            self._named[FALLBACK] = self._where(or_(Person.is_admin, Person.grants.any(role)))
        return self._named[FALLBACK]

    def _load(self, ids: Collection[int]) -> dict[object, User]:
        found: dict[object, User] = {}
        for part in chunks(sorted(ids)):
            found.update((user.id, user) for user in self._where(Person.id.in_(part)))
        return found

    def _where(self, condition: object) -> tuple[User, ...]:
        """Return people who have not left."""
        query = select(Person).where(Person.active, condition).options(selectinload(Person.grants))  # type: ignore[arg-type]
        return tuple(user_of(person) for person in self.session.scalars(query.order_by(Person.id)))

    def _may_read(self, user: User) -> set[int]:
        if user not in self._readable:
            self._readable[user] = readable(self.session, self.live, self.rule.form, self.facts, user, self.now)
        return self._readable[user]


def readable(session: Session, live: Live, form: str, ids: Iterable[int], user: User, now: datetime) -> set[int]:
    """Return which of these records a person may read."""
    if not rights.may(user, "read", live, form):
        return set()
    found: set[int] = set()
    source = source_of(session, live, form, now, user)
    allowed = rights.row_filter(source, live, form, user, "read")
    for part in chunks(sorted(ids)):
        query = source.select(source.table.c.id).where(source.table.c.id.in_(part), allowed)
        found.update(session.scalars(query))
    return found


def _path(to: str) -> Path | None:
    """Return the path of the person that a word of `to` reads from the record."""
    return ("".join(to.split(":", 1)[1:]),) if to.startswith("field:") else FROM_RECORD.get(to)


def _ids(facts: Iterable[Facts], paths: Collection[Path]) -> set[int]:
    keys = [".".join(path) for path in paths]
    return {id_ for one in facts for key in keys for id_ in ids_in(one.get(key))}
