"""Objectives and key results with their values: computed from records, scored, judged, and each able to say why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import rights
from engine.config.defs import HealthDef, KeyResultDef, MeasureDef, ObjectiveDef, OkrDef
from engine.errors import NotFound
from engine.okr.cycle import Span, elapsed, span_of, today_in
from engine.okr.health import Health, health
from engine.okr.missing import why_no_value
from engine.okr.score import DECIMALS, HOLDING, score, weighted_mean
from engine.sql.measures import Figure, compute
from rules.checked import Checked
from rules.compiled import compiled
from rules.errors import Fault
from rules.explain import Explanation, explain
from rules.rounding import half_away

if TYPE_CHECKING:
    from engine.people import User
    from engine.releases.live import Live

#: What a formula reads: names of measures, `baseline`, `target`, dates of the cycle.
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class KrValue:
    """A key result at one moment. A value that is missing is None, and `why_empty` says why: it is never 0 in silence."""

    definition: KeyResultDef
    current: float | None
    baseline: float | None
    target: float | None
    #: 0 to 1: the share of the way from baseline to target.
    score: float | None
    #: The same uncapped: 1.2 is 20 % over, below 0 is behind the baseline.
    progress: float | None
    #: The share that should be done by now.
    expected: float | None
    health: Health
    #: The formula with its measures as numbers; a node whose `path` is a key of `measures` has records behind it.
    explanation: Explanation
    #: The same for a baseline and a target that are formulas.
    baseline_explanation: Explanation | None
    target_explanation: Explanation | None
    measures: Mapping[str, Figure]
    why_empty: Fault | None


@dataclass(frozen=True, slots=True)
class ObjectiveValue:
    """An objective: the weighted mean of its key results that have a score; `missing` counts those that have none."""

    definition: ObjectiveDef
    score: float | None
    expected: float | None
    health: Health
    key_results: tuple[KrValue, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class OkrValue:
    """An OKR page: its cycle, its objectives, and the figures of the measures declared on it."""

    definition: OkrDef
    #: The moment it shows.
    at: datetime
    cycle: Span
    score: float | None
    expected: float | None
    objectives: tuple[ObjectiveValue, ...]
    measures: Mapping[str, Figure]


def objectives(
    session: Session, live: Live, okr: OkrDef, user: User, now: datetime, at: datetime | None = None
) -> OkrValue:
    """Compute an OKR page as it is, or as it was `at` a moment, with one scan per form.

    The values are the company's, over all records; row rights decide which of the records behind them a person may open.
    NotFound for whoever has no role in the app.
    """
    if not rights.may(user, "read", live):
        raise NotFound("okr", okr.key)
    moment = at or now
    cycle = span_of(okr.cycle, moment, live.app.context.time_zone)
    found = compute(session, live, _wanted(live, okr), cycle, moment, at=at)
    page = _Page(live, okr, cycle, found, moment)
    values = tuple(page.objective(one) for one in okr.objectives)
    expected = weighted_mean((one.expected, one.definition.weight) for one in values if one.score is not None)
    return OkrValue(
        definition=okr,
        at=moment,
        cycle=cycle,
        score=weighted_mean((one.score, one.definition.weight) for one in values),
        expected=expected,
        objectives=values,
        measures={key: found[key] for key in okr.measures},
    )


def measures_of(live: Live, okr: OkrDef, key_result: KeyResultDef) -> Mapping[str, MeasureDef]:
    """Return the measures that a key result reads, by the name it reads them under: its own before the page's and the app's."""
    known = {**live.app.measures, **okr.measures, **key_result.measures}
    formulas = [one for one in (key_result.formula, key_result.target, key_result.baseline) if isinstance(one, Checked)]
    read = {path[0] for one in formulas for path in one.reads}
    return {key: measure for key, measure in known.items() if key in read or key in key_result.measures}


def _wanted(live: Live, okr: OkrDef) -> Mapping[str, MeasureDef]:
    """Return every measure of the page under a name that is its own."""
    wanted = dict(okr.measures)
    for number, key_result in enumerate(_key_results(okr)):
        for key, measure in measures_of(live, okr, key_result).items():
            if wanted.get(key) is not measure:
                wanted[_name(number, key)] = measure
    return wanted


def _key_results(okr: OkrDef) -> Iterable[KeyResultDef]:
    return (key_result for objective in okr.objectives for key_result in objective.key_results)


def _name(number: int, key: str) -> str:
    return f"{number}.{key}"


class _Page:
    """What all key results of a page share: the cycle, the clock, the figures."""

    def __init__(self, live: Live, okr: OkrDef, cycle: Span, found: Mapping[str, Figure], now: datetime) -> None:
        self.live, self.okr, self.cycle, self.found = live, okr, cycle, found
        self.today = today_in(now, live.app.context.time_zone)
        self.elapsed = elapsed(cycle, self.today)
        self.numbers = {id(one): number for number, one in enumerate(_key_results(okr))}
        self.clock: Values = {"today": self.today, "now": now, "cycle_start": cycle.start, "cycle_end": cycle.end}

    def objective(self, one: ObjectiveDef) -> ObjectiveValue:
        """Return the value of an objective."""
        results = tuple(self.key_result(key_result) for key_result in one.key_results)
        total = weighted_mean((result.score, result.definition.weight) for result in results)
        scored = [result for result in results if result.score is not None]
        expected = weighted_mean((result.expected, result.definition.weight) for result in scored)
        judged = health(total, expected, HealthDef())
        return ObjectiveValue(one, total, expected, judged, results, len(results) - len(scored))

    def key_result(self, one: KeyResultDef) -> KrValue:
        """Return the value of a key result: baseline first, then target, then the formula, each may read the one before."""
        measures = measures_of(self.live, self.okr, one)
        figures = self._figures(one, measures)
        values = {**self.clock, **{key: figure.value for key, figure in figures.items()}}
        baseline = _number(one.baseline, values)
        target = _number(one.target, values := {**values, "baseline": baseline})
        current = _number(one.formula, values := {**values, "target": target})
        found = score(one.type, baseline, target, current)
        expected = 1.0 if one.type in HOLDING else self.elapsed
        return KrValue(
            definition=one,
            current=current,
            baseline=baseline,
            target=target,
            score=found.value,
            progress=found.raw,
            expected=expected,
            health=health(found.raw, expected, one.health),
            explanation=explain(one.formula, values),
            baseline_explanation=explain(one.baseline, values) if isinstance(one.baseline, Checked) else None,
            target_explanation=explain(one.target, values) if isinstance(one.target, Checked) else None,
            measures=figures,
            why_empty=found.why and why_no_value(one, values, measures, found.why),
        )

    def _figures(self, one: KeyResultDef, measures: Mapping[str, MeasureDef]) -> Mapping[str, Figure]:
        number = self.numbers[id(one)]
        return {key: self.found.get(_name(number, key)) or self.found[key] for key in measures}


def _number(source: Checked | float | None, values: Values) -> float | None:
    """Return a number as it is given, or as its formula yields it, without binary dust; a yes counts 1, a no 0."""
    value = compiled(source)(values) if isinstance(source, Checked) else source
    return half_away(float(value), DECIMALS) if isinstance(value, int | float) else None
