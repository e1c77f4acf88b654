"""Every page is drawn here: the whole page, or the one piece that htmx asks for under the same address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, request
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response

from web import here
from web.own import own

if TYPE_CHECKING:
    from forms.defs import FormDef


def render(page: str, piece: str = "", *, status: int = 200, piece_id: str = "", **context: object) -> Response:
    """Draw `page`, or `piece` (a template that starts with an underscore) when htmx asks for it."""
    wanted = piece if piece and here.wants_piece(piece_id) else page
    response = make_response(render_template(wanted, **context), status)
    response.vary.add("HX-Request")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def go(address: str) -> Response:
    """Answer a post: 303 to a page, by a header when htmx posted."""
    if request.headers.get("HX-Request") == "true":
        return make_response("", 204, {"HX-Redirect": iri_to_uri(address)})
    return redirect(address, 303)


def back_or(address: str) -> str:
    """Return the `next` address of the request when it lies within this site, else the given one."""
    wanted = request.values.get("next", "")
    return wanted if is_local(wanted) else address


def own_next(address: str, form: FormDef) -> str:
    """Return the `-next` address of a request that brings fields of a form, when it lies within this site."""
    wanted = own(request.values, "next", form)
    return wanted if is_local(wanted) else address


def is_local(address: str) -> bool:
    """Tell whether an address stays on this site: an absolute path that no browser reads as another host."""
    plain = address.isprintable() and "\\" not in address
    return plain and address.startswith("/") and not address.startswith("//")
