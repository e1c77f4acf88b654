"""`/a/<app>/<form>/cards`: records as cards with a picture on top, a page of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from engine.records.query import query
from web import here
from web.kinds import Asked, Drawer, Entry, asked, frame
from web.pages.lists import readable_form
from web.render import render

if TYPE_CHECKING:
    from engine.records.query import Page

bp = Blueprint("cards", __name__)
#: Cards that come at once.
PAGE_SIZE = 24


@dataclass(frozen=True)
class PictureCard:
    """One card; without a picture, the colour of its stage or choice tops it."""

    entry: Entry
    picture: str


@bp.get("/a/<app_key>/<form_key>/cards")
def show(app_key: str, form_key: str) -> Response:
    """Show the first cards, or those after a place in their order."""
    live = here.live_app(app_key)
    wanted = asked(live, readable_form(live, form_key), "cards")
    after = request.args.get("after", "")
    page = _page(wanted, after)
    drawer = Drawer(wanted, page.records)
    context: dict[str, Any] = {
        "cards": [PictureCard(drawer.entry(one), drawer.picture(one)) for one in page.records],
        "pictures": drawer.cover is not None,
        "more_url": wanted.url(after=page.next) if page.more else "",
    }
    if after and request.headers.get("HX-Request") == "true":
        return Response(render_template("_picture_cards.html", **context), mimetype="text/html")
    return render("cards.html", "_gallery.html", piece_id="gallery", after=after, **context, **frame(wanted))


def _page(wanted: Asked, after: str) -> Page:
    return query(
        here.db(),
        wanted.live,
        wanted.form.key,
        here.viewer(),
        here.now(),
        sort=wanted.settings.sort or None,
        limit=PAGE_SIZE,
        after=after,
        count=False,
        titles=(),
        **wanted.question,
    )
