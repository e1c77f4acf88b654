"""One figure: alone, beside an earlier one, or on its way to a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.dashboards.answers import (
    NumberAnswer,
    ProgressAnswer,
)  # fmt: skip
from engine.dashboards.parts import FigureDef
from web import i18n
from web.bars import bar as progress_bar
from web.dashboards.words import (
    change_text,
    how,
    measure_name,
    okr_how,
    points_text,
    span_text,
)  # fmt: skip
from web.words import gettext

if TYPE_CHECKING:
    from engine.sql.figures import Figure

from web.dashboards.drawing._base import Drawer, draws


@draws("number")
def number(draw: Drawer, content: NumberAnswer) -> dict[str, Any]:
    """Return what the template of a figure needs."""
    figure = draw.given.figure
    mood = {True: "good", False: "bad", None: ""}[content.good]
    change = content.change or 0
    icon = "trending-up" if change > 0 else "trending-down" if change < 0 else ""
    return {
        "value": draw.text(figure, content.value),
        "url": _only_url(draw, figure),
        "measures": _measures(draw, figure, content.figures),
        "compared": content.before_span is not None,
        "before": draw.text(figure, content.before),
        "before_dates": span_text(content.before_span) if content.before_span else "",
        "before_url": _only_url(draw, figure, before="1") if content.before_span else "",
        "change": points_text(content.value, content.before) if figure.unit == "%" else change_text(content.change),
        "mood": mood,
        "icon": icon,
        "how": how(draw.ask, figure, []),
    }


@draws("progress")
def progress(draw: Drawer, content: ProgressAnswer) -> dict[str, Any]:
    """Return what the template of how far a figure has come needs."""
    if content.result is not None:
        return _result(draw, content)
    figure = draw.given.figure
    share = content.share
    return {
        "value": draw.text(figure, content.value),
        "url": _only_url(draw, figure),
        "target": draw.text(figure, content.target),
        "share": "" if share is None else i18n.percent(share * 100, 0),
        "bar": progress_bar(share, None, "good" if share is not None and share >= 1 else "none"),
        "measures": _measures(draw, figure, content.figures),
        "how": how(draw.ask, figure, []),
    }


def _result(draw: Drawer, content: ProgressAnswer) -> dict[str, Any]:
    okr = draw.live.app.okrs[content.okr]
    assert content.result is not None
    kr = draw.results(okr).key_result(content.result)
    return {
        "value": kr.full_text if kr.has_value else gettext("No value"),
        "url": kr.url,
        "target": kr.target_text,
        "share": "" if content.result.progress is None else i18n.percent(content.result.progress * 100, 0),
        "bar": kr.bar,
        "mood": kr.mood,
        "mood_icon": kr.mood_icon,
        "mood_text": kr.mood_text,
        "measures": [],
        "how": [gettext("Formula: %(formula)s", formula=kr.formula), kr.health_reason, okr_how()],
    }


def _only_url(draw: Drawer, figure: FigureDef, **part: str) -> str:
    return "" if figure.formula is not None else draw.url(figure.measure.of, **part)


def _measures(draw: Drawer, figure: FigureDef, found: Mapping[str, Figure]) -> list[dict[str, str]]:
    """Return the measures of a formula, each with its records."""
    if figure.formula is None:
        return []
    return [
        {
            "label": measure_name(measure, name),
            "value": i18n.number(value) if isinstance(value := found[name].value, int | float) else gettext("no value"),
            "url": draw.url(measure.of, measure=name),
        }
        for name, measure in figure.measures.items()
    ]
