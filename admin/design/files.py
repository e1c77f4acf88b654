"""The files of a draft as JSON: every part of every designer, one click away and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design._desk import Tab, desk
from engine import design
from engine.config.parse import parse
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint
    from werkzeug.wrappers import Response

    from rules.errors import Fault

TABS = (Tab("design.files", lazy_gettext("JSON")),)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/files", "files", index)
    pages.add_url_rule("/files/<path:path>", "files_edit", edit)
    pages.add_url_rule("/files/<path:path>", "files_save", save, methods=["POST"])


def index(app_key: str) -> Response:
    """List the files."""
    return render("design/files.html", app_key=app_key)


def edit(app_key: str, path: str) -> Response:
    """Show a file as canonical JSON."""
    return _page(app_key, path, design.text_of(path, desk().content(path)), desk().faults_in(path))


def save(app_key: str, path: str) -> Response:
    """Store what was typed; text that is no JSON object comes back with its faults."""
    text = request.form.get("text", "")
    content, faults = parse(text.encode("utf-8", "surrogatepass"), path)
    if not isinstance(content, dict):
        return _page(app_key, path, text, faults, 422)
    try:
        desk().save(path, content, gettext("edited as JSON"))
    except SteerwayError as error:
        here.db().rollback()
        flash(sentence(error.faults[0]), "error")
        return _page(app_key, path, text, error.faults, 409)
    flash(gettext("Saved in the draft."), "success")
    return redirect(url_for("design.files_edit", app_key=app_key, path=path), 303)


def _page(app_key: str, path: str, text: str, faults: Sequence[Fault], status: int = 200) -> Response:
    return render(
        "design/file.html", app_key=app_key, path=path, text=text, faults=faults, seen=desk().seen(path), status=status
    )
