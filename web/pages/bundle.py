"""`/bundle/<names>`: several of our own small files in one answer, so that a page asks for few; kept by browsers for ever."""

from __future__ import annotations

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from web.assets import YEAR, joined

bp = Blueprint("bundle", __name__)
KINDS = {"js": "text/javascript", "css": "text/css"}


@bp.get("/bundle/<names>")
def show(names: str) -> Response:
    """Return the files one after the other; their versions stand in the address."""
    stems, _, ending = names.rpartition(".")
    content = joined(tuple(f"{stem}.{ending}" for stem in stems.split("+"))) if ending in KINDS else None
    if content is None:
        abort(404)
    answer = Response(content, mimetype=KINDS[ending])
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return answer
