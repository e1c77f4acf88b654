"""`/a/<app>/<form>/board`: the records of a form as cards in the columns of its stages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from engine.config.defs import PipelineDef
from engine.errors import NotFound
from engine.releases import Live
from engine.rights import may
from web import here
from web.board_view import board_of
from web.pages.lists import readable_form
from web.render import render

bp = Blueprint("board", __name__)


@bp.get("/a/<app_key>/<form_key>/board")
def show(app_key: str, form_key: str) -> Response:
    """Show the board."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    pipeline = pipeline_of(live, form_key)
    text = _text()
    columns = board_of(live, pipeline).columns(text)
    can = {"create": may(here.viewer(), "create", live, form_key)}
    context: dict[str, Any] = {
        "live": live,
        "form": form,
        "pipeline": pipeline,
        "columns": columns,
        "q": text,
        "can": can,
    }
    return render("board.html", board_url=request.path, **context)


@bp.get("/a/<app_key>/<form_key>/board/cards")
def more(app_key: str, form_key: str) -> Response:
    """Return the next cards of a column."""
    live = here.live_app(app_key)
    readable_form(live, form_key)
    board, stage, text = board_of(live, pipeline_of(live, form_key)), request.args.get("stage", ""), _text()
    page = board.page(stage, text, request.args.get("after", ""))
    address = request.path.removesuffix("/cards")
    more_url = board.more_url(stage, page, text)
    return render("_cards.html", cards=board.cards(page.records), more_url=more_url, board_url=address)


def pipeline_of(live: Live, form_key: str) -> PipelineDef:
    """Return the pipeline of a form; without one there is no board."""
    pipeline = live.pipeline(form_key)
    if pipeline is None:
        raise NotFound("board", form_key)
    return pipeline


def _text() -> str:
    return " ".join(request.args.get("q", "").split())[:200]
