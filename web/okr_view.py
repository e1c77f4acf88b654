"""Key results as the screens show them: numbers as text, health in words, measures with the way to their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from flask import url_for
from markupsafe import Markup

from engine.okr.objectives import KrValue, ObjectiveValue, OkrValue, measures_of
from engine.rights import may
from web import here, i18n
from web.bars import bar
from web.errors import sentence
from web.explaining import Node, Speaker
from web.widgets import Look
from web.words import gettext

if TYPE_CHECKING:
    from engine.config.defs import MeasureDef, OkrDef
    from engine.releases import Live
    from engine.sql.measures import Figure

#: Colour of the health -> class and icon.
MOODS = {"green": ("good", "circle-check"), "yellow": ("warn", "alert-triangle"), "red": ("bad", "alert-circle")}


@dataclass(frozen=True)
class MeasureView:
    """A measure beside the formula that reads it."""

    label: str
    detail: str
    value_text: str
    url: str


@dataclass(frozen=True)
class KrView:
    """One row of an OKR page."""

    key: str
    label: str
    owner: str
    weight_text: str
    has_value: bool
    value_text: str
    unit: str
    #: The value with its unit.
    full_text: str
    why_empty: str
    bar: Markup
    baseline_text: str
    target_text: str
    expected_text: str
    mood: str
    mood_icon: str
    mood_text: str
    health_reason: str
    formula: str
    measures: Sequence[MeasureView]
    nodes: Sequence[Node]
    records_url: str
    url: str


@dataclass(frozen=True)
class ObjectiveView:
    """One card of an OKR page."""

    key: str
    label: str
    meta: str
    score_text: str
    key_results: Sequence[KrView]


def mood_words(color: str) -> str:
    """Say a health in one word."""
    words = {"green": gettext("On track"), "yellow": gettext("At risk"), "red": gettext("Behind")}
    return words.get(color, gettext("No light"))


def level_words(level: str) -> str:
    """Say whose objective it is."""
    words = {"company": gettext("Company"), "team": gettext("Team"), "person": gettext("Individual")}
    return words.get(level, level)


@dataclass(frozen=True)
class OkrScreen:
    """Turns the values of one OKR page into rows."""

    live: Live
    okr: OkrDef
    look: Look
    #: Sign-in name or role key -> how the owner is called.
    owners: Mapping[str, str]

    def objective(self, one: ObjectiveValue) -> ObjectiveView:
        """Return the card of an objective."""
        definition = one.definition
        owner = self.owners.get(definition.owner, definition.owner)
        meta = [level_words(definition.level), owner, weight_text(definition.weight)]
        rows = [self.key_result(kr) for kr in one.key_results]
        label = str(i18n.told(definition.label))
        return ObjectiveView(definition.key, label, " · ".join(filter(None, meta)), score_text(one.score), rows)

    def key_result(self, one: KrValue) -> KrView:
        """Return the row of a key result."""
        definition = one.definition
        mood, icon = MOODS.get(one.health.color, ("none", "circle"))
        measures = self._measures(one)
        names = {key: view.label for key, view in measures.items()}
        links = {key: view.url for key, view in measures.items() if view.url}
        return KrView(
            key=definition.key,
            label=str(i18n.told(definition.label)),
            owner=self.owners.get(definition.owner, definition.owner),
            weight_text=weight_text(definition.weight),
            has_value=one.current is not None,
            value_text=i18n.number(one.current, _decimals(one.current, definition.decimals)),
            unit=unit_text(definition.unit),
            full_text=self._with_unit(one, one.current),
            why_empty=sentence(one.why_empty) if one.why_empty else "",
            bar=bar(one.score, one.expected, mood),
            baseline_text=self._with_unit(one, one.baseline),
            target_text=self._with_unit(one, one.target),
            expected_text=_expected(one),
            mood=mood,
            mood_icon=icon,
            mood_text=mood_words(one.health.color),
            health_reason=sentence(one.health.reason),
            formula=definition.formula.text,
            measures=list(measures.values()),
            nodes=[Speaker(self.look, links=links, names=names).node(one.explanation)],
            records_url=next(iter(links.values())) if links else "",
            url=url_for("okr.show", app_key=self.live.key, okr_key=self.okr.key) + f"#kr-{definition.key}",
        )

    def _with_unit(self, one: KrValue, value: float | None) -> str:
        if value is None:
            return "—"
        unit = unit_text(one.definition.unit)
        return with_unit(i18n.number(value, _decimals(value, one.definition.decimals)), unit)

    def _measures(self, one: KrValue) -> dict[str, MeasureView]:
        definitions = measures_of(self.live, self.okr, one.definition)
        return {
            key: self._measure(one.definition.key, key, definitions[key], figure)
            for key, figure in one.measures.items()
            if key in definitions
        }

    def _measure(self, kr: str, key: str, measure: MeasureDef, figure: Figure) -> MeasureView:
        form = self.live.app.forms.get(measure.of)
        label = str(i18n.told(measure.label)) or key
        detail = f"{i18n.told(form.label) if form else measure.of} · {aggregate_words(measure.agg)}"
        value = _figure_text(figure)
        may_list = form is not None and may(here.viewer(), "read", self.live, form.key)
        return MeasureView(label, detail, value, self.records_url(measure.of, kr, key) if may_list else "")

    def records_url(self, form_key: str, kr: str, measure: str) -> str:
        """Return where the records behind a figure are listed."""
        return records_url(self.live, form_key, self.okr.key, kr, measure)


def _figure_text(figure: Figure) -> str:
    value = figure.value
    if value is None:
        return gettext("no value")
    if isinstance(value, datetime):
        return i18n.moment(value)
    if isinstance(value, date):
        return i18n.day(value)
    return i18n.number(value) if isinstance(value, int | float) else str(value)


def records_url(live: Live, form_key: str, okr_key: str, kr: str, measure: str) -> str:
    """Return the list of exactly the records behind a figure."""
    return url_for("lists.show", app_key=live.key, form_key=form_key, measure=f"{okr_key}/{kr}/{measure}")


def aggregate_words(agg: str) -> str:
    """Say what a measure does with its records."""
    words = {
        "count": gettext("number of records"),
        "sum": gettext("sum"),
        "avg": gettext("average"),
        "min": gettext("smallest"),
        "max": gettext("largest"),
        "count_distinct": gettext("number of different values"),
    }
    return words.get(agg, agg)


def score_text(score: float | None) -> str:
    """Write a score from 0 to 1 as OKR people do."""
    return "—" if score is None else i18n.number(score, 2)


def weight_text(weight: float) -> str:
    """Say the weight where it says something."""
    return "" if weight == 1 else gettext("weight %(weight)s", weight=i18n.number(weight))


def with_unit(number: str, unit: str) -> str:
    """Write a number with its unit; in Chinese the percent sign stands close."""
    return number + ("" if unit == "%" and i18n.language() != "en" else " ") + unit if unit else number


def unit_text(unit: str) -> str:
    """Return the unit as it is written behind a number."""
    return gettext("CNY") if unit == "CNY" else unit


def _decimals(value: float | None, decimals: int) -> int:
    return 0 if value is not None and value == int(value) else decimals


def _expected(one: KrValue) -> str:
    if one.expected is None or one.score is None:
        return ""
    return gettext("expected by now %(share)s", share=i18n.percent(one.expected * 100, 0))


def screen(live: Live, okr: OkrDef, look: Look) -> OkrScreen:
    """Return what draws one OKR page."""
    return OkrScreen(live, okr, look, owner_names(live, okr))


def owner_names(live: Live, okr: OkrDef) -> dict[str, str]:
    """Return how each owner of the page is called: a role by its label, a person by name."""
    from engine.errors import NotFound
    from engine.people import find_user

    roles = {role.key: str(i18n.told(role.label)) for role in live.app.roles}
    wanted = {one.owner for one in okr.objectives} | {kr.owner for one in okr.objectives for kr in one.key_results}
    for key in wanted - set(roles) - {""}:
        try:
            roles[key] = find_user(here.db(), key).name
        except NotFound:
            roles[key] = key
    return roles


def page_views(screen_: OkrScreen, value: OkrValue) -> list[ObjectiveView]:
    """Return all cards of a page."""
    return [screen_.objective(one) for one in value.objectives]
