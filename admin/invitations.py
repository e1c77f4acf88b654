"""Invitations and links for a new password: made, shown once, mailed, renewed, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from admin._base import Page
from admin._people import did, offered_roles, role_of, role_words, shown
from engine.operator import public_url
from engine.people.team_rows import REGION, TEAM
from engine.staff import invitations, teams
from engine.staff.changing import the_person
from engine.staff.mailing import letter_of, mail_channel, send
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.i18n import language
from web.words import gettext

if TYPE_CHECKING:
    from engine.people.invitation_rows import Invitation


class InvitationsView(Page):
    """Links by which people come in, or set a new password."""

    under = "people"

    def is_visible(self) -> bool:
        """Stand below the page of people."""
        return False

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """List the links; make one."""
        if request.method == "GET":
            return self._page()
        form = request.form
        roles = [role_of(text) for text in form.getlist("roles") if text in dict(offered_roles())]
        try:
            row, secret = invitations.invite(
                here.db(),
                form.get("email", ""),
                here.viewer(),
                here.now(),
                name=form.get("name", ""),
                roles=roles,
                team=form.get("team", ""),
                region=form.get("region", ""),
            )
        except SteerwayError as error:
            here.db().rollback()
            return self._page(faults={one.field: sentence(one) for one in error.faults}), 422
        return self._fresh(row, secret)

    @expose("/<int:row_id>/again", methods=("POST",))
    def again(self, row_id: int) -> Any:
        """Give an invitation another link."""
        row, secret = invitations.renew(here.db(), row_id, here.viewer(), here.now())
        return self._fresh(row, secret)

    @expose("/<int:row_id>/withdraw", methods=("POST",))
    def withdraw(self, row_id: int) -> Any:
        """End a link at once."""

        def work() -> str:
            invitations.withdraw(here.db(), row_id, here.viewer(), here.now())
            return gettext("The link no longer leads anywhere.")

        return did(work, self.get_url(".index"))

    @expose("/reset/<int:person_id>", methods=("POST",))
    def reset(self, person_id: int) -> Any:
        """Make a link by which a person sets a new password."""
        try:
            row, secret = invitations.reset(here.db(), the_person(here.db(), person_id), here.viewer(), here.now())
        except SteerwayError as error:
            here.db().rollback()
            flash(sentence(error.faults[0]), "error")
            return redirect(url_for("people.person", person_id=person_id), 303)
        return self._fresh(row, secret)

    def _fresh(self, row: Invitation, secret: str) -> Any:
        """Keep the link, mail it when there is a way, and show it this one time."""
        base = public_url() or request.url_root.rstrip("/")
        link = base + url_for("joining.show", token=secret)
        session, now = here.db(), here.now()
        channel = mail_channel(session) if row.email else None
        letter = letter_of(channel, row, link, language(), now) if channel else None
        session.commit()
        cause = ""
        if channel is not None and letter is not None:
            session.expunge(channel)
            session.rollback()
            cause = send(channel, letter, now)
            if not cause:
                row.sent_at = now
                session.add(row)
                session.commit()
        return shown(self._page(fresh=(row, link, cause)))

    def _page(self, fresh: Any = None, faults: dict[str, str] | None = None) -> Any:
        session, now = here.db(), here.now()
        rows = [
            (one, invitations.state_of(one, now), role_words([(app, role) for app, role in one.roles or ()]))
            for one in invitations.invitations(session)
        ]
        known = {"teams": teams.names(session, TEAM), "regions": teams.names(session, REGION)}
        facts = {"rows": rows, "fresh": fresh, "faults": faults or {}, "choices": offered_roles(), **known}
        typed = request.form if faults else {}
        return self.render("back/invitations.html", typed=typed, can_mail=mail_channel(session) is not None, **facts)
