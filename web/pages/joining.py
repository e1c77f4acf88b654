"""`/join/<token>`: somebody who was invited, or needs a new password, sets it; no sign-in, one time, seven days."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.people.invitation_rows import Invitation
from engine.staff.invitations import accept, opened
from rules.errors import SteerwayError
from web import here, security
from web.errors import sentence
from web.render import go, render

bp = Blueprint("joining", __name__)


@bp.get("/join/<token>")
def show(token: str) -> Response:
    """Ask for what is needed; a link that leads nowhere is answered like any address that does not exist."""
    return _page(opened(here.db(), token, here.now()), token)


@bp.post("/join/<token>")
def enter(token: str) -> Response:
    """Let the person in, once."""
    session, form = here.db(), request.form
    try:
        person = accept(
            session,
            token,
            here.now(),
            sign_in=form.get("sign_in", "")[:200],
            name=form.get("name", ""),
            password=form.get("password", ""),
            again=form.get("again", ""),
        )
    except NotFound:
        raise
    except SteerwayError as error:
        faults = {one.field: sentence(one) for one in error.faults}
        session.rollback()
        return _page(opened(session, token, here.now()), token, faults)
    session.commit()
    security.sign_in(person)
    return go(url_for("home.show"))


def _page(invitation: Invitation, token: str, faults: dict[str, str] | None = None) -> Response:
    typed = {"sign_in": request.form.get("sign_in", "")[:200], "name": request.form.get("name", invitation.name)[:200]}
    status = 422 if faults else 200
    answer = render("join.html", invitation=invitation, token=token, faults=faults or {}, typed=typed, status=status)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
