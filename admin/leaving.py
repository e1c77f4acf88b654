"""Somebody leaves: what is theirs, who gets it, and how far the hand-over has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from admin._base import Page
from admin._people import did, number_of, people_choices, role_words, sent
from admin.words import app_label, form_label, owned_words
from engine.acts.doing import address_of
from engine.people import Person, user_of
from engine.staff.belongings import (
    ALERTS,
    DRAFTS,
    LINKS,
    NOTIFICATIONS,
    OKR,
    RECIPIENT,
    RECORDS,
    REPORTS,
    ROLES,
    STANDS_IN,
    TEAMS,
    TOKENS,
    VIEWS,
    Belonging,
    belongings,
)
from engine.staff.changing import deactivate, reactivate, the_person
from engine.staff.giving_back import give_back, hand_overs_of
from engine.staff.hand_over_rows import HandOver
from engine.staff.handing import acts_of, hand_over, jobs_of
from rules.errors import N_, SteerwayError
from web import here
from web.errors import sentence
from web.pages.jobs import JobView
from web.words import gettext, ngettext

WORDS = {
    RECORDS: N_("Records they own"),
    REPORTS: N_("People whose manager they are"),
    TEAMS: N_("Teams and regions they lead"),
    VIEWS: N_("Shared views"),
    LINKS: N_("Public forms"),
    ROLES: N_("The last to hold a role"),
    STANDS_IN: N_("Days on which they stand in"),
    DRAFTS: N_("Drafts of apps that are not live yet"),
}
TOLD = {
    ALERTS: N_("Open alerts about their records: they follow the new owner."),
    NOTIFICATIONS: N_("Messages on their way: their manager gets them, or else the administrators."),
    TOKENS: N_("Tokens: they end at once."),
    OKR: N_("Objectives and key results that name them: change the config."),
    RECIPIENT: N_("Alert rules that name them: change the config."),
}


class LeavingView(Page):
    """Accounts that are closed, and what becomes of what hangs on them."""

    under = "people"

    def is_visible(self) -> bool:
        """Be reached from the page of a person."""
        return False

    @expose("/")
    def index(self) -> Any:
        """Lead to the people."""
        return redirect(self.get_url("people.index_view"), 303)

    @expose("/<int:person_id>")
    def show(self, person_id: int) -> Any:
        """Show what is a person's, and what was handed over."""
        person = the_person(here.db(), person_id)
        found = belongings(here.db(), person)
        jobs = [JobView(job) for job in jobs_of(here.db(), person)]
        acts = [
            (act, count, address_of(act), _place(act.app_key, act.form)) for act, count in acts_of(here.db(), person)
        ]
        facts = {
            "handed": [(one, self._words(one)) for one in found if one.is_handed],
            "told": [
                (one, gettext(TOLD[one.kind]), _place(one.app_key, one.form), _mended_at(one))
                for one in found
                if not one.is_handed
            ],
            "owned_words": owned_words,
            "people": people_choices(person.id),
        }
        overs = [HandedOver(row, self._returned(row)) for row in hand_overs_of(here.db(), person)]
        return self.render("back/leaving.html", person=person, jobs=jobs, acts=acts, overs=overs, **facts)

    @expose("/<int:person_id>", methods=("POST",))
    def leave(self, person_id: int) -> Any:
        """Close the account and hand over."""
        person = the_person(here.db(), person_id)
        plan = self._plan(person)
        try:
            job = hand_over(here.db(), person, plan, here.viewer(), here.now())
        except SteerwayError as error:
            here.db().rollback()
            for fault in error.faults:
                flash(sentence(fault), "error")
        else:
            here.db().commit()
            flash(gettext("The account is closed."), "success")
            if job is not None:
                flash(gettext("The records are being handed over; you find how far it is below."), "success")
            self._warn(plan)
        return redirect(self.get_url(".show", person_id=person_id), 303)

    @expose("/<int:person_id>/close", methods=("POST",))
    def close(self, person_id: int) -> Any:
        """Close the account and leave everything as it is."""

        def work() -> str:
            deactivate(here.db(), the_person(here.db(), person_id), here.viewer(), here.now())
            return gettext("The account is closed.")

        return did(work, self.get_url(".show", person_id=person_id))

    @expose("/<int:person_id>/back/<int:hand_over_id>", methods=("POST",))
    def back(self, person_id: int, hand_over_id: int) -> Any:
        """Open the account again where it is closed, and give back what was handed over."""

        def work() -> str:
            person = the_person(here.db(), person_id)
            if not person.active:
                reactivate(here.db(), person, here.viewer(), here.now())
            give_back(here.db(), person, hand_over_id, here.viewer(), here.now())
            return gettext("Given back as far as nobody else has it by now; see below.")

        return did(work, self.get_url(".show", person_id=person_id))

    def _returned(self, row: HandOver) -> list[tuple[str, str]]:
        """Return (what, what became of it) of a hand-over that was undone; nothing before."""
        return [(self._called(one), _counted(one)) for one in row.returned or ()]

    def _called(self, one: dict[str, Any]) -> str:
        kind = one["kind"]
        if kind == ROLES:
            return f"{gettext(WORDS[ROLES])}: {role_words([(one['app'], one['role'])])[0]}"
        place = _place(one["app"], one.get("form", "")) if one["app"] else ""
        return gettext(WORDS[kind]) + (f": {place}" if place else "")

    def _plan(self, person: Person) -> dict[str, int]:
        """Return key -> successor: the one of its own, or the one for all; "keep" leaves a thing where it is."""
        everything, plan = sent("all"), {}
        for one in belongings(here.db(), person):
            own = request.form.get(f"to:{one.key}", "")
            heir = number_of(own) or (everything if own != "keep" else 0)
            if one.is_handed and heir:
                plan[one.key] = heir
        return plan

    def _warn(self, plan: dict[str, int]) -> None:
        """Say whose new records lie in an app in which they have no part."""
        got = {(key.split("/")[1], heir) for key, heir in plan.items() if key.startswith(f"{RECORDS}/")}
        for app_key, heir in sorted(got):
            user = user_of(the_person(here.db(), heir))
            if not user.is_admin and not user.roles_in(app_key):
                app = app_label(app_key)
                said = gettext(
                    "%(name)s has no role in “%(app)s” yet, and sees none of it there.", name=user.name, app=app
                )
                flash(said, "error")

    def _words(self, one: Belonging) -> str:
        if one.kind == ROLES:
            return f"{gettext(WORDS[ROLES])}: {role_words([(one.app_key, one.detail)])[0]}"
        return gettext(WORDS[one.kind]) + (f": {_place(one.app_key, one.form)}" if one.app_key else "")


def _mended_at(one: Belonging) -> str:
    """Return the page of the designer in which the config names somebody; nothing for what no config says."""
    section, _, file = one.detail.partition(": ")[0].partition("/")
    if one.kind not in (OKR, RECIPIENT) or section not in ("okrs", "alerts"):
        return ""
    return url_for(f"design.{section}", app_key=one.app_key, part_key=file.removesuffix(".json"))


@dataclass(frozen=True)
class HandedOver:
    """A hand-over with what became of it when it was undone."""

    row: HandOver
    returned: list[tuple[str, str]]


def _counted(one: dict[str, Any]) -> str:
    back, kept = int(one["back"]), int(one["kept"])
    if not kept:
        return ngettext("%(num)s came back", "%(num)s came back", back)
    if not back:
        return ngettext("%(num)s stays with whoever has it now", "%(num)s stay with whoever has them now", kept)
    return gettext("%(back)s came back, %(kept)s stay with whoever has them now", back=back, kept=kept)


def _place(app_key: str, form: str) -> str:
    """Say an app and a form of it."""
    return " – ".join(filter(None, (app_label(app_key) if app_key else "", form_label(app_key, form))))
