"""A release undone with one click: an older one, as a rule the one before, goes live again, and what was moved goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext

from admin.design._desk import Tab, desk
from admin.design.changes import changes
from admin.design.publishing import chosen_moves
from engine.acts.doing import done_count
from engine.acts.going_back import go_back
from engine.acts.reading import acts_ahead_of
from engine.design.examining import examined
from engine.releases import Moves, preview_back, release_of, source_of
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.releases import Release

TABS: tuple[Tab, ...] = ()


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/undo-release", "undoing", show)
    pages.add_url_rule("/undo-release", "undoing_do", do, methods=["POST"])
    pages.context_processor(offer)


def offer() -> dict[str, object]:
    """Return what the overview needs for its button."""
    return {"undoable": undoable, "undo_reason": undo_reason}


def undoable() -> Release | None:
    """Return the live release if it can be undone and is the latest that was done: no draft was begun since."""
    found = desk().live
    if found is None or found.number < 2 or not desk().may_publish:
        return None
    release, draft = release_of(here.db(), found.key, found.number), desk().draft
    return release if release and (draft is None or draft.created_at < release.published_at) else None


def undo_reason(release: Release) -> str:
    """Return the reason that is written down unless somebody says another one."""
    said = gettext("Release %(number)s is undone", number=release.number)
    return f"{said}: {release.reason}"[:500] if release.reason else said


def show(app_key: str) -> Response:
    """Show what would be undone, and what has to be said for it."""
    return _page(app_key)


def do(app_key: str) -> Response:
    """Bring the release before the live one back; what stands against it is shown, and nothing has changed."""
    now_live = _undone()
    if request.form.get("number") != str(now_live.number):
        return _page(app_key, [gettext("Another release went live meanwhile. Look at it again.")], 409)
    reason = " ".join(request.form.get("reason", "").split())[:500] or undo_reason(now_live)
    target, label = _target(now_live), desk().label
    try:
        moves = Moves.read(request.form.getlist("map"))
        release, acts = go_back(here.db(), app_key, target, here.viewer(), here.now(), reason, moves)
    except SteerwayError as error:
        here.db().rollback()
        return _page(app_key, [sentence(fault) for fault in error.faults if fault.level == "error"], 422)
    here.db().commit()
    told = gettext(
        "“%(app)s” is again as in release %(old)s, now as release %(number)s.",
        app=label,
        old=target,
        number=release.number,
    )
    flash(told, "success")
    if acts:
        flash(gettext("What was moved ahead of it is being taken back, too: see “What was done to many”."), "success")
    return redirect(url_for("design.overview", app_key=app_key), 303)


def _undone() -> Release:
    found = desk().live
    if found is None or found.number < 2 or not desk().may_publish:
        abort(404)
    return release_of(here.db(), found.key, found.number) or abort(404)


def _target(now_live: Release) -> int:
    """Return the release that is to come back: the one before the live one unless another is asked for."""
    number = request.values.get("to", now_live.number - 1, type=int)
    if not 0 < number < now_live.number or release_of(here.db(), now_live.app_key, number) is None:
        abort(404)
    return number


def _page(app_key: str, refused: list[str] | None = None, status: int = 200) -> Response:
    release = _undone()
    target = _target(release)
    reason = request.form.get("reason") or undo_reason(release)
    before, after = source_of(here.db(), app_key), source_of(here.db(), app_key, target)
    found = preview_back(here.db(), app_key, target, here.viewer(), here.now(), chosen_moves())
    faults = [] if found.leaving or refused else [sentence(fault) for fault in found.faults]
    response = render(
        "design/undo.html",
        app_key=app_key,
        release=release,
        target=target,
        leaving=found.leaving,
        changes=changes(examined(before)[1], before, after),
        sent=sum(done_count(one) for one in acts_ahead_of(here.db(), app_key, target, release.number)),
        refused=refused or faults,
        reason=reason,
        status=status,
    )
    here.db().rollback()  # trying it took the lock of whoever writes
    return response
