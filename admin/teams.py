"""Teams and regions: two trees, each place with who leads it and how many people it has."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin import expose

from admin._base import Page
from admin._people import did, people_choices, sent
from admin.words import app_label, field_label, form_label, part_label
from engine.people.team_rows import KINDS
from engine.staff import teams
from engine.staff.changing import the_person
from engine.staff.mentions import mentions
from web import here
from web.words import gettext


class TeamsView(Page):
    """The trees by which people are grouped."""

    under = "people"

    def is_visible(self) -> bool:
        """Stand below the page of people, not beside it."""
        return False

    @expose("/")
    def index(self) -> Any:
        """Show one of the two trees."""
        kind = request.args.get("kind", KINDS[0])
        if kind not in KINDS:
            abort(404)
        nodes = teams.tree(here.db(), kind)
        outside = set(teams.people_by_name(here.db(), kind)) - {node.team.name for node in nodes} - {""}
        without = teams.people_without(here.db(), kind)
        return self.render("back/teams.html", kind=kind, nodes=nodes, without=without, outside=sorted(outside))

    @expose("/<int:team_id>")
    def team(self, team_id: int) -> Any:
        """Show one place: its name, where it hangs, who leads it, and where its name stands."""
        team = teams.team_of(here.db(), team_id)
        nodes = teams.tree(here.db(), team.kind)
        words = {"app_label": app_label, "form_label": form_label, "field_label": field_label, "part_label": part_label}
        facts = {"nodes": nodes, "people": people_choices(), "mentions": mentions(here.db(), team.name), **words}
        node = next(one for one in nodes if one.team.id == team.id)
        return self.render("back/team.html", team=team, node=node, **facts)

    @expose("/add", methods=("POST",))
    def add(self) -> Any:
        """Add a team or region."""
        kind = request.form.get("kind", "")

        def work() -> str:
            made = teams.add(
                here.db(), kind, request.form.get("name", ""), sent("parent") or None, here.viewer(), here.now()
            )
            return gettext("“%(title)s” was added.", title=made.name)

        return did(work, self.get_url(".index", kind=kind if kind in KINDS else KINDS[0]))

    @expose("/gather", methods=("POST",))
    def gather(self) -> Any:
        """Take names into the tree that people carry already."""
        kind = request.form.get("kind", "")
        if kind not in KINDS:
            abort(404)

        def work() -> str:
            names = [*teams.people_by_name(here.db(), kind)]
            teams.ensure(here.db(), {kind: names}, here.viewer(), here.now())
            return gettext("Saved")

        return did(work, self.get_url(".index", kind=kind))

    @expose("/<int:team_id>/save", methods=("POST",))
    def save(self, team_id: int) -> Any:
        """Rename, move, and say who leads."""

        def work() -> str:
            session, by, now = here.db(), here.viewer(), here.now()
            team = teams.team_of(session, team_id)
            head = the_person(session, sent("manager")) if sent("manager") else None
            teams.move(session, team, sent("parent") or None, by, now)
            teams.set_manager(session, team, head, by, now)
            count = teams.rename(session, team, request.form.get("name", ""), by, now)
            return gettext("Saved; %(count)s people follow the new name.", count=count) if count else gettext("Saved")

        return did(work, self.get_url(".team", team_id=team_id))

    @expose("/<int:team_id>/remove", methods=("POST",))
    def remove(self, team_id: int) -> Any:
        """Take a place out of the tree while nobody is in it."""
        team = teams.team_of(here.db(), team_id)
        kind, name = team.kind, team.name

        def work() -> str:
            teams.remove(here.db(), team, here.viewer(), here.now())
            return gettext("“%(title)s” was removed.", title=name)

        return did(work, self.get_url(".index", kind=kind))
