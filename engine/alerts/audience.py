"""Who is told: the people a step names, without those who have left or may not see the record; never nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from engine import rights
from engine.alerts.absences import away, stand_in
from engine.alerts.facts import Facts, Path, chunks, source_of
from engine.clock import Clock
from engine.config.defs import AlertRuleDef, StepDef
from engine.people import Person, RoleGrant, User, fold_sign_in, user_of
from forms.labels import LANGUAGES, Label
from rules.compiled import compiled
from rules.types import ids_in

if TYPE_CHECKING:
    from datetime import date, datetime

    from engine.releases.live import Live

#: person -> what in the step's `to` led there.
Told = dict[User, str]
#: Words of `to` that are read from the record, and the path behind each.
FROM_RECORD: Mapping[str, Path] = {
    "owner": ("owner",),
    "creator": ("created_by",),
    "manager": ("owner", "manager"),
    "team": ("owner", "team"),
}
#: Who hears of it when nobody a step names can: whom the rule or the app names for that, then the owner's manager, then
#: those who run the app.
FALLBACK, ADMIN_ROLE = "fallback", "admin"
#: Begins the reason why a substitute is told; the sign-in name of who is away follows.
STANDS_IN = "substitute:"
FOREWORD = Label(
    {
        "en": "For {name}, who is away until {until}:",
        "zh_Hans": "{name} 休假至 {until}，请您代为处理：",
        "zh_Hant": "{name} 休假至 {until}，請您代為處理：",
    }
)


def paths_of(rule: AlertRuleDef) -> set[Path]:
    """Return what must be known of a record to find its audience."""
    if not rule.form and not rule.is_about_people:
        return set()
    steps = [*rule.steps, rule.fallback] if rule.fallback else [*rule.steps]
    named = {path for step in steps for to in step.to if (path := _path(to))}
    asked = {path for step in steps for one in step.asked.values() for path in one.reads}
    return named | asked | {FROM_RECORD["owner"], FROM_RECORD["manager"]}


class Audience:
    """Finds the people for many records at once; asks for each person, role and right only once."""

    def __init__(self, session: Session, live: Live, rule: AlertRuleDef, facts: Mapping[int, Facts], now: datetime):
        self.session, self.live, self.rule, self.facts, self.now = session, live, rule, facts, now
        self.today = Clock(rule.hours).today(now)
        self._absent = away(session, self.today)
        stand_ins = {one.substitute_id for one in self._absent.values() if one.substitute_id is not None}
        asked = {value for one in facts.values() for value in self._asked_of(one)}
        self.users = self._load(_ids(facts.values(), paths_of(rule)) | stand_ins | asked)
        self._readable: dict[User, set[int]] = {}
        self._named: dict[str, tuple[User, ...]] = {}

    def of(self, step: StepDef, record_id: int) -> Told:
        """Return who is told of a record, and why; the fallback when nobody that is named can be."""
        told: Told = {}
        if not step.to:
            return told
        for to in step.to:
            for user in self._people(to, record_id, step):
                told.setdefault(user, to)
        return self._present(self._able(told, record_id) or self._fallback(record_id), record_id)

    def foreword(self, user: User, via: str) -> str:
        """Return what a substitute is told first."""
        if not via.startswith(STANDS_IN):
            return ""
        absent = next((one for one in self._missing if one.sign_in == via.removeprefix(STANDS_IN)), None)
        if absent is None or absent.id is None:
            return ""
        return foreword(user, absent.name, self._absent[absent.id].until)

    @cached_property
    def _missing(self) -> list[User]:
        """Return the people who are away."""
        return list(self._load(set(self._absent)).values()) if self._absent else []

    def _present(self, told: Told, record_id: int) -> Told:
        """Put substitutes in the place of those who are away, where there is one who is there and may read it."""
        found: Told = {}
        for user, why in told.items():
            other = self.users.get(stand_in(self._absent, user.id or 0)) if user.id in self._absent else None
            if other is not None and record_id in self._may_read(other):
                found.setdefault(other, f"{STANDS_IN}{user.sign_in}")
            else:
                found[user] = why
        return found

    def _fallback(self, record_id: int) -> Told:
        step = self.rule.fallback
        named = [user for to in step.to for user in self._people(to, record_id, step)] if step else []
        manager = self._people("manager", record_id) if self.rule.form or self.rule.is_about_people else ()
        for people in (named, manager, self._admins()):
            if able := self._able(dict.fromkeys(people, FALLBACK), record_id):
                return able
        return {}

    def _able(self, told: Told, record_id: int) -> Told:
        return {user: why for user, why in told.items() if record_id in self._may_read(user)}

    def _people(self, to: str, record_id: int, step: StepDef | None = None) -> tuple[User, ...]:
        facts = self.facts[record_id]
        if step is not None and to.startswith("="):
            return self._with_ids(compiled(step.asked[to])(facts)) if to in step.asked else ()
        if to == "followers":
            return self._with_ids(self._followers.get(record_id))
        if to == "team":
            return self._once(f"team:{team}") if (team := facts.get("owner.team")) else ()
        if to.startswith("region:") and step is not None:
            region = compiled(step.asked[to])(facts)
            return tuple(one for one in self._once(f"role:{to.partition(':')[2]}") if region and one.region == region)
        path = _path(to)
        return self._with_ids(facts.get(".".join(path))) if path else self._once(to)

    def _with_ids(self, value: object) -> tuple[User, ...]:
        return tuple(self.users[id_] for id_ in sorted(ids_in(value)) if id_ in self.users)

    def _once(self, to: str) -> tuple[User, ...]:
        """Return the people of a role or team, or one by name; asked for once."""
        if to not in self._named:
            self._named[to] = self._fixed(*to.split(":", 1))
        return self._named[to]

    def _asked_of(self, facts: Facts) -> set[int]:
        """Return the ids that the expressions of the steps give."""
        steps = [*self.rule.steps, self.rule.fallback] if self.rule.fallback else [*self.rule.steps]
        asked = (one for step in steps for to, one in step.asked.items() if to.startswith("="))
        return {id_ for one in asked for id_ in ids_in(compiled(one)(facts))}

    @cached_property
    def _followers(self) -> Mapping[int, object]:
        """Return who follows the records; they are people like others, and must be there and may read it."""
        from engine.talk.followers import followers_of_many

        found = followers_of_many(self.session, self.live.key, self.rule.form, list(self.facts))
        self.users.update(self._load({id_ for ids in found.values() for id_ in ids}))
        return found

    def _fixed(self, kind: str, key: str) -> tuple[User, ...]:
        if kind == "person":
            return self._where(Person.sign_in == fold_sign_in(key))
        if kind == "team":
            role = RoleGrant.app_key == self.live.app.key
            return self._where((Person.team == key) & Person.grants.any(role))
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


def foreword(user: User, name: str, until: date) -> str:
    """Return the line that tells a substitute for whom a message is."""
    return FOREWORD.pick(user.locale or LANGUAGES[0]).format(name=name, until=until.isoformat()) + "\n"


def readable(session: Session, live: Live, form: str, ids: Iterable[int], user: User, now: datetime) -> set[int]:
    """Return which of these records a person may read."""
    if not form:  # figures and OKR pages are for everybody who has a role in the app
        return set(ids) if rights.may(user, "read", live) else set()
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
    kind, _, key = to.partition(":")
    if kind in ("field", "manager_of") and key:
        return (key,) if kind == "field" else (key, "manager")
    return FROM_RECORD.get(to)


def _ids(facts: Iterable[Facts], paths: Collection[Path]) -> set[int]:
    keys = [".".join(path) for path in paths]
    return {id_ for one in facts for key in keys for id_ in ids_in(one.get(key))}
