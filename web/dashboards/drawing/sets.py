"""Figures beside each other: bars, places in an order, a table of two ways to split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.dashboards.answers import (
    BarAnswer,
    PivotAnswer,
    RankingAnswer,
    size,
)  # fmt: skip
from engine.dashboards.chosen import encode
from web import i18n
from web.bars import bar as progress_bar
from web.dashboards.charts import colour, widths
from web.dashboards.values import names_for
from web.dashboards.words import (
    how,
)  # fmt: skip
from web.words import gettext

if TYPE_CHECKING:
    from engine.sql.figures import Figure

from web.dashboards.drawing._base import Drawer, draws


@draws("bar")
def bar(draw: Drawer, content: BarAnswer) -> dict[str, Any]:
    """Return what the template of bars needs."""
    figure, by, split = draw.given.figure, draw.given.by, draw.given.split
    form, keys = figure.measure.of, [bar.key for bar in content.bars]
    names = names_for(draw.live, [(by, keys), *([(split, content.splits)] if split else [])])
    top = max([0.0, *(size(one.figure) for one in content.bars)])
    top = max([top, *(sum(max(0.0, size(part)) for part in one.parts) for one in content.bars)])
    rows = []
    for one in content.bars:
        values = [size(part) for part in one.parts] if split else [size(one.figure)]
        parts = [
            {
                "text": "" if part is None else draw.text(figure, part.value),
                "url": draw.url(form, by=encode(one.key), split=encode(key)) if part else "",
            }
            for key, part in zip(content.splits, one.parts, strict=True)
        ]
        rows.append(
            {
                "label": names.of(form, by, one.key),
                "value": draw.text(figure, one.figure.value),
                "url": draw.url(form, by=encode(one.key)),
                "rects": [(x, w, colour(number)) for number, (x, w) in enumerate(widths(values, top))],
                "parts": parts,
            }
        )
    legend = (
        [(names.of(form, split, key), colour(number)) for number, key in enumerate(content.splits)] if split else []
    )
    return {
        "rows": rows,
        "legend": legend,
        "others": content.others,
        "more": content.more,
        "how": how(draw.ask, figure, [one for one in (by, split) if one]),
    }


@draws("ranking")
def ranking(draw: Drawer, content: RankingAnswer) -> dict[str, Any]:
    """Return what the template of places in an order needs."""
    figure, by = draw.given.figure, draw.given.by
    form = figure.measure.of
    names = names_for(draw.live, [(by, [one.key for one in content.places])])
    rows = [
        {
            "rank": one.rank,
            "label": names.of(form, by, one.key),
            "value": draw.text(figure, one.figure.value),
            "url": draw.url(form, by=encode(one.key)),
            "target": "" if one.target is None else draw.text(figure, one.target),
            "share": "" if one.attained is None else i18n.percent(one.attained * 100, 0),
            "bar": ""
            if one.attained is None
            else progress_bar(one.attained, None, "good" if one.attained >= 1 else "none"),
        }
        for one in content.places
    ]
    lines = how(draw.ask, figure, [by])
    lines.append(gettext("Whoever has the same figure has the same place."))
    return {
        "rows": rows,
        "targets": content.has_targets,
        "others": content.others,
        "more": content.more,
        "how": lines,
    }


@draws("pivot")
def pivot(draw: Drawer, content: PivotAnswer) -> dict[str, Any]:
    """Return what the template of a table needs."""
    figure, down, across = draw.given.figure, draw.given.rows, draw.given.columns
    form = figure.measure.of
    names = names_for(draw.live, [(down, content.rows), (across, content.columns)])

    def cell(found: Figure | None, **part: str) -> dict[str, str]:
        return {
            "text": draw.text(figure, found.value) if found else "",
            "url": draw.url(form, **part) if found else "",
        }

    rows = [
        {
            "label": names.of(form, down, row),
            "cells": [
                cell(content.cells.get((row, column)), rows=encode(row), columns=encode(column))
                for column in content.columns
            ],
            "total": cell(content.by_row.get(row), rows=encode(row)),
        }
        for row in content.rows
    ]
    totals = [cell(content.by_column.get(column), columns=encode(column)) for column in content.columns]
    return {
        "rows": rows,
        "columns": [names.of(form, across, column) for column in content.columns],
        "totals": totals,
        "total": cell(content.total),
        "others": content.others,
        "more": content.more,
        "how": how(draw.ask, figure, [down, across]),
    }
