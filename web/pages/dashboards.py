"""`/a/<app>/dashboards/<key>`: tiles on a calm grid, each of which comes by itself; without scripts, all with the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.dashboards.answering import answer, ask
from engine.errors import NotFound
from web import here, i18n
from web.dashboards.drawing import DRAWN, Drawer
from web.dashboards.filters import choices
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from engine.config.defs import TileDef
    from engine.dashboards.asking import Asking

bp = Blueprint("dashboards", __name__)
#: Asks for the whole page at once.
WHOLE = "whole"


@dataclass(frozen=True)
class TileView:
    """One tile: its frame, and (unless it is to come by itself) what stands in it."""

    key: str
    label: str
    type: str
    width: int
    url: str
    help: str = ""
    body: dict[str, Any] | None = None
    refused: str = ""


@bp.get("/a/<app_key>/dashboards/<dashboard_key>")
def show(app_key: str, dashboard_key: str) -> Response:
    """Show a dashboard: the frames of its tiles, or all of it."""
    asking = _ask(app_key, dashboard_key)
    whole = bool(request.args.get(WHOLE))
    tiles = [_drawn(asking, tile) if whole else _frame(asking, tile) for tile in asking.dashboard.tiles]
    return render(
        "dashboard.html",
        live=asking.live,
        dashboard=asking.dashboard,
        tiles=tiles,
        choices=choices(asking),
        whole=whole,
        whole_url=_address(asking, whole=True),
        plain_url=url_for("dashboards.show", app_key=app_key, dashboard_key=dashboard_key),
        narrowed=bool(asking.chosen.args),
        at=asking.now,
        zone=here.zone(asking.live),
    )


@bp.get("/a/<app_key>/dashboards/<dashboard_key>/<tile_key>")
def tile(app_key: str, dashboard_key: str, tile_key: str) -> Response:
    """Show one tile: the piece that its frame asks for, or a page of its own."""
    asking = _ask(app_key, dashboard_key)
    found = asking.dashboard.tile(tile_key)
    if found is None:
        raise NotFound("tile", tile_key[:60])
    return render(
        "dashboard_tile.html",
        "_tile.html",
        live=asking.live,
        dashboard=asking.dashboard,
        tile=_drawn(asking, found),
        back_url=_address(asking),
        at=asking.now,
        zone=here.zone(asking.live),
    )


def _ask(app_key: str, dashboard_key: str) -> Asking:
    live = here.live_app(app_key)
    return ask(here.db(), live, dashboard_key, here.viewer(), here.now(), request.args)


def _address(asking: Asking, tile: TileDef | None = None, *, whole: bool = False) -> str:
    said = urlencode({**asking.chosen.args, **({WHOLE: "1"} if whole else {})})
    app, key = asking.live.key, asking.dashboard.key
    path = url_for("dashboards.show", app_key=app, dashboard_key=key)
    if tile is not None:
        path = url_for("dashboards.tile", app_key=app, dashboard_key=key, tile_key=tile.key)
    return f"{path}?{said}" if said else path


def _frame(asking: Asking, tile: TileDef) -> TileView:
    label, help_ = str(i18n.told(tile.label)), str(i18n.told(tile.help))
    return TileView(tile.key, label, tile.type, tile.width, _address(asking, tile), help_)


def _drawn(asking: Asking, tile: TileDef) -> TileView:
    frame, found = _frame(asking, tile), answer(asking, tile)
    names = (frame.key, frame.label, frame.type, frame.width, frame.url, frame.help)
    if found.refused is not None:
        return TileView(*names, refused=sentence(found.refused))
    return TileView(*names, body=DRAWN[tile.type](Drawer(asking, tile), found.content))
