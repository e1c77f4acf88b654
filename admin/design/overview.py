"""The first page of an app's design: what it is made of, what stands against publishing, who edited what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design._desk import Tab, desk
from engine import design
from engine.people import has_people
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

TABS = (Tab("design.overview", lazy_gettext("Overview")),)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/", "overview", show)
    pages.add_url_rule("/discard", "overview_discard", discard, methods=["POST"])
    pages.add_url_rule("/undo/<int:edit_id>", "overview_undo", undo, methods=["POST"])


def show(app_key: str) -> Response:
    """Show the parts of the app, its faults, and the latest edits."""
    lonely = desk().live is not None and not has_people(here.db(), app_key)
    return render("design/overview.html", app_key=app_key, lonely=lonely)


def discard(app_key: str) -> Response:
    """Drop the draft."""
    design.discard(here.db(), app_key, here.viewer(), here.now())
    here.db().commit()
    flash(gettext("The draft is dropped; what is live did not change."), "success")
    return redirect(url_for("admin.index" if desk().live is None else "design.overview", app_key=app_key), 303)


def undo(app_key: str, edit_id: int) -> Response:
    """Take one edit back."""
    try:
        design.undo(here.db(), app_key, edit_id, here.viewer(), here.now())
    except SteerwayError as error:
        here.db().rollback()
        flash(sentence(error.faults[0]), "error")
    else:
        here.db().commit()
        flash(gettext("Taken back."), "success")
    return redirect(request.form.get("back") or url_for("design.overview", app_key=app_key), 303)
