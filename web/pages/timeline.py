"""`/a/<app>/<form>/timeline`: records as bars from their first to their last day."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.okr.cycle import today_in
from web import here
from web.calendar_view import day_asked
from web.kinds import asked, frame, placing_of
from web.pages.lists import readable_form
from web.render import render
from web.timeline_view import ZOOMS, Timeline

bp = Blueprint("timeline", __name__)


@bp.get("/a/<app_key>/<form_key>/timeline")
def show(app_key: str, form_key: str) -> Response:
    """Show two weeks, a month or a quarter around a day."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    wanted = asked(live, form, "timeline")
    placing = placing_of(live, form, wanted.settings.fields, "start")
    if placing is None:
        raise NotFound("timeline", form_key)
    today = today_in(here.now(), live.app.context.time_zone)
    zoom = request.args.get("zoom", "")
    line = Timeline(wanted, placing, zoom if zoom in ZOOMS else "month", day_asked(request.args.get("day", ""), today))
    return render("timeline.html", "_bars.html", piece_id="bars", line=line, groups=line.groups(), **frame(wanted))
