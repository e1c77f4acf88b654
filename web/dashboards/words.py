"""A tile in words: its figures as they are written, how they are worked out, and which dates they look at."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from engine.dashboards.periods import CUSTOM
from rules.types import Kind
from web import here, i18n
from web.criteria_words import in_words
from web.dashboards.values import path_text
from web.okr_view import aggregate_words, unit_text, with_unit
from web.words import gettext

if TYPE_CHECKING:
    from engine.config.defs import MeasureDef
    from engine.dashboards.asking import Asking
    from engine.dashboards.parts import FigureDef, GroupDef
    from engine.okr.cycle import Span
    from engine.releases import Live
    from engine.sql.figures import Value

#: Larger amounts are written short in pictures.
LONG = 100_000


def figure_text(live: Live, figure: FigureDef, value: Value, *, short: bool = False) -> str:
    """Write a figure: money with its sign, dates as dates, numbers with their unit."""
    if value is None:
        return gettext("no value")
    if isinstance(value, datetime):
        return i18n.moment(value, here.zone(live))
    if isinstance(value, date):
        return i18n.day(value)
    if not isinstance(value, int | float):
        return str(value)
    if is_money(figure):
        scale = live.app.context.money_scale
        minor = round(value * 10**scale)
        return i18n.money(minor, scale, live.app.currency, short=short and abs(value) >= LONG)
    decimals = figure.decimals if figure.decimals is not None else (None if float(value).is_integer() else 2)
    return with_unit(i18n.number(value, decimals), unit_text(figure.unit))


def is_money(figure: FigureDef) -> bool:
    """Tell whether a figure is an amount of money."""
    if figure.formula is not None or figure.unit:
        return False
    measure = figure.measure
    return (
        measure.value is not None
        and measure.value.type.kind is Kind.MONEY
        and measure.agg in ("sum", "avg", "min", "max")
    )


def how(ask: Asking, figure: FigureDef, groups: list[GroupDef], span: Span | None = None) -> list[str]:
    """Say how a figure is worked out, one sentence for each measure."""
    live = ask.live
    lines = [formula_text(figure)] if figure.formula is not None else []
    for name, measure in figure.measures.items():
        said = _measure(ask, figure, measure, span)
        lines.append(f"{measure_name(measure, name)}{gettext(': ')}{said}" if figure.formula is not None else said)
    if groups:
        form = figure.measure.of
        split = gettext(", ").join(path_text(live, form, one.expression) for one in groups)
        lines.append(gettext("Split by %(what)s.", what=split))
    return [*lines, gettext("Only records that you may see count.")]


def formula_text(figure: FigureDef) -> str:
    """Say the formula of a figure."""
    assert figure.formula is not None
    return gettext("Formula: %(formula)s", formula=figure.formula.text)


def measure_name(measure: MeasureDef, name: str) -> str:
    """Return how a measure is called."""
    label = str(i18n.told(measure.label))
    return label if label not in ("", name) else name.replace("_", " ")


def _measure(ask: Asking, figure: FigureDef, measure: MeasureDef, span: Span | None) -> str:
    live, form = ask.live, ask.live.app.forms[measure.of]
    what = aggregate_words(measure.agg)
    if measure.value is not None:
        what = gettext("%(what)s of %(value)s", what=what, value=path_text(live, form.key, measure.value))
    parts = [gettext("%(form)s: %(what)s", form=str(i18n.told(form.label)), what=what)]
    conditions = [one.text for one in (measure.where, figure.filter) if one is not None]
    parts += [gettext("where %(condition)s", condition=in_words(live, form.key, one)) for one in conditions]
    if measure.during is not None:
        dates = span_text(ask.span(measure) if span is None else span)
        parts.append(gettext("%(date)s: %(dates)s", date=path_text(live, form.key, measure.during), dates=dates))
    return gettext(", ").join(parts)


def span_text(span: Span) -> str:
    """Say the dates of a stretch."""
    if span.start is None and span.end is None:
        return gettext("all time")
    if span.start is None:
        return gettext("until %(end)s", end=i18n.day(span.end))
    if span.end is None:
        return gettext("from %(start)s on", start=i18n.day(span.start))
    if span.start == span.end:
        return i18n.day(span.start)
    return gettext("%(start)s to %(end)s", start=i18n.day(span.start), end=i18n.day(span.end))


def points_text(value: Value, before: Value) -> str:
    """Say how a percentage changed: in points, for a share of a share misleads."""
    if not isinstance(value, int | float) or not isinstance(before, int | float):
        return ""
    change = round(value - before, 1)
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return gettext("%(change)s points", change=sign + i18n.number(abs(change), 1))


def change_text(change: float | None) -> str:
    """Say a change as a share of what was before."""
    if change is None:
        return ""
    text = i18n.percent(abs(change) * 100, 0 if abs(change) >= 0.1 else 1)
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{text}"


def spans() -> dict[str, str]:
    """Return the periods that can be chosen, by name."""
    return {
        "today": gettext("Today"),
        "this_week": gettext("This week"),
        "last_week": gettext("Last week"),
        "this_month": gettext("This month"),
        "last_month": gettext("Last month"),
        "this_quarter": gettext("This quarter"),
        "last_quarter": gettext("Last quarter"),
        "this_half_year": gettext("This half-year"),
        "this_year": gettext("This year"),
        "last_year": gettext("Last year"),
        "last_7_days": gettext("The last 7 days"),
        "last_30_days": gettext("The last 30 days"),
        "last_90_days": gettext("The last 90 days"),
        "last_12_months": gettext("The last 12 months"),
        "all": gettext("All time"),
        CUSTOM: gettext("Other dates"),
    }


def okr_how() -> str:
    """Say whose figures key results are."""
    return gettext("Key results are worked out over all records of the app, as on the OKR page.")


def how_filter(live: Live, form: str, text: str) -> list[str]:
    """Say which records a list shows."""
    return [gettext("where %(condition)s", condition=in_words(live, form, text))]
