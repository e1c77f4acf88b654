"""Search-as-you-type for references and people: JSON for the select, always asked on the server, never embedded."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.people import find_people
from engine.records.titles import lookup
from engine.rights import may
from web import here

bp = Blueprint("lookup", __name__)
MOST = 30


@bp.get("/a/<app_key>/<form_key>/lookup")
def records(app_key: str, form_key: str) -> Response:
    """Find records by words of their title, within the viewer's rights."""
    live = here.live_app(app_key)
    if form_key not in live.app.forms or not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    found = lookup(here.db(), live, form_key, _text(), here.viewer(), here.now(), limit=MOST)
    return _answer(found)


@bp.get("/a/<app_key>/people")
def people(app_key: str) -> Response:
    """Find people by a part of their name."""
    here.live_app(app_key)
    return _answer(find_people(here.db(), _text(), limit=MOST))


def _text() -> str:
    return " ".join(request.args.get("q", "").split())[:100]


def _answer(found: list[tuple[int, str]]) -> Response:
    response = jsonify(results=[{"id": str(id_), "title": title} for id_, title in found])
    response.headers["Cache-Control"] = "no-store"
    return response
