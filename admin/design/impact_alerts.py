"""Before publishing: which alerts would open or close, and how often old and new rules would have fired in the last days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from flask_babel import lazy_gettext

from admin.design._desk import desk
from admin.design._impact import ahead, answer, gap_words, is_ready
from engine.design import text_of
from engine.design.impact import PAST, Tried, rules_changed, rules_impact, rules_reading, try_on_past
from engine.errors import EngineError, NotFound
from engine.rights import may
from web import here
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.config.defs import AlertRuleDef
    from engine.design.impact import Ahead, RuleImpact
    from engine.releases import Live

TITLE = lazy_gettext("Alerts that would open or close")
PILLS = {
    "added": ("good", lazy_gettext("new")),
    "changed": ("warn", lazy_gettext("changes")),
    "removed": ("bad", lazy_gettext("removed")),
    "reads": ("", lazy_gettext("reads what changes")),
}


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/publish/alerts", "impact_alerts", show)
    pages.add_url_rule("/publish/alerts/tried", "impact_alerts_tried", tried)


def show(app_key: str) -> Response:
    """Show the rules that the draft makes a difference to; how each does on the past follows, rule by rule."""
    return answer(app_key, TITLE, "design/_impact_alerts.html", _found)


def _found(found: Ahead) -> dict[str, object]:
    rows = rules_impact(here.db(), desk().live, found, here.viewer(), here.now(), desk().sight)
    return {"rows": [_row(one) for one in rows]}


def _row(one: RuleImpact) -> dict[str, object]:
    mood, word = PILLS[one.kind]
    why = sentence(one.why) if one.why else ""
    return {"rule": one, "pill": mood, "word": word, "why": why, "gaps": gap_words(one.gaps)}


def tried(app_key: str) -> Response:
    """Say how often a rule would have fired in the last days, as it is live and as it is in the draft."""
    key = request.args.get("rule", "")
    live, known = desk().live, rules_changed(desk().live, ahead()) if is_ready() else {}
    if key not in known:
        raise NotFound("rule", key)
    old, new = (live.app.alerts.get(key) if live else None), ahead().live.app.alerts.get(key)
    sides = [_tried(desk().seen_live, old), _tried(ahead().live, new)]
    slow = any(isinstance(one, Tried) and not one.done for one in sides)
    as_job = slow and live is not None and may(here.viewer(), "configure", live)
    gaps = ahead().gaps_in(rules_reading(ahead().live, new)) if new is not None else ()
    as_stored = [one for one in gaps if one.code == PAST]
    draft = text_of(path, desk().content(path)) if new is not None and (path := _path(key)) else ""
    return render(
        "design/impact_page.html", "design/_impact_tried.html", app_key=app_key, title=TITLE, ready=True, narrowed=desk().is_narrowed,
        inside="design/_impact_tried.html", sides=sides, slow=slow, as_job=as_job, key=key, draft=draft, as_stored=as_stored,
    )  # fmt: skip


def _path(key: str) -> str:
    return next((path for path, one, _ in desk().parts("alerts") if one == key), "")


def _tried(live: Live | None, rule: AlertRuleDef | None) -> Tried | str | None:
    """Return how often, or why that cannot be told; None where there is no such rule, or its form has no past."""
    if live is None or rule is None:
        return None
    try:
        return try_on_past(here.db(), live, rule, here.now())
    except EngineError as error:
        return sentence(error.faults[0]) if error.faults else str(error)
