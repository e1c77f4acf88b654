"""`/preferences`: how the viewer wants to be told: address, mobile number, and what each channel is for."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.alerts.outlets import outlets
from engine.alerts.ways import Contact, contact_of, keep_contact
from engine.channels import CHANNELS
from engine.errors import EngineError
from web import here
from web.errors import sentence
from web.render import go, render
from web.shell import toast
from web.words import gettext

bp = Blueprint("preferences", __name__)


@bp.get("/preferences")
def show() -> Response:
    """Show what is chosen."""
    return _page(contact_of(here.db(), here.viewer().id or 0), {})


@bp.post("/preferences")
def keep() -> Response:
    """Keep what is chosen; only one's own mailbox can be asked for everything."""
    known = {row.key: CHANNELS[row.type].is_personal for row in outlets(here.db()) if row.type in CHANNELS}
    chosen = {key: request.form.get(f"use-{key}", "") for key in known}
    wanted = Contact(
        email=request.form.get("email", "").strip(),
        mobile="".join(sign for sign in request.form.get("mobile", "") if sign not in " -()"),
        always=frozenset(key for key, use in chosen.items() if use == "always" and known[key]),
        never=frozenset(key for key, use in chosen.items() if use == "never"),
    )
    try:
        keep_contact(here.db(), here.viewer().id or 0, wanted)
    except EngineError as error:
        return _page(wanted, {one.field: sentence(one) for one in error.faults}, 422)
    here.db().commit()
    toast(gettext("Saved"))
    return go(url_for("preferences.show"))


def _page(contact: Contact, faults: dict[str, str], status: int = 200) -> Response:
    rows = [row for row in outlets(here.db()) if row.enabled and row.type in CHANNELS]
    return render("preferences.html", contact=contact, faults=faults, rows=rows, types=CHANNELS, status=status)
