"""Before a draft goes live, on one page: faults, what changes in words, what it means for the records, and the tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design import impact_alerts, impact_cost, impact_hidden, impact_krs, impact_sight
from admin.design._desk import Tab, desk
from admin.design._gate import gate_of
from admin.design.ahead import ahead_view, sent_moves
from admin.design.changes import changes
from engine import design
from engine.acts.doing import send_ahead
from engine.config.source import Source
from engine.releases import Moves, fitting_moves, leaving_of, preview, source_of
from engine.releases.moves import STAGE
from engine.templates.upgrading import settle
from rules.errors import N_, Fault, SteerwayError
from web import here
from web.render import render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.releases import Leaving, Preview

TABS = (Tab("design.publishing", lazy_gettext("Publish"), counts=lambda: int(gate_of(desk().app_key).waits_for_me)),)
#: Facts of a fault that say how many records it is about, and which.
RECORDS = frozenset({"count", "examples", "records", "values", "example", "value"})
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
    pages.add_url_rule("/publish/ahead", "publishing_ahead", publishing_ahead)
    pages.add_url_rule("/publish/ahead", "publishing_send", send, methods=["POST"])


def show(app_key: str) -> Response:
    """Show what would change; what the records say follows at once, as a piece of its own."""
    return page(app_key)


def impact(app_key: str) -> Response:
    """Show what stands against it in the records, and what they will be told."""
    found = preview(here.db(), desk().source, chosen_moves()) if desk().draft and not desk().errors else None
    return render(
        "design/publish_impact.html",
        "design/_impact.html",
        app_key=app_key,
        found=in_sight(told_once(found)) if found else None,
        narrowed=desk().is_narrowed,
    )


#: Faults that are said better by what goes with records in it: by its name, and with what to do.
_ASKED = frozenset({"release.narrowed", "release.stage"})


def told_once(found: Preview) -> Preview:
    """Return a preview without the faults that only say that it is not chosen yet where records go."""
    open_ = {(one.form, one.column) for one in found.leaving if not one.is_mapped}
    faults = [
        one
        for one in found.faults
        if one.code not in _ASKED or (one.facts["form"], one.facts.get("field", STAGE)) not in open_
    ]
    return replace(found, faults=tuple(faults))


def in_sight(found: Preview) -> Preview:
    """Return what may be told: who may not publish hears that records stand against it, not how many nor which."""
    sight = desk().sight
    if sight is None or not sight.narrows:
        return found
    faults, warnings = (tuple(map(_without_records, side)) for side in (found.faults, found.warnings))
    return replace(found, faults=faults, warnings=warnings, leaving=sight.leaving(found.leaving))


def _without_records(fault: Fault) -> Fault:
    """Return a fault that names records by its place alone."""
    if not RECORDS.intersection(fault.facts):
        return fault
    template = N_("Records stand against it: who may publish sees how many, and which ({place}).")
    named = _place_of(fault)
    return Fault(fault.code, template, {"place": named}, file=fault.file, pointer=fault.pointer, level=fault.level)


def _place_of(fault: Fault) -> str:
    """Say what a fault is about by the names of its file and field."""
    content = next((one.spot for one in desk().source.files if one.path == fault.file), None)
    if content is None:
        return fault.file or "–"
    steps = fault.pointer.split("/")[1:]
    inner = content["fields"][int(steps[1])] if steps[:1] == ["fields"] and steps[1:2] and steps[1].isdigit() else None
    return " › ".join(desk().said(one) for one in (content, inner) if one is not None)


def do(app_key: str) -> Response:
    """Make the draft live, with a reason; whatever stands against it comes back, and nothing has changed."""
    reason = typed_reason()
    if not reason:
        return page(app_key, [gettext("Say in a few words why: the reason is kept with the release.")], 422)
    if request.form.get("version") != _version():
        return page(app_key, [gettext("Somebody edited the draft meanwhile. Look at it again.")], 409)
    label = desk().label  # asked before the draft is gone
    try:
        moves = Moves.read(request.form.getlist("map"))
        release = design.publish_draft(here.db(), app_key, here.viewer(), here.now(), reason, moves)
        upgraded = settle(here.db(), app_key, here.now())
    except SteerwayError as error:
        here.db().rollback()
        return page(app_key, [desk().told_of(fault) for fault in error.faults if fault.level == "error"], 422)
    here.db().commit()
    flash(gettext("Release %(number)s of “%(app)s” is live.", number=release.number, app=label), "success")
    for one in upgraded:
        flash(
            gettext("“%(app)s” is up to date with the template “%(name)s”.", app=label, name=desk().told(one.label)),
            "success",
        )
    return redirect(url_for("design.overview", app_key=app_key), 303)


def typed_reason() -> str:
    """Return the reason that was typed, in one line."""
    return " ".join(request.form.get("reason", "").split())[:500]


def publishing_ahead(app_key: str) -> Response:
    """Show what was sent ahead, and how far it has come."""
    if not here.wants_piece():
        return page(app_key)
    return render("design/_ahead.html", "design/_ahead.html", app_key=app_key, ahead=ahead_view(app_key))


def send(app_key: str) -> Response:
    """Send records ahead of the release, as far as it is chosen where they go and what is live knows the place."""
    found = desk().live
    if found is None:
        abort(404)
    try:
        send_ahead(here.db(), found, chosen_moves(), here.viewer(), here.now(), typed_reason())
    except SteerwayError as error:
        here.db().rollback()
        return page(app_key, [desk().told_of(_named(fault)) for fault in error.faults], 422)
    here.db().commit()
    return redirect(url_for("design.publishing", app_key=app_key, _anchor="ahead"), 303)


def _named(fault: Fault) -> Fault:
    """Return a fault about where records go with the names that the draft has for the place and the target."""
    for one in leaving_of(here.db(), desk().source):
        if fault.facts.get("place") == f"{one.form}.{one.column}":
            label = dict(one.targets).get(str(fault.facts.get("new")))
            new = {"new": desk().told(label)} if label is not None else {}
            return replace(fault, facts={**fault.facts, "place": desk().told(one.column_label), **new})
    return fault


def page(app_key: str, refused: list[str] | None = None, status: int = 200) -> Response:
    """Draw the page, with what was refused on top."""
    gate, ahead = gate_of(app_key), sent_moves(app_key)
    return render(
        "design/publish.html",
        app_key=app_key,
        changes=changes(desk().examined, _before(app_key), desk().source),
        pieces=PIECES,
        leaving=_leaving(gate.moves if gate.moves.lines else ahead),
        ahead=ahead_view(app_key),
        sent_lines=fitting_moves(here.db(), desk().source, ahead).lines if desk().draft else [],
        gate=gate,
        refused=refused or [],
        reason=request.form.get("reason", "") or gate.reason,
        status=status,
    )


def _before(app_key: str) -> Source:
    """Return what is live; for an app that is not, nothing but its key."""
    return source_of(here.db(), app_key) if desk().live else Source.from_dict({"app": {"key": app_key}, "forms": []})


def _leaving(asked: Moves) -> tuple[Leaving, ...]:
    """Return what asks where its records go, with what was chosen, or asked for before."""
    if desk().errors or not desk().draft:
        return ()
    found = leaving_of(here.db(), desk().source, chosen_moves() if "map" in request.values else asked)
    sight = desk().sight
    return sight.leaving(found) if sight is not None else found


def chosen_moves() -> Moves:
    """Return where records go as far as it is chosen; what nobody can choose is left out."""
    try:
        return Moves.read(request.values.getlist("map"))
    except SteerwayError:
        return Moves()


def _version() -> str:
    draft = desk().draft
    return str(draft.version) if draft else ""
