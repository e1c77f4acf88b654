"""One person's pages: what they are and hold, what they may do in every app and why, days away, a closed account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from flask_admin import expose

from admin import audit_words
from admin._people import did, people_choices, role_of, role_words, sent
from admin.person_rights import rights_of
from engine.alerts.absences import absences_of, be_away, come_back
from engine.audit import note
from engine.audit.reading import Search, found
from engine.errors import EngineError
from engine.people import names_of, user_of
from engine.rights import may_create
from engine.staff.changing import reactivate, take_role, the_person
from engine.staff.noting import subject_of
from forms.dates import read_date
from rules.errors import N_, Fault
from web import here
from web.words import gettext

if TYPE_CHECKING:
    from engine.people import Person

#: Events of the trail that a person's page shows.
LATEST = 10


class PersonPages:
    """Pages below a person's address, for the view of people."""

    render: Any
    get_url: Any

    @expose("/<int:person_id>")
    def person(self, person_id: int) -> Any:
        """Show a person: facts, roles, days away, and what was done last."""
        session, person = here.db(), the_person(here.db(), person_id)
        held = [(one.app_key, one.role) for one in person.grants]
        events, _ = found(session, Search(person_id=person.id), limit=LATEST)
        absences = absences_of(session, person.id, here.now().date())
        names = names_of(session, {one.substitute_id for one in absences if one.substitute_id})
        people = names_of(session, audit_words.people_in(list(events)))
        facts = {
            "person": person,
            "roles": [*zip(held, role_words(held), strict=True)],
            "absences": absences,
            "names": names,
            "people": people_choices(person.id),
            "events": [audit_words.event_view(event, people) for event in events],
            "is_self": person.id == here.viewer().id,
        }
        return self.render("back/person.html", **facts)

    @expose("/<int:person_id>/rights")
    def rights(self, person_id: int) -> Any:
        """Show what a person may see and do in every app, and because of what."""
        person = user_of(the_person(here.db(), person_id))
        found = rights_of(here.db(), person, here.now())
        return self.render("back/person_rights.html", person=person, apps=found, creates=may_create(person))

    @expose("/<int:person_id>/take", methods=("POST",))
    def take(self, person_id: int) -> Any:
        """Take a role away."""

        def work() -> str:
            app_key, role = role_of(request.form.get("role", ""))
            take_role(here.db(), the_person(here.db(), person_id), app_key, role, here.viewer(), here.now())
            return gettext("Saved")

        return did(work, self._address(person_id))

    @expose("/<int:person_id>/away", methods=("POST",))
    def away(self, person_id: int) -> Any:
        """Write down days on which a person is away, and who stands in."""

        def work() -> str:
            person = the_person(here.db(), person_id)
            first, last = (read_date(request.form.get(name, "")) for name in ("starts_on", "ends_on"))
            if first is None or last is None:
                raise EngineError(Fault("absence.days", N_("Write down the first and the last day.")))
            substitute = sent("substitute") or None
            others = absences_of(here.db(), person.id, first)
            be_away(here.db(), person.id, first, last, substitute, here.now())
            _note(person, "substitute_set", starts_on=first, ends_on=last, substitute=substitute)
            if any(one.starts_on <= last for one in others):
                return gettext(
                    "Saved. These days meet others: who stands in while they do is said by those that end last."
                )
            return gettext("Saved")

        return did(work, self._address(person_id))

    @expose("/<int:person_id>/away/<int:absence_id>/end", methods=("POST",))
    def back(self, person_id: int, absence_id: int) -> Any:
        """Forget days away."""

        def work() -> str:
            come_back(here.db(), absence_id, person_id)
            _note(the_person(here.db(), person_id), "substitute_removed")
            return gettext("Removed")

        return did(work, self._address(person_id))

    @expose("/<int:person_id>/open", methods=("POST",))
    def open(self, person_id: int) -> Any:
        """Open a closed account again."""

        def work() -> str:
            person = the_person(here.db(), person_id)
            reactivate(here.db(), person, here.viewer(), here.now())
            return gettext("%(name)s may sign in again.", name=person.name)

        return did(work, self._address(person_id))

    def _address(self, person_id: int) -> str:
        return str(self.get_url(".person", person_id=person_id))


def _note(person: Person, verb: str, **facts: object) -> None:
    told = {"name": person.name, **facts}
    subject = subject_of(person)
    note(here.db(), kind="people", verb=verb, user=here.viewer(), now=here.now(), subject=subject, facts=told)
