"""Before publishing: every key result as it is and as it would be, on the same records."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask_babel import lazy_gettext

from admin.design._desk import desk
from admin.design._impact import answer, gap_words
from engine.design.impact import krs
from web import here, i18n
from web.errors import sentence
from web.okr_view import MOODS, mood_words, score_text, unit_text, with_unit

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.design.impact import Ahead, KrImpact
    from engine.okr.objectives import KrValue

TITLE = lazy_gettext("Key results before and after")
PILLS = {
    "changed": ("warn", lazy_gettext("changes")),
    "added": ("good", lazy_gettext("new")),
    "removed": ("bad", lazy_gettext("removed")),
    "same": ("", lazy_gettext("stays")),
}


class Side(NamedTuple):
    """A key result on one side, in words."""

    value: str
    target: str
    score: str
    mood: str
    health: str
    why: str


def install(pages: Blueprint) -> None:
    """Add the page."""
    pages.add_url_rule("/publish/krs", "impact_krs", show)


def show(app_key: str) -> Response:
    """Show every key result, those that change first."""
    return answer(app_key, TITLE, "design/_impact_krs.html", _found)


def _found(ahead: Ahead) -> dict[str, object]:
    rows = [_row(one) for one in krs(here.db(), desk().seen_live, ahead, here.now())]
    return {
        "rows": [one for one in rows if one["kind"] != "same"],
        "same": [one for one in rows if one["kind"] == "same"],
    }


def _row(one: KrImpact) -> dict[str, object]:
    mood, word = PILLS[one.kind]
    return {
        "kind": one.kind,
        "pill": mood,
        "word": word,
        "okr": one.okr,
        "label": one.label,
        "before": _side(one.before),
        "after": _side(one.after),
        "why": sentence(one.why) if one.why else "",
        "gaps": gap_words(one.gaps),
    }


def _side(one: KrValue | None) -> Side | None:
    if one is None:
        return None
    return Side(
        _number(one, one.current),
        _number(one, one.target),
        score_text(one.score),
        MOODS.get(one.health.color, ("", ""))[0],
        mood_words(one.health.color),
        sentence(one.why_empty) if one.why_empty else "",
    )


def _number(one: KrValue, value: float | None) -> str:
    if value is None:
        return "—"
    decimals = 0 if value == int(value) else one.definition.decimals
    return with_unit(i18n.number(value, decimals), unit_text(one.definition.unit))
