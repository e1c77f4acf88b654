"""A threshold of a measure or of a key result: its value, progress or light, now and some time ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.clock import negative
from engine.config.defs import SpanDef
from engine.config.schema_parts import obj, ref
from engine.triggers._base import Trigger, Watch, register, span_of, span_schema
from rules.errors import N_
from rules.scope import Shape
from rules.types import DATE, DATETIME, NUMBER, Kind, Type

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot
    from engine.okr.objectives import KrValue

LIGHT = Type(Kind.CHOICE, options=("green", "yellow", "red"))
NAMES: Shape = {"value": NUMBER, "value_before": NUMBER, "today": DATE.never_empty(), "now": DATETIME.never_empty()}
OF_KEY_RESULT: Shape = {
    "baseline": NUMBER,
    "target": NUMBER,
    "progress": NUMBER,
    "progress_before": NUMBER,
    "expected": NUMBER,
    "health": LIGHT,
    "health_before": LIGHT,
}
A_WEEK = SpanDef(1, "weeks")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of the app, or a key result of an OKR page; `ago` is how far back the names with `_before` look."""

    measure: str
    okr: str
    key_result: str
    ago: SpanDef


@register
class Threshold(Trigger):
    """A measure of the app or a key result; `when` names its value, progress, light, and those of some time ago."""

    key = "figure"
    schema = obj(
        {
            "measure": ref("name", "Measure of the app."),
            "okr": ref("name", "OKR page of the key result."),
            "key_result": ref("name", "Key result there."),
            "ago": span_schema(
                "How long ago value_before, progress_before and health_before were; one week without it."
            ),
        },
        description="A figure instead of records.",
    )
    needs_form = False

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        if spot["measure"].is_given == spot["key_result"].is_given:
            template = N_("Write “measure”, or “okr” and “key_result”: which figure is watched?")
            desk.add(spot.fault("alert.figure", template))
        measures = {key: one for key, one in desk.source.app["measures"].members() if not one["by"].is_given}
        desk.named(spot["measure"], measures, "measure.unknown", N_("There is no measure “{name}” with one value."))
        if not spot["key_result"].is_given:
            return
        okrs = desk.by_key("okrs")
        if not spot["okr"].is_given:
            desk.add(spot.fault("alert.figure", N_("On which OKR page is this key result? Write “okr”.")))
        elif desk.named(spot["okr"], okrs, "okr.unknown", N_("There is no OKR page “{name}”.")):
            known = _results(okrs[spot["okr"].text])
            desk.named(spot["key_result"], known, "kr.unknown", N_("There is no key result “{name}”."))

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        return Figure(spot["measure"].text, spot["okr"].text, spot["key_result"].text, span_of(spot["ago"]) or A_WEEK)

    def names(self, desk: Desk, rule: Spot, spot: Spot) -> Shape:
        return {**NAMES, **(OF_KEY_RESULT if spot["key_result"].is_given else {})}

    def facts(self, watch: Watch, given: Figure) -> Mapping[str, object]:
        before = watch.clock.later(watch.now, negative(given.ago))
        clock = {"today": watch.clock.today(watch.now), "now": watch.now}
        if given.measure:
            return {
                **clock,
                "value": _measured(watch, given, watch.as_of),
                "value_before": _measured(watch, given, before),
            }
        return {**clock, **_key_result(watch, given, before)}


def _results(okr: Spot) -> dict[str, Spot]:
    listed = (one for objective in okr["objectives"].items() for one in objective["key_results"].items())
    return {one["key"].text: one for one in listed}


def _measured(watch: Watch, given: Figure, at: datetime | None) -> object:
    from engine.okr.cycle import Span
    from engine.sql.measures import compute

    one = {given.measure: watch.live.app.measures[given.measure]}
    return compute(watch.session, watch.live, one, Span(), at or watch.now, at=at)[given.measure].value


def _key_result(watch: Watch, given: Figure, before: datetime) -> dict[str, object]:
    now, then = _value(watch, given, watch.as_of), _value(watch, given, before)
    return {
        "value": now.current,
        "value_before": then.current,
        "baseline": now.baseline,
        "target": now.target,
        "progress": now.progress,
        "progress_before": then.progress,
        "expected": now.expected,
        "health": now.health.color or None,
        "health_before": then.health.color or None,
    }


def _value(watch: Watch, given: Figure, at: datetime | None) -> KrValue:
    from engine.okr.objectives import objectives
    from engine.people import SYSTEM

    page = objectives(watch.session, watch.live, watch.live.app.okrs[given.okr], SYSTEM, watch.now, at)
    listed = (one for objective in page.objectives for one in objective.key_results)
    return next(one for one in listed if one.definition.key == given.key_result)
