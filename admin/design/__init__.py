"""The designers' pages of one app, under /admin/design/<app>: overview, files, and whatever each part adds.

A part is a module with `TABS` and `install(blueprint)`, named in `PARTS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, request, url_for

from admin.design import (
    alert_designer,
    approving,
    conditions,
    creating,
    dashboard_designer,
    files,
    form_designer,
    impact_alerts,
    impact_cost,
    impact_hidden,
    impact_krs,
    impact_sight,
    okr_designer,
    overview,
    permission_designer,
    pipeline_designer,
    publishing,
    settings_designer,
    story_words,
    tests_designer,
    undoing,
    uses,
)
from admin.design._desk import desk, open_desk
from admin.design._part import Part
from admin.fault_words import at_member, place_words, suggestion_words
from engine.config.source import APP_FILE
from engine.config.spot import Spot
from engine.design import content_of
from web.i18n import NAMES

if TYPE_CHECKING:
    from flask import Flask

    from admin.design._designer import Designer

#: In the order of their tabs.
PARTS = (
    overview, form_designer, pipeline_designer, okr_designer, alert_designer, dashboard_designer,
    permission_designer, settings_designer,
    tests_designer, uses, files, publishing, approving, undoing, conditions, creating,
)  # fmt: skip
#: Pieces of the page before publishing, each with a page of its own.
IMPACT = (impact_krs, impact_alerts, impact_sight, impact_hidden, impact_cost)


def install(app: Flask) -> None:
    """Add the pages to the application."""
    pages = Blueprint("design", __name__, url_prefix="/admin/design/<app_key>")
    pages.before_request(open_desk)
    for part in (*PARTS, *IMPACT):
        part.install(pages)
    pages.context_processor(frame)
    app.register_blueprint(pages)


def frame() -> dict[str, object]:
    """Return what the frame of these pages draws: the desk, and the tabs; nothing for whom was turned away."""
    if "desk" not in g:
        return {}
    tabs = [tab for part in PARTS for tab in part.TABS]
    return {
        "place_url": place_url,
        "place_said": place_said,
        "fault_words": lambda fault: desk().told_of(fault),
        "suggestion_words": lambda fault: suggestion_words(fault, desk().source),
        "at_member": at_member,
        "has_designer": has_designer,
        "desk": desk(),
        "tabs": tabs,
        "tab_here": request.endpoint,
        "language_names": NAMES,
    }


#: Section of a config -> its designer.
DESIGNERS = {
    one.section: one
    for one in (
        form_designer.designer, pipeline_designer.designer, okr_designer.designer, alert_designer.designer,
        dashboard_designer.designer, settings_designer.designer, tests_designer.designer,
    )
}  # fmt: skip


def has_designer(path: str) -> bool:
    """Tell whether a file has a designer."""
    return ("app" if path == APP_FILE else path.partition("/")[0]) in DESIGNERS


def place_url(path: str, pointer: str) -> str:
    """Return where a place of the draft can be changed: the control in a designer that shows it, else its line of the JSON."""
    content = content_of(desk().source, path)
    if not isinstance(content, dict):
        return url_for("design.files", app_key=desk().app_key)
    designer = _designer(path, pointer)
    found = designer.url_at(Part(path, content), pointer) if designer else None
    return found or url_for("design.files_edit", app_key=desk().app_key, path=path, at=pointer or None)


def place_said(path: str, pointer: str, *, whole: bool = True) -> str:
    """Return the way to a place of the draft in words; of the place within its file unless the whole is asked for."""
    content = content_of(desk().source, path)
    if not isinstance(content, dict):
        return path
    in_test = path.startswith("tests/")
    return place_words(
        Spot(content, path), pointer, whole=whole, called=lambda at: story_words.name_at(content, at) if in_test else ""
    )


def _designer(path: str, pointer: str) -> Designer | None:
    if path.startswith("forms/") and f"{pointer}/".startswith("/permissions/"):
        return permission_designer.designer
    return DESIGNERS.get("app" if path == APP_FILE else path.partition("/")[0])
