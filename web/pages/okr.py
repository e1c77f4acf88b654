"""`/a/<app>/okr/<okr>`: objectives and key results with their values, and why each is what it is."""

from __future__ import annotations

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.okr.objectives import OkrValue, objectives
from engine.talk import followed_by
from engine.talk.followers import KEY_RESULT, OBJECTIVE
from web import here, i18n
from web.okr_view import page_views, score_text, screen
from web.render import render
from web.widgets import Look
from web.words import gettext

bp = Blueprint("okr", __name__)


@bp.get("/a/<app_key>/okr/<okr_key>")
def show(app_key: str, okr_key: str) -> Response:
    """Show one OKR page."""
    live = here.live_app(app_key)
    okr = live.app.okrs.get(okr_key)
    if okr is None:
        raise NotFound("okr", okr_key)
    value = objectives(here.db(), live, okr, here.viewer(), here.now())
    views = page_views(screen(live, okr, Look(live)), value)
    overall = score_text(value.score) if value.score is not None else ""
    return render(
        "okr.html",
        live=live,
        okr=okr,
        objectives=views,
        overall=overall,
        cycle_text=cycle_text(value),
        followed=_followed(app_key),
        follow_url=url_for("talk.follow_okr", app_key=app_key, okr_key=okr_key),
    )


def _followed(app_key: str) -> set[str]:
    """Return the objectives and key results that the viewer follows."""
    person = here.viewer().id or 0
    return {thing for kind in (OBJECTIVE, KEY_RESULT) for thing in followed_by(here.db(), app_key, kind, person)}


def cycle_text(value: OkrValue) -> str:
    """Say which stretch of time the page is about."""
    label = str(i18n.told(value.definition.cycle.label))
    if value.cycle.start is None or value.cycle.end is None:
        return label
    start, end = i18n.day(value.cycle.start), i18n.day(value.cycle.end)
    dates = gettext("%(start)s to %(end)s", start=start, end=end)
    return f"{label} · {dates}" if label else dates
