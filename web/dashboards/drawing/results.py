"""Key results, and how they fared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.dashboards.answers import (
    KeyResultsAnswer,
    LightsAnswer,
)  # fmt: skip
from web import i18n
from web.dashboards.words import (
    okr_how,
)  # fmt: skip
from web.okr_view import MOODS, mood_words
from web.widgets import Look
from web.words import gettext

if TYPE_CHECKING:
    from engine.okr.objectives import OkrValue

from web.dashboards.drawing._base import Drawer, draws


@draws("key_results")
def key_results(draw: Drawer, content: KeyResultsAnswer) -> dict[str, Any]:
    """Return what the template of key results needs."""
    okr = draw.live.app.okrs[draw.given.okr]
    drawn = draw.results(okr)
    rows = [drawn.key_result(one) for one in results_of(content.page, content.objective)]
    return {"rows": rows, "okr_url": _okr_url(draw), "how": [okr_how()]}


@draws("lights")
def lights(draw: Drawer, content: LightsAnswer) -> dict[str, Any]:
    """Return what the template of lights needs."""
    okr = draw.live.app.okrs[draw.given.okr]
    drawn = draw.results(okr)
    each = [results_of(page, content.objective) for page in content.pages]
    rows = []
    for number, one in enumerate(each[-1] if each else []):
        view = drawn.key_result(one)
        cells = []
        for page in each:
            color = page[number].health.color
            mood, icon = MOODS.get(color, ("none", "circle"))
            cells.append({"mood": mood, "icon": icon, "text": mood_words(color)})
        rows.append({"label": view.label, "owner": view.owner, "url": view.url, "cells": cells})
    heads = [
        gettext("Now") if at == draw.ask.now else i18n.day(at.astimezone(Look(draw.live).zone).date())
        for at in content.moments
    ]
    return {"rows": rows, "heads": heads, "okr_url": _okr_url(draw), "how": [okr_how()]}


def _okr_url(draw: Drawer) -> str:
    return url_for("okr.show", app_key=draw.live.key, okr_key=draw.given.okr)


def results_of(page: OkrValue, objective: str) -> list[Any]:
    """Return the key results of a page, or of one objective."""
    found = [one for one in page.objectives if objective in ("", one.definition.key)]
    return [kr for one in found for kr in one.key_results]
