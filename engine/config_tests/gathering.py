"""What a record is made of, for a test: itself, what it refers to, the rows that its figures count, and their people as roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from engine.config.cast import kind_of
from engine.config.defs import MeasureDef
from engine.people.rows import Person
from engine.records.store import unlocked_row
from rules.types import OF_PEOPLE, OF_RECORDS, ids_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.config.defs import AppDef
    from engine.releases.live import Live
    from forms.defs import FieldDef, FormDef

#: Records taken along, steps of references followed, and rows per figure.
MOST, DEEPEST, ROWS = 60, 3, 20

At = tuple[str, int]
Row = Mapping[str, object]


@dataclass
class Gathered:
    """Records by form and id in an order in which they can be entered, with the names that the test gives them."""

    rows: dict[At, Row] = field(default_factory=dict)
    names: dict[At, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)


def gather(session: Session, live: Live, app: AppDef, form: str, record_id: int) -> Gathered:
    """Return a record and what it reads, by the definitions of `app`, which may be a draft of the live release."""
    found = _Gathering(session, live, app)
    found.take((form, record_id), 0)
    found.take_rows(form, record_id)
    found.name()
    return found.made


class _Gathering:
    def __init__(self, session: Session, live: Live, app: AppDef) -> None:
        self.session, self.live, self.app = session, live, app
        self.made = Gathered()
        self._open: set[At] = set()

    def take(self, at: At, depth: int) -> None:
        """Take a record along, after those that it refers to."""
        form, id_ = at
        known = (
            at in self.made.rows or at in self._open or form not in self.app.forms or form not in self.live.app.forms
        )
        if known or depth > DEEPEST or len(self.made.rows) >= MOST:
            return
        row = unlocked_row(self.session, self.live.tables.current(form), id_)
        if row is None:
            return
        self._open.add(at)
        for slot in fields_to_give(self.app.forms[form]):
            if kind_of(slot) in OF_RECORDS:
                for other in sorted(ids_in(row.get(slot.key))):
                    self.take((slot.to, other), depth + 1)
        self._open.discard(at)
        self.made.rows[at] = row

    def take_rows(self, form: str, id_: int) -> None:
        """Take along the records of other forms that figures and tables of this one count."""
        for of, via in dict.fromkeys(_sources(self.app.forms[form])):
            if of in self.live.app.forms:
                table = self.live.tables.current(of)
                mine = (table.c[via] == id_, table.c.deleted_at.is_(None)) if via in table.c else (sa.false(),)
                for other in self.session.scalars(sa.select(table.c.id).where(*mine).order_by(table.c.id).limit(ROWS)):
                    self.take((of, other), 1)

    def name(self) -> None:
        """Name records by their forms, and people by their roles."""
        for form, id_ in self.made.rows:
            self.made.names[form, id_] = _free(form, self.made.names.values())
        for at, row in self.made.rows.items():
            for slot in fields_to_give(self.app.forms[at[0]]):
                if kind_of(slot) in OF_PEOPLE:
                    self.add_people(ids_in(row.get(slot.key)))
            self.add_people(ids_in(row.get("owner")))

    def add_people(self, ids: Iterable[int]) -> None:
        """Name people, and those whom they report to."""
        add_people(self.session, self.app, self.made.people, ids)


def add_people(session: Session, app: AppDef, people: dict[int, str], ids: Iterable[int]) -> None:
    """Add people by name: the first of their roles, or `person`; their managers too."""
    order = [role.key for role in app.roles]
    for id_ in sorted(set(ids) - people.keys()):
        person = session.get(Person, id_)
        if person is None:
            continue
        held = [role for role in order if any(one.app_key == app.key and one.role == role for one in person.grants)]
        people[id_] = _free("admin" if person.is_admin and not held else held[0] if held else "person", people.values())
        if person.manager_id is not None:
            add_people(session, app, people, [person.manager_id])


def person_json(session: Session, app: AppDef, people: Mapping[int, str], id_: int) -> dict[str, object]:
    """Return what the test says of a person: team, region and roles, but neither name nor address."""
    person = session.get_one(Person, id_)
    said: dict[str, object] = {"team": person.team, "region": person.region}
    said |= {"manager": people.get(person.manager_id or 0), "admin": person.is_admin or None}
    said["roles"] = [one.role for one in person.grants if one.app_key == app.key and one.role in _roles(app)] or None
    return {name: value for name, value in said.items() if value}


def _roles(app: AppDef) -> set[str]:
    return {role.key for role in app.roles}


def record_json(app: AppDef, made: Gathered, at: At, now: datetime) -> dict[str, object]:
    """Return one record as the test gives it."""
    row, form = made.rows[at], app.forms[at[0]]
    values = {slot.key: _value(made, slot, row.get(slot.key)) for slot in fields_to_give(form) if slot.key in row}
    given = {key: value for key, value in values.items() if value is not None or _has_default(form.by_key[key])}
    said: dict[str, object] = {"as": made.names[at], "form": form.key, "values": given}
    owner = row.get("owner")
    said |= {"owner": made.people[owner]} if isinstance(owner, int) and owner in made.people else {}
    pipeline = app.pipeline_of(form.key)
    if pipeline is not None and pipeline.stage(str(row.get("stage"))):
        said["stage"] = row["stage"]
    for name in ("stage_entered_at", "created_at") if "stage" in said else ("created_at",):
        moment = row.get(name)
        said |= {name: local(app, moment)} if isinstance(moment, datetime) and moment <= now else {}
    return said


def local(app: AppDef, moment: datetime) -> str:
    """Return a moment as tests write it."""
    return moment.astimezone(ZoneInfo(app.context.time_zone)).strftime("%Y-%m-%d %H:%M:%S")


def fields_to_give(form: FormDef) -> Iterator[FieldDef]:
    """Go through the fields that a test can give: typed by people, and no files."""
    for slot in form.fields:
        if not (slot.is_derived or slot.type.assigned or slot.type.keeps_files or slot.type.is_table):
            yield slot


def _has_default(slot: FieldDef) -> bool:
    return slot.default is not None or slot.default_expression is not None


def _value(made: Gathered, slot: FieldDef, value: object) -> object:
    if kind_of(slot) in OF_PEOPLE | OF_RECORDS:
        names = [_name(made, slot, id_) for id_ in sorted(ids_in(value))]
        kept = [name for name in names if name]
        return kept or None if isinstance(value, list) else next(iter(kept), None)
    return None if value is None else slot.type.to_json(slot, value)


def _name(made: Gathered, slot: FieldDef, id_: int) -> str | None:
    return made.people.get(id_) if kind_of(slot) in OF_PEOPLE else made.names.get((slot.to, id_))


def _sources(form: FormDef) -> Iterator[tuple[str, str]]:
    """Yield (form, reference back) of the rollups and tables of a form."""
    for slot in form.fields:
        measure = slot.params.get("measure")
        if isinstance(measure, MeasureDef):
            yield measure.of, str(slot.params.get("via"))
    yield from ((table.of, table.via) for table in form.tables)


def _free(word: str, taken: Iterable[str]) -> str:
    known = set(taken)
    return next(
        name for number in range(1, 10_000) if (name := word if number == 1 else f"{word}_{number}") not in known
    )
