"""The HTTP API: every form of every app as JSON, within the same rights and by the same verbs as the screens."""

from __future__ import annotations

from flask import Blueprint, Flask

from web.api import document, entry, files, problems, records


def install(app: Flask) -> None:
    """Register the interface; it takes tokens and no cookies, so that no other site can use a visitor's session."""
    from web.security import csrf

    bp = Blueprint("api", __name__, url_prefix="/api/v1")
    for part in (records, files, document):
        part.add_to(bp)
    bp.before_request(entry.know_bearer)
    problems.add_to(bp)
    csrf.exempt(bp)
    app.register_blueprint(bp)
