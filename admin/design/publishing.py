"""Before a draft goes live, on one page: faults, what changes in words, what it means for the records, and the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design import impact_alerts, impact_cost, impact_hidden, impact_krs, impact_sight
from admin.design._desk import Tab, desk
from admin.difference_words import placing, said
from engine import design
from engine.config.defs import GateDef
from engine.config.source import Source
from engine.design.diff import diff
from engine.releases import Moves, leaving_of, preview, source_of
from engine.templates.three_way import NONE
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.releases import Leaving
    from engine.templates.three_way import Difference

TABS = (Tab("design.publishing", lazy_gettext("Publish")),)
#: Differences shown; a config that came whole from elsewhere may have thousands.
MOST = 300
WORDS = {
    "added": lazy_gettext("added"),
    "removed": lazy_gettext("removed"),
    "changed": lazy_gettext("changed"),
}
PILLS = {"added": "good", "removed": "bad", "changed": "warn"}
#: What is looked up in the records after the page is there: (endpoint of the piece, heading of its section), in order.
PIECES: tuple[tuple[str, Any], ...] = (
    ("design.publishing_impact", lazy_gettext("What it means for the records")),
    ("design.impact_krs", impact_krs.TITLE),
    ("design.impact_alerts", impact_alerts.TITLE),
    ("design.impact_sight", impact_sight.TITLE),
    ("design.impact_hidden", impact_hidden.TITLE),
    ("design.impact_cost", impact_cost.TITLE),
)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/publish", "publishing", show)
    pages.add_url_rule("/publish/impact", "publishing_impact", impact)
    pages.add_url_rule("/publish", "publishing_do", do, methods=["POST"])
    pages.add_url_rule("/publish/approve", "publishing_approve", approve, methods=["POST"])


def show(app_key: str) -> Response:
    """Show what would change; what the records say follows at once, as a piece of its own."""
    return _page(app_key)


def impact(app_key: str) -> Response:
    """Show what stands against it in the records, and what they will be told."""
    found = preview(here.db(), desk().source, chosen_moves()) if desk().draft and not desk().errors else None
    return render("design/publish_impact.html", "design/_impact.html", app_key=app_key, found=found)


def do(app_key: str) -> Response:
    """Make the draft live, with a reason; whatever stands against it comes back, and nothing has changed."""
    reason = " ".join(request.form.get("reason", "").split())[:500]
    if not reason:
        return _page(app_key, [gettext("Say in a few words why: the reason is kept with the release.")], 422)
    if request.form.get("version") != _version():
        return _page(app_key, [gettext("Somebody edited the draft meanwhile. Look at it again.")], 409)
    label = desk().label  # asked before the draft is gone
    try:
        moves = Moves.read(request.form.getlist("map"))
        release = design.publish_draft(here.db(), app_key, here.viewer(), here.now(), reason, moves)
    except SteerwayError as error:
        here.db().rollback()
        return _page(app_key, [sentence(fault) for fault in error.faults if fault.level == "error"], 422)
    here.db().commit()
    flash(gettext("Release %(number)s of “%(app)s” is live.", number=release.number, app=label), "success")
    return redirect(url_for("design.overview", app_key=app_key), 303)


def approve(app_key: str) -> Response:
    """Say yes to the draft as it was looked at."""
    version = request.form.get("version", "")
    try:
        design.approve(here.db(), app_key, int(version) if version.isdecimal() else 0, here.viewer(), here.now())
    except SteerwayError as error:
        here.db().rollback()
        return _page(app_key, [sentence(fault) for fault in error.faults], 409)
    here.db().commit()
    flash(gettext("Approved as it is."), "success")
    return redirect(url_for("design.publishing", app_key=app_key), 303)


def _gate() -> dict[str, Any]:
    """Return what the live release demands, and how far the draft is with it."""
    draft, now_live = desk().draft, desk().live
    approval = design.approval_of(here.db(), draft) if draft else None
    mine = draft is not None and design.last_editor(here.db(), draft) == here.viewer().id
    return {
        "gate": now_live.app.publishing if now_live else GateDef(),
        "approval": approval,
        "may_approve": desk().may_publish and not mine and not desk().errors,
    }


def _page(app_key: str, refused: list[str] | None = None, status: int = 200) -> Response:
    sources = (_before(app_key), desk().source)
    found = diff(*sources)
    place = placing(*sources)
    rows = [(_kind(one), place(one), said(one.ours), said(one.theirs)) for one in found[:MOST]]
    return render(
        "design/publish.html",
        app_key=app_key,
        rows=rows,
        more=max(0, len(found) - MOST),
        words=WORDS,
        pills=PILLS,
        pieces=PIECES,
        leaving=_leaving(),
        **_gate(),
        refused=refused or [],
        reason=request.form.get("reason", ""),
        status=status,
    )


def _before(app_key: str) -> Source:
    """Return what is live; for an app that is not, nothing but its key."""
    return source_of(here.db(), app_key) if desk().live else Source.from_dict({"app": {"key": app_key}, "forms": []})


def _leaving() -> tuple[Leaving, ...]:
    """Return what asks where its records go, with what was chosen."""
    if desk().errors or not desk().draft:
        return ()
    return leaving_of(here.db(), desk().source, chosen_moves())


def chosen_moves() -> Moves:
    """Return where records go as far as it is chosen; what nobody can choose is left out."""
    try:
        return Moves.read(request.values.getlist("map"))
    except SteerwayError:
        return Moves()


def _version() -> str:
    draft = desk().draft
    return str(draft.version) if draft else ""


def _kind(one: Difference) -> str:
    return "added" if one.ours is NONE else "removed" if one.theirs is NONE else "changed"
