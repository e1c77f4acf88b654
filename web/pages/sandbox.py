"""A sandbox seen as any of its roles, and taken away by a button."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from engine.sandboxes import is_sandbox
from engine.templates.removing import remove_app
from web import here

bp = Blueprint("sandbox", __name__)
#: Where the cookie keeps the role that each sandbox is seen as.
SEEN_AS = "sandbox_roles"


@bp.before_app_request
def see_as_role() -> None:
    """Let the visitor of a sandbox be nobody but a holder of the chosen role."""
    app_key = str((request.view_args or {}).get("app_key", ""))
    role = session.get(SEEN_AS, {}).get(app_key) if is_sandbox(app_key) else None
    user = here.visitor()
    if role and user is not None and request.endpoint != "sandbox.choose" and request.blueprint != "api":
        g.user = replace(user, is_admin=False, roles=frozenset({(app_key, role)}))


@bp.post("/a/<app_key>/sandbox")
def choose(app_key: str) -> Response:
    """See the sandbox as a role, as oneself again, or take it away."""
    found = here.live_app(app_key)
    if not is_sandbox(app_key):
        abort(404)
    seen: dict[str, str] = {key: role for key, role in session.get(SEEN_AS, {}).items() if key != app_key}
    if "remove" in request.form:
        remove_app(here.db(), app_key, here.viewer(), here.now())
        here.db().commit()
        session[SEEN_AS] = seen
        return redirect(url_for("home.show"), 303)
    role = request.form.get("role", "")
    if role in {one.key for one in found.app.roles}:
        seen[app_key] = role
    session[SEEN_AS] = seen
    return redirect(url_for("lists.app_home", app_key=app_key), 303)
