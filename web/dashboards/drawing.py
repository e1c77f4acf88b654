"""Each type of tile as its template needs it: what a type answers, with names, texts, pictures and addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.dashboards.answering import written
from engine.dashboards.answers import (
    BarAnswer,
    FunnelAnswer,
    KeyResultsAnswer,
    LightsAnswer,
    LineAnswer,
    ListAnswer,
    NumberAnswer,
    PivotAnswer,
    ProgressAnswer,
    RankingAnswer,
    size,
)  # fmt: skip
from engine.dashboards.chosen import encode
from engine.dashboards.parts import FigureDef
from engine.rights import may
from web import i18n
from web.bars import bar as progress_bar
from web.dashboards.charts import chart, colour, widths
from web.dashboards.values import names_for, step_text
from web.dashboards.words import (
    change_text,
    figure_text,
    how,
    how_filter,
    measure_name,
    okr_how,
    points_text,
    span_text,
)  # fmt: skip
from web.fields import all_fields, look_at
from web.okr_view import MOODS, mood_words, screen
from web.widgets import Display, Look
from web.words import gettext

if TYPE_CHECKING:
    from engine.config.defs import OkrDef, TileDef
    from engine.dashboards.asking import Asking
    from engine.okr.objectives import OkrValue
    from engine.sql.figures import Figure, Value
    from web.okr_view import OkrScreen


class Drawer:
    """Draws one tile for one person."""

    def __init__(self, ask: Asking, tile: TileDef) -> None:
        self.ask, self.live, self.tile = ask, ask.live, tile
        self.given: Any = tile.given

    def url(self, form: str, **part: str) -> str:
        """Return the list of the records behind a figure."""
        name = written(self.ask, self.tile, part)
        return url_for("lists.show", app_key=self.live.key, form_key=form, measure=name)

    def results(self, okr: OkrDef) -> OkrScreen:
        """Return what draws key results of a page, with the records behind their figures."""
        return screen(self.live, okr, Look(self.live))

    def text(self, figure: FigureDef, value: Value, *, short: bool = False) -> str:
        return figure_text(self.live, figure, value, short=short)

    # -- numbers -------------------------------------------------------------------------------------------------------

    def number(self, content: NumberAnswer) -> dict[str, Any]:
        figure = self.given.figure
        mood = {True: "good", False: "bad", None: ""}[content.good]
        change = content.change or 0
        icon = "trending-up" if change > 0 else "trending-down" if change < 0 else ""
        return {
            "value": self.text(figure, content.value),
            "url": self._only_url(figure),
            "measures": self._measures(figure, content.figures),
            "compared": content.before_span is not None,
            "before": self.text(figure, content.before),
            "before_dates": span_text(content.before_span) if content.before_span else "",
            "before_url": self._only_url(figure, before="1") if content.before_span else "",
            "change": points_text(content.value, content.before) if figure.unit == "%" else change_text(content.change),
            "mood": mood,
            "icon": icon,
            "how": how(self.ask, figure, []),
        }

    def progress(self, content: ProgressAnswer) -> dict[str, Any]:
        if content.result is not None:
            return self._result(content)
        figure = self.given.figure
        share = content.share
        return {
            "value": self.text(figure, content.value),
            "url": self._only_url(figure),
            "target": self.text(figure, content.target),
            "share": "" if share is None else i18n.percent(share * 100, 0),
            "bar": progress_bar(share, None, "good" if share is not None and share >= 1 else "none"),
            "measures": self._measures(figure, content.figures),
            "how": how(self.ask, figure, []),
        }

    def _result(self, content: ProgressAnswer) -> dict[str, Any]:
        okr = self.live.app.okrs[content.okr]
        assert content.result is not None
        kr = self.results(okr).key_result(content.result)
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

    def _only_url(self, figure: FigureDef, **part: str) -> str:
        return "" if figure.formula is not None else self.url(figure.measure.of, **part)

    def _measures(self, figure: FigureDef, found: Mapping[str, Figure]) -> list[dict[str, str]]:
        """Return the measures of a formula, each with its records."""
        if figure.formula is None:
            return []
        return [
            {
                "label": measure_name(measure, name),
                "value": i18n.number(value)
                if isinstance(value := found[name].value, int | float)
                else gettext("no value"),
                "url": self.url(measure.of, measure=name),
            }
            for name, measure in figure.measures.items()
        ]

    # -- bars and tables -----------------------------------------------------------------------------------------------

    def bar(self, content: BarAnswer) -> dict[str, Any]:
        figure, by, split = self.given.figure, self.given.by, self.given.split
        form, keys = figure.measure.of, [bar.key for bar in content.bars]
        names = names_for(self.live, [(by, keys), *([(split, content.splits)] if split else [])])
        top = max([0.0, *(size(one.figure) for one in content.bars)])
        top = max([top, *(sum(max(0.0, size(part)) for part in one.parts) for one in content.bars)])
        rows = []
        for one in content.bars:
            values = [size(part) for part in one.parts] if split else [size(one.figure)]
            parts = [
                {
                    "text": "" if part is None else self.text(figure, part.value),
                    "url": self.url(form, by=encode(one.key), split=encode(key)) if part else "",
                }
                for key, part in zip(content.splits, one.parts, strict=True)
            ]
            rows.append(
                {
                    "label": names.of(form, by, one.key),
                    "value": self.text(figure, one.figure.value),
                    "url": self.url(form, by=encode(one.key)),
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
            "how": how(self.ask, figure, [one for one in (by, split) if one]),
        }

    def ranking(self, content: RankingAnswer) -> dict[str, Any]:
        figure, by = self.given.figure, self.given.by
        form = figure.measure.of
        names = names_for(self.live, [(by, [one.key for one in content.places])])
        rows = [
            {
                "rank": one.rank,
                "label": names.of(form, by, one.key),
                "value": self.text(figure, one.figure.value),
                "url": self.url(form, by=encode(one.key)),
                "target": "" if one.target is None else self.text(figure, one.target),
                "share": "" if one.attained is None else i18n.percent(one.attained * 100, 0),
                "bar": ""
                if one.attained is None
                else progress_bar(one.attained, None, "good" if one.attained >= 1 else "none"),
            }
            for one in content.places
        ]
        lines = how(self.ask, figure, [by])
        lines.append(gettext("Whoever has the same figure has the same place."))
        return {
            "rows": rows,
            "targets": content.has_targets,
            "others": content.others,
            "more": content.more,
            "how": lines,
        }

    def pivot(self, content: PivotAnswer) -> dict[str, Any]:
        figure, down, across = self.given.figure, self.given.rows, self.given.columns
        form = figure.measure.of
        names = names_for(self.live, [(down, content.rows), (across, content.columns)])

        def cell(found: Figure | None, **part: str) -> dict[str, str]:
            return {
                "text": self.text(figure, found.value) if found else "",
                "url": self.url(form, **part) if found else "",
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
            "how": how(self.ask, figure, [down, across]),
        }

    # -- time ----------------------------------------------------------------------------------------------------------

    def line(self, content: LineAnswer) -> dict[str, Any]:
        figure, split = self.given.figure, self.given.split
        form, steps = figure.measure.of, [step_text(one, self.given.every) for one in content.steps]
        names = names_for(self.live, [(split, [one.key for one in content.lines])] if split else [])
        labels = [names.of(form, split, one.key) if split else measured(self.tile) for one in content.lines]
        values = [
            [None if one is None or one.value is None else size(one) for one in line.points] for line in content.lines
        ]
        said = [[self.text(figure, one.value) if one else "" for one in line.points] for line in content.lines]
        texts = [
            [f"{label} · {step}{gettext(': ')}{text}" for step, text in zip(steps, line, strict=True)]
            for label, line in zip(labels, said, strict=True)
        ]
        drawn = chart(values, texts, content.target)
        lines = how(self.ask, figure, [split] if split else [])
        if self.given.history:
            lines.append(
                gettext("As it stood at the end of each step; the list shows those records as they are today.")
            )
        return {
            "chart": drawn,
            "top": self.text(figure, drawn.top, short=True),
            "bottom": self.text(figure, drawn.bottom, short=True),
            "first": steps[0] if steps else "",
            "last": steps[-1] if steps else "",
            "legend": [(label, colour(number)) for number, label in enumerate(labels)] if split else [],
            "labels": labels,
            "rows": self._line_rows(content, steps, said, form),
            "target": [self.text(figure, one) for one in content.target],
            "more": content.more,
            "empty": not any(one and one.count for line in content.lines for one in line.points),
            "how": lines,
        }

    def _line_rows(
        self, content: LineAnswer, steps: Sequence[str], said: Sequence[Sequence[str]], form: str
    ) -> list[dict[str, Any]]:
        rows = []
        for number, step in enumerate(steps):
            cells = []
            for line, texts in zip(content.lines, said, strict=True):
                part = {"split": encode(line.key)} if self.given.split else {}
                at = content.steps[number].isoformat()
                cells.append({"text": texts[number], "url": self.url(form, at=at, **part) if texts[number] else ""})
            rows.append({"label": step, "cells": cells})
        return rows

    def funnel(self, content: FunnelAnswer) -> dict[str, Any]:
        figure = self.given.figure
        pipeline = self.live.app.pipelines[self.given.pipeline]
        amounts = figure.measure.agg != "count"
        top = max([0.0, *(float(one.reached.count) for one in content.steps)])

        def row(one: Any, *, lost: bool) -> dict[str, Any]:
            stage = pipeline.stage(one.stage)
            [(_, width)] = widths([float(one.reached.count)], top)
            return {
                "label": str(i18n.told(stage.label)) if stage else one.stage,
                "reached": i18n.number(one.reached.count),
                "reached_url": self.url(pipeline.form, **{"now" if lost else "reached": one.stage}),
                "amount": self.text(figure, one.reached.value) if amounts else "",
                "now": i18n.number(one.now.count),
                "now_url": self.url(pipeline.form, now=one.stage),
                "conversion": "" if one.conversion is None else i18n.percent(one.conversion * 100, 0),
                "days": "" if one.days is None else i18n.number(one.days, 1),
                "x": round((100 - width) / 2, 2),
                "width": width,
            }

        lines = how(self.ask, figure, [])
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

    # -- records and key results ---------------------------------------------------------------------------------------

    def list(self, content: ListAnswer) -> dict[str, Any]:
        form = self.live.form(self.given.form)
        slots = all_fields(self.live, form.key)
        fields = [slots[key] for key in content.columns if key in slots]
        look = look_at(self.live, fields, [record.values for record in content.page.records])
        rows = [
            {
                "url": url_for("records.show", app_key=self.live.key, form_key=form.key, record_id=record.id),
                "cells": [
                    Display(one, record.get(one.key), look, small=True) if one.key in record.values else None
                    for one in fields
                ],
            }
            for record in content.page.records
        ]
        lines = [gettext("%(form)s: records that you may see", form=str(i18n.told(form.label)))]
        if self.given.filter is not None:
            lines += how_filter(self.live, form.key, self.given.filter.text)
        return {
            "heads": [(str(i18n.told(one.label)), Display(one, None, look).is_number) for one in fields],
            "rows": rows,
            "count": content.page.count,
            "cap": content.page.cap,
            "all_url": self.url(form.key),
            "can_create": may(self.ask.user, "create", self.live, form.key),
            "new_url": url_for("records.new", app_key=self.live.key, form_key=form.key),
            "how": lines,
        }

    def key_results(self, content: KeyResultsAnswer) -> dict[str, Any]:
        okr = self.live.app.okrs[self.given.okr]
        drawn = self.results(okr)
        rows = [drawn.key_result(one) for one in results_of(content.page, content.objective)]
        return {"rows": rows, "okr_url": self._okr_url(), "how": [okr_how()]}

    def lights(self, content: LightsAnswer) -> dict[str, Any]:
        okr = self.live.app.okrs[self.given.okr]
        drawn = self.results(okr)
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
            gettext("Now") if at == self.ask.now else i18n.day(at.astimezone(Look(self.live).zone).date())
            for at in content.moments
        ]
        return {"rows": rows, "heads": heads, "okr_url": self._okr_url(), "how": [okr_how()]}

    def _okr_url(self) -> str:
        return url_for("okr.show", app_key=self.live.key, okr_key=self.given.okr)


def measured(tile: TileDef) -> str:
    """Return how the one line of a tile is called: as the tile."""
    return str(i18n.told(tile.label))


def results_of(page: OkrValue, objective: str) -> list[Any]:
    """Return the key results of a page, or of one objective."""
    found = [one for one in page.objectives if objective in ("", one.definition.key)]
    return [kr for one in found for kr in one.key_results]


#: Type of tile -> what draws it.
DRAWN: Mapping[str, Callable[[Drawer, Any], dict[str, Any]]] = {
    "number": Drawer.number,
    "progress": Drawer.progress,
    "bar": Drawer.bar,
    "line": Drawer.line,
    "funnel": Drawer.funnel,
    "ranking": Drawer.ranking,
    "pivot": Drawer.pivot,
    "list": Drawer.list,
    "key_results": Drawer.key_results,
    "lights": Drawer.lights,
}
