"""`/a/<app>/<form>/draft`: unfinished forms are kept while somebody types, and dropped when they say so."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from engine.drafts import drop, keep
from engine.errors import NotFound, Refused
from engine.records.read import get
from engine.rights import may
from web import here
from web.drafts_view import typed_pairs
from web.render import back_or, go
from web.shell import toast
from web.widgets import is_id
from web.words import gettext

bp = Blueprint("drafts", __name__)


@bp.post("/a/<app_key>/<form_key>/draft")
def save(app_key: str, form_key: str) -> Response:
    """Keep what was typed so far; nothing of it is checked, and nobody else sees it."""
    live = here.live_app(app_key)
    live.form(form_key)
    record_id = request.args.get("record", type=int)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    if not may(here.viewer(), "create" if record_id is None else "update", live, form_key):
        raise Refused("create", form_key)
    if record_id is not None:
        get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    kept = keep(
        here.db(),
        app_key,
        form_key,
        typed_pairs(request.form),
        here.viewer(),
        here.now(),
        draft_id=_number("-draft"),
        record_id=record_id,
        version=_number("version"),
        step=request.form.get("-page", "")[:100],
    )
    here.db().commit()
    at = here.now().astimezone(here.zone(live))
    return Response(render_template("_draft_note.html", draft_id=kept, draft_at=at), mimetype="text/html")


def _number(name: str) -> int | None:
    text = request.form.get(name, "")
    return int(text) if is_id(text) else None


@bp.post("/drafts/<int:draft_id>/discard")
def discard(draft_id: int) -> Response:
    """Drop an unfinished form."""
    if not drop(here.db(), draft_id, here.viewer()):
        raise NotFound("draft", draft_id)
    here.db().commit()
    toast(gettext("The unfinished form was discarded"))
    return go(back_or("/"))
