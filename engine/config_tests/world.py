"""The world of one test while it runs: its people and records by the names the test gives them, and its clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import records
from engine.config.cast import kind_of
from engine.config.spot import Spot
from engine.config_tests.scratch import LONG_AGO, Scratch
from engine.people import SYSTEM, User, create_person, grant, load_user, person_named
from engine.records.store import unlocked_row
from engine.records.writing import system_slots
from engine.releases.live import Live, live
from forms.dates import read_moment
from forms.defs import FieldDef
from forms.fields import InputContext
from rules.types import OF_PEOPLE, OF_RECORDS

if TYPE_CHECKING:
    from engine.records import Record


class World:
    """People, records and time of one test, in a savepoint of the scratch database."""

    def __init__(self, base: Scratch, app_key: str, test: Spot) -> None:
        self.base, self.test = base, test
        with base.sessions() as session:
            self.live: Live = live(session, app_key)
        self.people: dict[str, int] = {}
        #: name -> (form, id)
        self.records: dict[str, tuple[str, int]] = {}
        self.now = self.moment(test["now"]) or LONG_AGO
        self.input = InputContext(time_zone=self.live.app.context.time_zone, currency=self.live.app.currency)

    # -- setting up ----------------------------------------------------------------------------------------------

    def set_up_people(self) -> None:
        """Make everybody that the test names."""
        with self.base.sessions.begin() as session:
            for name, spot in self.test["people"].members():
                person = create_person(
                    session,
                    name,
                    spot["name"].text or name,
                    now=self.now,
                    email=spot["email"].text,
                    region=spot["region"].text,
                    team=spot["team"].text,
                    is_admin=spot["admin"].is_true,
                )
                grant(session, person, self.live.key, *spot["roles"].texts)
                self.people[name] = person.id
            for name, spot in self.test["people"].members():
                if spot["manager"].text and (person_ := person_named(session, name)):
                    person_.manager_id = self.people[spot["manager"].text]

    def add_record(self, spot: Spot) -> None:
        """Enter a record as an import would, which also brings stage and owner; FormError when it cannot be."""
        form = spot["form"].text
        values = self.typed(form, spot["values"])
        if spot["owner"].text:
            values["owner"] = self.people[spot["owner"].text]
        for name in ("stage", "stage_entered_at", "created_at"):
            values |= {name: spot[name].text} if spot[name].is_given else {}
        moment = self.moment(spot["at"]) or self.now
        with self.base.sessions.begin() as session:
            made = records.create(session, self.live, form, values, SYSTEM, moment, via="import")
        self.records[spot["as"].text] = (form, made.id)

    # -- names, people, time -------------------------------------------------------------------------------------

    def moment(self, spot: Spot) -> datetime | None:
        """Return the moment that a place names."""
        return read_moment(spot.text, self.live.app.context.time_zone) if spot.text else None

    def user(self, session: Session, *places: Spot) -> User:
        """Return the first person that is named, the user of the test, or an administrator."""
        name = next((place.text for place in (*places, self.test["user"]) if place.text), "")
        return load_user(session, self.people[name]) if name else SYSTEM

    def slot(self, form: str, key: str) -> FieldDef | None:
        """Return a field, or a system name as a field."""
        return self.live.form(form).by_key.get(key) or system_slots(self.live, form).get(key)

    def typed(self, form: str, values: Spot) -> dict[str, object]:
        """Return values by field with the ids behind names, as a screen would send them."""
        return {key: self.with_ids(self.slot(form, key), spot.value) for key, spot in values.members()}

    def with_ids(self, slot: FieldDef | None, value: object) -> object:
        """Return a value with the ids behind the names of records and people."""
        if isinstance(value, list):
            return [self.with_ids(slot, one) for one in value]
        if slot is None or not isinstance(value, str):
            return value
        if kind_of(slot) in OF_PEOPLE:
            return self.people.get(value, value)
        return self.records[value][1] if kind_of(slot) in OF_RECORDS and value in self.records else value

    def name_of(self, slot: FieldDef, id_: object) -> str:
        """Return how the test calls a person or a record."""
        if kind_of(slot) in OF_PEOPLE:
            return next((name for name, one in self.people.items() if one == id_), f"#{id_}")
        return next((name for name, at in self.records.items() if at == (slot.to, id_)), f"#{id_}")

    def called(self, slot: FieldDef, id_: object) -> str:
        """Return how people call a person or a record of the test: by name or title, where the test gives one."""
        name = self.name_of(slot, id_)
        if kind_of(slot) in OF_PEOPLE:
            return self.test["people"][name]["name"].text or name
        given = (one for part in ("records", "steps") for one in self.test[part].items() if one["as"].text == name)
        title = self.live.form(slot.to).title if slot.to in self.live.app.forms else ""
        return next((one["values"][title].text for one in given if title), "") or name

    def called_people(self, ids: Mapping[int, object] | set[int]) -> list[str]:
        """Return how people of the test are called, in its order."""
        return [self.test["people"][name]["name"].text or name for name in self.names_of_people(ids)]

    def names_of_people(self, ids: Mapping[int, object] | set[int]) -> list[str]:
        """Return how the test calls people, in its order; those it does not know by number."""
        known = [name for name, id_ in self.people.items() if id_ in ids]
        return known + [f"#{id_}" for id_ in sorted(set(ids) - set(self.people.values()))]

    # -- reading -------------------------------------------------------------------------------------------------

    def row(self, session: Session, name: str) -> Mapping[str, object] | None:
        """Return a record as it is stored."""
        form, id_ = self.records[name]
        return unlocked_row(session, self.live.tables.current(form), id_)

    def seen(self, session: Session, name: str, user: User) -> Record:
        """Return a record as somebody sees it; NotFound when they do not."""
        form, id_ = self.records[name]
        return records.get(session, self.live, form, id_, user, self.now)
