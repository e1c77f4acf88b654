"""A new part of an app: its name, and the form that it is for, are enough to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext

from admin.design._desk import desk, typed_name
from engine.design.starters import starter
from rules.errors import SteerwayError
from web import here
from web.errors import sentence

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

TABS: tuple[Any, ...] = ()
#: Sections that have a designer.
SECTIONS = ("forms", "pipelines", "okrs", "alerts", "dashboards")


def install(pages: Blueprint) -> None:
    """Add the page."""
    pages.add_url_rule("/new/<section>", "new", create, methods=["POST"])


def create(app_key: str, section: str) -> Response:
    """Add a part to the draft and open its designer."""
    name = typed_name()
    if section not in SECTIONS:
        abort(404)
    if not name:
        flash(gettext("Give it a name."), "error")
        return redirect(url_for(f"design.{section}_home", app_key=app_key), 303)
    try:
        path, content = starter(desk().source, section, name, request.form.get("form", ""), _words())
        desk().save(path, content, gettext("added “%(what)s”", what=name), seen="")
    except SteerwayError as error:
        here.db().rollback()
        flash(sentence(error.faults[0]), "error")
        return redirect(url_for(f"design.{section}_home", app_key=app_key), 303)
    return redirect(url_for(f"design.{section}", app_key=app_key, part_key=content["key"]), 303)


def _words() -> dict[str, str]:
    return {
        "title": gettext("Title"),
        "open": gettext("Under way"),
        "won": gettext("Done"),
        "lost": gettext("Given up"),
        "win": gettext("Finish"),
        "lose": gettext("Give up"),
        "objective": gettext("First objective"),
        "result": gettext("Records in this cycle"),
        "look": gettext("Please look at:"),
        "count": gettext("Number of records"),
        "period": gettext("Period"),
    }
