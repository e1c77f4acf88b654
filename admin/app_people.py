"""Who holds which role in an app: people down, roles across; found by name, given and taken with one click."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request
from flask_admin import expose

from admin._base import Page
from admin._people import did, sent
from engine.people import everybody, find_people
from engine.releases import live
from engine.rights import CREATOR
from engine.rights import EVERY_APP as EVERY
from engine.staff.changing import give_role, take_role, the_person
from web import here
from web.i18n import language
from web.words import gettext


class AppPeopleView(Page):
    """Roles and people of one app."""

    under = "admin"

    def is_visible(self) -> bool:
        """Be reached from the page of an app."""
        return False

    @expose("/")
    def index(self) -> Any:
        """Lead to the list of apps."""
        return redirect(self.get_url("admin.index"), 303)

    @expose("/<app_key>/people")
    def people(self, app_key: str) -> Any:
        """Show who holds which role, and whoever was searched for."""
        title, roles = _app(app_key)
        text = request.args.get("q", "").strip()[:100]
        held = [(one, {grant.role for grant in one.grants if grant.app_key == app_key}) for one in everybody(here.db())]
        rows = [(one, mine) for one, mine in held if mine]
        gone = sorted({role for _, mine in rows for role in mine} - set(roles))
        known = {one.id for one, _ in rows}
        found = [one for one in find_people(here.db(), text) if one[0] not in known] if text else []
        counts = {role: sum(role in mine and one.active for one, mine in rows) for role in roles}
        facts = {"app_key": app_key, "title": title, "roles": roles, "rows": rows, "gone": gone, "counts": counts}
        return self.render("back/app_people.html", found=found, text=text, is_every=app_key == EVERY, **facts)

    def _back(self, app_key: str) -> str:
        """Return the page with the search that was made: whoever was found stays in sight."""
        return str(self.get_url(".people", app_key=app_key, q=request.form.get("q", "").strip()[:100] or None))

    @expose("/<app_key>/people/give", methods=("POST",))
    def give(self, app_key: str) -> Any:
        """Give somebody a role."""
        _, roles = _app(app_key)
        role = request.form.get("role", "")
        if role not in roles:
            abort(404)

        def work() -> str:
            person = the_person(here.db(), sent("person"))
            give_role(here.db(), person, app_key, role, here.viewer(), here.now())
            return gettext("%(name)s is “%(role)s” now.", name=person.name, role=roles[role])

        return did(work, self._back(app_key))

    @expose("/<app_key>/people/take", methods=("POST",))
    def take(self, app_key: str) -> Any:
        """Take a role away."""
        _, roles = _app(app_key)
        role = request.form.get("role", "")[:100]

        def work() -> str:
            person = the_person(here.db(), sent("person"))
            take_role(here.db(), person, app_key, role, here.viewer(), here.now())
            return gettext("%(name)s is no longer “%(role)s”.", name=person.name, role=roles.get(role, role))

        return did(work, self._back(app_key))


def _app(app_key: str) -> tuple[str, dict[str, str]]:
    """Return what an app is called, and its roles by key."""
    if app_key == EVERY:
        return gettext("Every app"), {CREATOR: gettext("May clone templates and create apps")}
    app = live(here.db(), app_key).app
    return app.label.pick(language()) or app_key, {
        role.key: role.label.pick(language()) or role.key for role in app.roles
    }
