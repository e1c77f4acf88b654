"""Figures over time, and how far records came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.dashboards.answers import (
    FunnelAnswer,
    LineAnswer,
    size,
)  # fmt: skip
from engine.dashboards.chosen import encode
from web import i18n
from web.dashboards.charts import chart, colour, widths
from web.dashboards.values import names_for, step_text
from web.dashboards.words import (
    how,
)  # fmt: skip
from web.words import gettext

if TYPE_CHECKING:
    from engine.config.defs import TileDef

from web.dashboards.drawing._base import Drawer, draws


@draws("line")
def line(draw: Drawer, content: LineAnswer) -> dict[str, Any]:
    """Return what the template of lines needs."""
    figure, split = draw.given.figure, draw.given.split
    form, steps = figure.measure.of, [step_text(one, draw.given.every) for one in content.steps]
    names = names_for(draw.live, [(split, [one.key for one in content.lines])] if split else [])
    labels = [names.of(form, split, one.key) if split else measured(draw.tile) for one in content.lines]
    values = [
        [None if one is None or one.value is None else size(one) for one in line.points] for line in content.lines
    ]
    said = [[draw.text(figure, one.value) if one else "" for one in line.points] for line in content.lines]
    texts = [
        [f"{label} · {step}{gettext(': ')}{text}" for step, text in zip(steps, line, strict=True)]
        for label, line in zip(labels, said, strict=True)
    ]
    drawn = chart(values, texts, content.target)
    lines = how(draw.ask, figure, [split] if split else [])
    if draw.given.history:
        lines.append(gettext("As it stood at the end of each step; the list shows those records as they are today."))
    return {
        "chart": drawn,
        "top": draw.text(figure, drawn.top, short=True),
        "bottom": draw.text(figure, drawn.bottom, short=True),
        "first": steps[0] if steps else "",
        "last": steps[-1] if steps else "",
        "legend": [(label, colour(number)) for number, label in enumerate(labels)] if split else [],
        "labels": labels,
        "rows": _line_rows(draw, content, steps, said, form),
        "target": [draw.text(figure, one) for one in content.target],
        "more": content.more,
        "empty": not any(one and one.count for line in content.lines for one in line.points),
        "how": lines,
    }


@draws("funnel")
def funnel(draw: Drawer, content: FunnelAnswer) -> dict[str, Any]:
    """Return what the template of a funnel needs."""
    figure = draw.given.figure
    pipeline = draw.live.app.pipelines[draw.given.pipeline]
    amounts = figure.measure.agg != "count"
    top = max([0.0, *(float(one.reached.count) for one in content.steps)])

    def row(one: Any, *, lost: bool) -> dict[str, Any]:
        stage = pipeline.stage(one.stage)
        [(_, width)] = widths([float(one.reached.count)], top)
        return {
            "label": str(i18n.told(stage.label)) if stage else one.stage,
            "reached": i18n.number(one.reached.count),
            "reached_url": draw.url(pipeline.form, **{"now" if lost else "reached": one.stage}),
            "amount": draw.text(figure, one.reached.value) if amounts else "",
            "now": i18n.number(one.now.count),
            "now_url": draw.url(pipeline.form, now=one.stage),
            "conversion": "" if one.conversion is None else i18n.percent(one.conversion * 100, 0),
            "days": "" if one.days is None else i18n.number(one.days, 1),
            "x": round((100 - width) / 2, 2),
            "width": width,
        }

    lines = how(draw.ask, figure, [])
    lines.append(
        gettext(
            "A record counts for every stage that it came as far as, also when it was lost later. Days are those spent in a stage on average, up to now for records that stand there."
        )
    )
    return {
        "rows": [row(one, lost=False) for one in content.steps],
        "lost": [row(one, lost=True) for one in content.lost],
        "whole": "" if content.whole is None else i18n.percent(content.whole * 100, 0),
        "amounts": amounts,
        "empty": top == 0,
        "how": lines,
    }


def _line_rows(
    draw: Drawer, content: LineAnswer, steps: Sequence[str], said: Sequence[Sequence[str]], form: str
) -> list[dict[str, Any]]:
    rows = []
    for number, step in enumerate(steps):
        cells = []
        for line, texts in zip(content.lines, said, strict=True):
            part = {"split": encode(line.key)} if draw.given.split else {}
            at = content.steps[number].isoformat()
            cells.append({"text": texts[number], "url": draw.url(form, at=at, **part) if texts[number] else ""})
        rows.append({"label": step, "cells": cells})
    return rows


def measured(tile: TileDef) -> str:
    """Return how the one line of a tile is called: as the tile."""
    return str(i18n.told(tile.label))
