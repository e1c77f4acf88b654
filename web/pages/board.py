"""`/a/<app>/<form>/board`: the records of a form as cards in the columns of its stages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from engine.config.defs import PipelineDef
from engine.errors import NotFound
from engine.records.query import COUNT_CAP
from engine.releases import Live
from web import here
from web.board_view import board_of
from web.kinds import address, asked, frame
from web.pages.lists import readable_form
from web.render import render

bp = Blueprint("board", __name__)


@bp.get("/a/<app_key>/<form_key>/board")
def show(app_key: str, form_key: str) -> Response:
    """Show the board."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    pipeline, wanted = pipeline_of(live, form_key), asked(live, form, "board")
    board = board_of(live, pipeline, wanted)
    lanes = board.lanes()
    columns = [] if lanes else board.columns(_depth(), None if request.args.get("counted") else COUNT_CAP)
    context: dict[str, Any] = {
        "columns": columns,
        "uncounted": any(not one.count_text for one in columns),
        "heads_url": address(live, form_key, "board", wanted.kept, "board.heads"),
        "counted_url": wanted.url(counted="yes"),
        "lanes": lanes,
        "lane": board.lane,
        "board_url": wanted.url(),
    }
    return render("board.html", "_board.html", piece_id="board", **context, **frame(wanted))


@bp.get("/a/<app_key>/<form_key>/board/heads")
def heads(app_key: str, form_key: str) -> Response:
    """Return the heads of all columns, counted to the last record: what a page with very many leaves out."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    pipeline = pipeline_of(live, form_key)
    board = board_of(live, pipeline, asked(live, form, "board"))
    columns = board.heads([stage.key for stage in pipeline.stages])
    return Response(
        "".join(render_template("_column_head.html", column=one, oob=True) for one in columns), mimetype="text/html"
    )


@bp.get("/a/<app_key>/<form_key>/board/cards")
def more(app_key: str, form_key: str) -> Response:
    """Return the next cards of a column."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    wanted = asked(live, form, "board")
    board, stage = board_of(live, pipeline_of(live, form_key), wanted), request.args.get("stage", "")
    page = board.page(stage, request.args.get("after", ""))
    more_url = board.more_url(stage, page)
    return render("_cards.html", cards=board.cards(page.records), more_url=more_url, board_url=wanted.url())


def pipeline_of(live: Live, form_key: str) -> PipelineDef:
    """Return the pipeline of a form; without one there is no board."""
    pipeline = live.pipeline(form_key)
    if pipeline is None:
        raise NotFound("board", form_key)
    return pipeline


def _depth() -> int:
    """Return how many cards a column shows that is drawn again."""
    text = request.args.get("depth", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
