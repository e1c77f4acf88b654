"""`/pulse`: whether this process and its database answer, for those who watch over servers."""

from __future__ import annotations

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from engine.releases import apps
from web.here import db

bp = Blueprint("pulse", __name__)


@bp.get("/pulse")
def show() -> Response:
    """Answer "ok" when the database does."""
    apps(db())
    return jsonify(status="ok")
