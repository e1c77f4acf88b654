"""People out of a sheet: a verdict for every row first, then all sound rows in one transaction, by sign-in name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from sqlalchemy.orm import Session

from engine.db import start_writing
from engine.errors import EngineError
from engine.imports.errors import refuse
from engine.imports.read import Table
from engine.people import Person, User, create_person, everybody, fold_sign_in, set_roles
from engine.records import people_changed
from engine.releases import apps, live
from engine.rights import CREATOR, EVERY_APP
from engine.sandboxes import is_sandbox
from engine.staff.changing import end_access
from engine.staff.columns import COLUMNS, places_of, read_cell, unread
from engine.staff.noting import note_new, watching
from engine.staff.teams import ensure, names
from rules.errors import N_, Fault, SteerwayError

NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
VERDICTS = (NEW, CHANGED, UNCHANGED, REFUSED)
MOST = 5000
Role = tuple[str, str]
#: The role of the whole house that is granted like a role of an app.
HOUSE_ROLE: Role = (EVERY_APP, CREATOR)
UNKNOWN = N_("Nobody is called “{value}”.")


@dataclass
class Line:
    """One row: what its cells say, what would become of it, and why not."""

    number: int
    cells: Sequence[str]
    values: dict[str, object] = field(default_factory=dict)
    verdict: str = UNCHANGED
    #: column -> (before, after) for people who are there.
    changes: dict[str, tuple[object, object]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def sign_in(self) -> str:
        """Return who is meant."""
        return str(self.values.get("sign_in") or "")

    def refuse(self, code: str, template: str, column: str, **facts: object) -> None:
        """Note why the row is left out."""
        self.faults.append(Fault(code, template, facts, field=column))


@dataclass(frozen=True)
class Plan:
    """What reading a sheet in would do."""

    header: Sequence[str]
    lines: Sequence[Line]
    #: Heads of columns that are no columns of people.
    unread: Sequence[str] = ()
    #: Names of teams and regions that nobody has yet, by kind: new ones, or old ones with a slip of the pen.
    unheard: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return verdict -> rows."""
        counted = Counter(line.verdict for line in self.lines)
        return {verdict: counted[verdict] for verdict in VERDICTS}


def plan(session: Session, table: Table, by: User) -> Plan:
    """Return what reading a sheet in would do; ImportRefused when it cannot be a sheet of people."""
    if len(table.rows) > MOST:
        refuse("too_many_rows", N_("The file has more than {limit} rows. Split it."), limit=MOST)
    if not table.rows:
        refuse("no_rows", N_("The file has no rows below its head."))
    places = places_of(table.header)
    known = {one.sign_in: one for one in everybody(session)}
    lines = [_read(row.number, row.cells, row.faults, places) for row in table.rows]
    _find_twins(lines)
    _name_roles(lines, *roles_called(session))
    _check_values(lines, known, roles_known(session), by)
    _find_managers(lines, known)
    for line in lines:
        _judge(line, known.get(line.sign_in))
    unheard = {kind: _unheard(lines, kind, names(session, kind)) for kind in ("team", "region")}
    return Plan(tuple(table.header), lines, unread(table.header, places), unheard)


def _unheard(lines: Sequence[Line], kind: str, known: Sequence[str]) -> list[str]:
    said = [str(line.values.get(kind) or "") for line in lines if line.verdict in (NEW, CHANGED)]
    return sorted(set(filter(None, said)) - set(known))


def roles_known(session: Session) -> frozenset[Role]:
    """Return every role that can be held, as (app key, role key)."""
    found = {HOUSE_ROLE}
    for row in apps(session):
        try:
            found |= {(row.key, role.key) for role in live(session, row.key).app.roles}
        except SteerwayError:
            continue
    return frozenset(found)


def roles_called(session: Session) -> tuple[Mapping[Role, Role], frozenset[Role]]:
    """Return the roles by what people call them, app and role each by name or key; and what several are called.

    Sandboxes, which are called like what they were made of, do not count by their names.
    """
    found: dict[Role, set[Role]] = defaultdict(set)
    for row in apps(session):
        try:
            app = live(session, row.key).app
        except SteerwayError:
            continue
        called = {row.key, *(() if is_sandbox(row.key) else app.label.texts.values())}
        for role in app.roles:
            for name, one in product(called, {role.key, *role.label.texts.values()}):
                found[name, one].add((row.key, role.key))
    several = frozenset(called for called, roles in found.items() if len(roles) > 1)
    return {called: next(iter(roles)) for called, roles in found.items() if called not in several}, several


def _name_roles(lines: Sequence[Line], called: Mapping[Role, Role], several: AbstractSet[Role]) -> None:
    for line in lines:
        wanted = line.values.get("roles")
        if not isinstance(wanted, frozenset):
            continue
        for app, role in sorted(wanted & several):
            template = N_("More than one app called {app} has a role {role}: write the key of the app.")
            line.refuse("role_several", template, "roles", app=app, role=role)
        line.values["roles"] = frozenset(called.get(one, one) for one in wanted - several)


def _read(number: int, cells: Sequence[str], faults: Sequence[Fault], places: Mapping[str, int]) -> Line:
    line = Line(number, cells, faults=list(faults))
    for column, place in places.items():
        try:
            line.values[column] = read_cell(column, cells[place])
        except EngineError as error:
            line.faults += error.faults
    if not line.sign_in and not line.faults:
        line.refuse("sign_in_empty", N_("A person needs a sign-in name."), "sign_in")
    return line


def _find_twins(lines: Sequence[Line]) -> None:
    first: dict[str, int] = {}
    for line in lines:
        if line.sign_in in first:
            template = N_("Row {row} is about the same person.")
            line.refuse("row_twice", template, "sign_in", row=first[line.sign_in])
        elif line.sign_in:
            first[line.sign_in] = line.number


def _check_values(lines: Sequence[Line], known: Mapping[str, Person], roles: frozenset[Role], by: User) -> None:
    for line in lines:
        person = known.get(line.sign_in)
        held = {(one.app_key, one.role) for one in person.grants} if person else set()
        wanted = line.values.get("roles")
        for app_key, role in sorted(set(wanted) - roles - held) if isinstance(wanted, frozenset) else ():
            line.refuse("role_unknown", N_("There is no role {role} in an app {app}."), "roles", role=role, app=app_key)
        if person is None and not line.values.get("name") and not any(one.field == "name" for one in line.faults):
            line.refuse("name_empty", N_("A new person needs a name."), "name")
        if person is not None and person.id == by.id and line.values.get("active") is False:
            line.refuse("own_access", N_("You cannot take away your own access."), "active")


def _find_managers(lines: Sequence[Line], known: Mapping[str, Person]) -> None:
    """Turn what the managers' cells say into sign-in names, and refuse whom nobody knows and who would be above themselves.

    A row that is refused makes nobody: who is to report to such a new person is refused with it, and so on.
    """
    named: dict[str, set[str]] = defaultdict(set)
    for sign_in, person in known.items():
        named[person.name].add(sign_in)
    for line in lines:
        named[_name_of(line, known)].add(line.sign_in)
    everyone = known.keys() | {line.sign_in for line in lines}
    for line in lines:
        if not line.faults and line.values.get("manager"):
            line.values["manager"] = _manager(line, everyone, named)
    _refuse_followers(lines, known)
    _refuse_circles(lines, known)
    _refuse_followers(lines, known)


def _name_of(line: Line, known: Mapping[str, Person]) -> str:
    person = known.get(line.sign_in)
    return str(line.values.get("name") or (person.name if person else ""))


def _manager(line: Line, everyone: AbstractSet[str], named: Mapping[str, AbstractSet[str]]) -> str:
    """Return the sign-in name of who is meant by a manager's cell."""
    said = str(line.values["manager"])
    if fold_sign_in(said) in everyone:
        return fold_sign_in(said)
    called = named.get(said, frozenset())
    if len(called) == 1:
        return next(iter(called))
    template = N_("More than one person is called “{value}”.") if called else UNKNOWN
    line.refuse("manager_unknown", template, "manager", value=said)
    return ""


def _refuse_followers(lines: Sequence[Line], known: Mapping[str, Person]) -> None:
    """Refuse whoever is to report to a new person who is refused, and whoever is to report to them."""
    sound = [line for line in lines if not line.faults]
    coming = {line.sign_in for line in sound}
    below: dict[str, list[Line]] = defaultdict(list)
    for line in sound:
        below[str(line.values.get("manager") or "")].append(line)
    refused = [line.sign_in for line in lines if line.faults and line.sign_in]  # a row may be refused for having none
    gone = [one for one in refused if one not in known and one not in coming]
    while gone:
        for line in below.pop(gone.pop(), ()):
            line.refuse("manager_unknown", UNKNOWN, "manager", value=line.values["manager"])
            if line.sign_in not in known:
                gone.append(line.sign_in)


def _refuse_circles(lines: Sequence[Line], known: Mapping[str, Person]) -> None:
    """Refuse the rows by which somebody would be above themselves."""
    ids = {one.id: one.sign_in for one in known.values()}
    over = {one.sign_in: ids.get(one.manager_id or 0, "") for one in known.values()}
    sound = [line for line in lines if not line.faults and "manager" in line.values]
    over |= {line.sign_in: str(line.values["manager"] or "") for line in sound}
    within = _within_circles(over)
    for line in sound:
        if line.sign_in in within:
            line.refuse("manager_circle", N_("Nobody can be above themselves: choose another manager."), "manager")


def _within_circles(over: Mapping[str, str]) -> set[str]:
    """Return who is above themselves; each person is looked at once."""
    seen: set[str] = set()
    found: set[str] = set()
    for start in over:
        row: dict[str, None] = {}
        at = start
        while at and at not in seen:
            seen.add(at)
            row[at] = None
            at = over.get(at, "")
        if at in row:
            way = list(row)
            found.update(way[way.index(at) :])
    return found


def _judge(line: Line, person: Person | None) -> None:
    if line.faults:
        line.verdict = REFUSED
    elif person is None:
        line.verdict = NEW
    else:
        now = _as_values(person)
        line.changes = {
            key: (now[key], value)
            for key, value in line.values.items()
            if now[key] != value and not (key in ("active", "name", "locale") and value in (None, ""))
        }
        line.verdict = CHANGED if line.changes else UNCHANGED


def _as_values(person: Person) -> dict[str, object]:
    """Return what the cells of a person would say."""
    return {
        "name": person.name,
        "sign_in": person.sign_in,
        "email": person.email,
        "region": person.region,
        "team": person.team,
        "manager": person.manager.sign_in if person.manager else None,
        "roles": frozenset((one.app_key, one.role) for one in person.grants),
        "locale": person.locale or None,
        "active": person.active,
    }


def read_in(session: Session, table: Table, by: User, now: datetime) -> Plan:
    """Make and change the people of all sound rows, in the transaction at hand; return what was done."""
    start_writing(session)
    made = plan(session, table, by)
    ensure(session, made.unheard, by, now)
    people = {one.sign_in: one for one in everybody(session)}
    fresh = [line for line in made.lines if line.verdict == NEW]
    for line in fresh:
        people[line.sign_in] = create_person(session, line.sign_in, str(line.values["name"]), now=now)
    for line in fresh:
        _fill(session, people[line.sign_in], line.values, people)
        note_new(session, people[line.sign_in], by, now)
    changed = [line for line in made.lines if line.verdict == CHANGED]
    for line in changed:
        _change(session, people[line.sign_in], line, people, by, now)
    session.flush()
    people_changed(session, [people[line.sign_in].id for line in changed], now)
    return made


def _change(
    session: Session, person: Person, line: Line, people: Mapping[str, Person], by: User, now: datetime
) -> None:
    with watching(session, person, by, now):
        _fill(session, person, {key: after for key, (_, after) in line.changes.items()}, people)
        if not person.active:
            end_access(session, person, now)


def _fill(session: Session, person: Person, values: Mapping[str, object], people: Mapping[str, Person]) -> None:
    for key in ("name", "email", "region", "team", "locale", "active"):
        if key in values and not (values[key] is None and key in ("name", "active")):
            setattr(person, key, values[key] if values[key] is not None or key != "locale" else "")
    if "manager" in values:
        person.manager = people[str(values["manager"])] if values["manager"] else None
    roles = values.get("roles")
    if isinstance(roles, frozenset):
        session.flush()
        set_roles(session, person, roles)


def exported(session: Session) -> Iterator[Sequence[str]]:
    """Yield everybody as rows that `read_in` takes, the header first."""
    yield COLUMNS
    for person in everybody(session):
        values = _as_values(person)
        roles = "; ".join(f"{one.app_key}:{one.role}" for one in person.grants)
        said = {**values, "roles": roles, "active": "yes" if person.active else "no"}
        yield [str(said[column] or "") for column in COLUMNS]
