"""`/tokens`: the viewer's tokens for the HTTP API: made, shown once, withdrawn; and the pages that describe the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.access import SCOPES, make_token, revoke_token, tokens_of
from engine.errors import EngineError
from engine.releases import apps
from forms.labels import Label
from web import here
from web.api.document import document
from web.api.reading import chapters
from web.errors import sentence
from web.i18n import language, told
from web.render import go, render
from web.shell import toast
from web.words import gettext

if TYPE_CHECKING:
    from engine.access import Token

bp = Blueprint("tokens", __name__)
#: Days a token may live, as offered.
SPANS = (7, 30, 90, 365)


@bp.get("/tokens")
def show() -> Response:
    """List the viewer's tokens, and offer to make one."""
    return _page({"days": "90", "scopes": ["read"]}, {})


@bp.post("/tokens")
def make() -> Response:
    """Make a token and show it, this one time."""
    form = request.form
    typed = {"name": form.get("name", ""), "days": form.get("days", ""), "app": form.get("app", "")}
    scopes = [scope for scope in form.getlist("scopes") if scope in SCOPES]
    days = int(typed["days"]) if typed["days"].isascii() and typed["days"].isdigit() and len(typed["days"]) < 5 else 0
    try:
        token, secret = make_token(
            here.db(), here.viewer(), typed["name"], scopes, here.now(), days=days, app_key=typed["app"] or None
        )
    except EngineError as error:
        return _page({**typed, "scopes": scopes}, {one.field: sentence(one) for one in error.faults}, 422)
    here.db().commit()
    return _page({"days": "90", "scopes": ["read"]}, {}, fresh=(token, secret))


@bp.post("/tokens/<int:token_id>/revoke")
def revoke(token_id: int) -> Response:
    """Withdraw a token at once."""
    token = revoke_token(here.db(), here.viewer(), token_id, here.now())
    here.db().commit()
    toast(gettext("“%(title)s” was withdrawn", title=token.name))
    return go(url_for("tokens.show"))


def _page(
    typed: dict[str, Any], faults: dict[str, str], status: int = 200, fresh: tuple[Token, str] | None = None
) -> Response:
    now, user = here.now(), here.viewer()
    rows = [one for one in tokens_of(here.db(), user) if one.revoked_at is None and one.expires_at > now]
    mine = [
        (row.key, Label.of(row.label, row.key).pick(language()))
        for row in apps(here.db())
        if user.is_admin or user.roles_in(row.key)
    ]
    words = {
        "read": gettext("Read records, lists and history"),
        "create": gettext("Create records"),
        "update": gettext("Change records"),
        "move": gettext("Move records between stages"),
        "delete": gettext("Delete and restore records"),
    }
    return render(
        "tokens.html",
        rows=rows,
        apps=mine,
        scopes=words,
        spans=SPANS,
        typed=typed,
        faults=faults,
        fresh=fresh,
        status=status,
    )


@bp.get("/a/<app_key>/api")
def reference(app_key: str) -> Response:
    """Show the description of an app's interface, as far as the viewer may see it."""
    live = here.live_app(app_key)
    made = document(live, here.viewer())
    base = request.url_root.rstrip("/")
    return render("api.html", live=live, title=str(told(live.app.label)), chapters=chapters(made, base), base=base)
