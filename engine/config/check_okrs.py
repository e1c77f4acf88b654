"""What OKRs mean: cycles, key results, their figures and formulas."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from engine.config.check_app import check_unique_keys
from engine.config.desk import Desk
from engine.config.measures import check_measures, figure_types
from engine.config.spot import Spot
from forms.dates import read_date
from rules.checked import Checked
from rules.errors import N_
from rules.faults import KINDS
from rules.scope import Shape, ValueScope
from rules.types import DATE, DATETIME, NUMBER, Kind

#: Names every formula may use beside its measures. A running cycle always has both ends, a fixed one too.
CLOCK: Shape = {
    "today": DATE.never_empty(),
    "now": DATETIME.never_empty(),
    "cycle_start": DATE.never_empty(),
    "cycle_end": DATE.never_empty(),
}
#: Formulas of a key result, each with the figures that it may name beside the measures.
FORMULAS: Mapping[str, tuple[str, ...]] = {"formula": ("baseline", "target"), "target": ("baseline",), "baseline": ()}
#: Places whose faults make it unknown which measures are used.
_FORMULAS = tuple(f"/{name}" for name in FORMULAS)
_NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY})


def check_okrs(desk: Desk) -> None:
    """Check every OKR."""
    for okr in desk.source.section("okrs"):
        _check_okr(desk, okr)


def _check_okr(desk: Desk, okr: Spot) -> None:
    _check_cycle(desk, okr["cycle"])
    check_measures(desk, okr["measures"], _shown(desk.source.app["measures"]))
    check_unique_keys(desk, okr["objectives"], N_("Two objectives are called “{name}”."))
    seen: set[str] = set()
    used: set[str] = set()
    before = len(desk.faults)
    for objective in okr["objectives"].items():
        for result in objective["key_results"].items():
            key = result["key"]
            if key.text and key.text in seen:
                desk.add(key.fault("key.repeated", N_("Two key results are called “{name}”."), name=key.text))
            seen.add(key.text)
            used |= _check_result(desk, okr, result)
    if not any(fault.pointer.endswith(_FORMULAS) for fault in desk.faults[before:]):
        _warn_unused(desk, okr["measures"], used)


def _shown(measures: Spot) -> dict[str, Spot]:
    return dict(measures.members())


def _check_cycle(desk: Desk, cycle: Spot) -> None:
    first, last = cycle["from"], cycle["to"]
    if cycle["every"].is_given and (first.is_given or last.is_given):
        desk.add(
            cycle.fault(
                "cycle.both", N_("Give “every” for a running cycle, or “from” and “to” for a fixed one, not both.")
            )
        )
    elif cycle.is_given and not cycle["every"].is_given and not (first.is_given and last.is_given):
        template = N_("A cycle needs “every” (for example quarter), or “from” and “to”.")
        desk.add(cycle.fault("cycle.none", template))
    for place in (first, last):
        if place.text and read_date(place.text) is None:
            template = N_("“{value}” is not a date; write it as 2026-03-02.")
            desk.add(place.fault("cycle.date", template, value=place.text))
    start, end = read_date(first.value), read_date(last.value)
    if start and end and end < start:
        desk.add(last.fault("cycle.order", N_("The cycle ends before it begins.")))


def formula_scope(desk: Desk, okr: Spot, result: Spot, *extra: str) -> ValueScope:
    """Return the names of a formula: measures of the app, the OKR and the key result, the clock, and those in `extra`."""
    figures = {
        **figure_types(desk, desk.source.app["measures"]),
        **figure_types(desk, okr["measures"]),
        **figure_types(desk, result["measures"]),
    }
    return ValueScope({**figures, **CLOCK, **dict.fromkeys(extra, NUMBER)}, desk.context)


def _check_result(desk: Desk, okr: Spot, result: Spot) -> set[str]:
    """Check a key result and return the names its formulas read."""
    outer = {**_shown(desk.source.app["measures"]), **_shown(okr["measures"])}
    check_measures(desk, result["measures"], outer)
    grouped = _grouped({**outer, **_shown(result["measures"])})
    parts = {
        name: check_formula(desk, result[name], formula_scope(desk, okr, result, *more), grouped)
        for name, more in FORMULAS.items()
    }
    _check_direction(desk, result)
    _check_health(desk, result["health"])
    used = {path[0] for checked in parts.values() if checked for path in checked.reads}
    _warn_unused(desk, result["measures"], used if parts["formula"] else set(_shown(result["measures"])))
    return used


def check_formula(
    desk: Desk, place: Spot, scope: ValueScope, grouped: AbstractSet[str] = frozenset()
) -> Checked | None:
    """Check a formula: it yields a number. `grouped` are the measures it may not name."""
    checked = desk.expression(place, scope)
    if place.text and checked is None:
        _explain_grouped(desk, place, grouped)
    if checked and checked.type.kind not in _NUMBERS:
        template = N_("A formula yields a number; this one yields {kind}.")
        desk.add(place.fault("formula.number", template, kind=KINDS[checked.type.kind]))
    return checked


def _grouped(measures: Mapping[str, Spot]) -> AbstractSet[str]:
    return {key for key, spot in measures.items() if spot["by"].is_given}


def _explain_grouped(desk: Desk, place: Spot, grouped: AbstractSet[str]) -> None:
    """Say of an unknown name that it is a grouped measure: many figures, not one."""
    for number, fault in enumerate(desk.faults):
        name = str(fault.facts.get("name"))
        here = fault.file == place.file and fault.pointer == place.pointer
        if here and fault.code == "unknown_name" and name in grouped:
            template = N_("The measure “{name}” is grouped by something: it is many figures, and a formula needs one.")
            desk.faults[number] = replace(fault, code="formula.grouped", template=template, suggestion="")


def _check_direction(desk: Desk, result: Spot) -> None:
    kind, target = result["type"].text, result["target"].number
    baseline = result["baseline"].number if result["baseline"].is_given else (0.0 if kind == "reach" else None)
    if kind in {"increase", "decrease"} and not result["baseline"].is_given:
        template = N_("“{type}” needs a “baseline”: where the figure stood before.")
        desk.add(result.fault("kr.baseline", template, type=kind))
    if target is None or baseline is None:
        return
    if target == baseline:
        desk.add(result["target"].fault("kr.target", N_("The target equals the baseline: there is no way to go.")))
    elif (kind == "increase" and target < baseline) or (kind == "decrease" and target > baseline):
        template = N_("“{type}” from {baseline} to {target} goes the other way.")
        facts = {"type": kind, "baseline": f"{baseline:g}", "target": f"{target:g}"}
        other = "decrease" if kind == "increase" else "increase"
        desk.add(result["type"].fault("kr.direction", template, suggestion=other, **facts))


def _check_health(desk: Desk, health: Spot) -> None:
    green, yellow = health["on_track"].number, health["at_risk"].number
    if green is not None and yellow is not None and yellow > green:
        desk.add(
            health["at_risk"].fault("kr.health", N_("“at_risk” lies above “on_track”: nothing would ever be yellow."))
        )


def _warn_unused(desk: Desk, measures: Spot, used: set[str]) -> None:
    for key, spot in measures.members():
        if key not in used and not spot["by"].is_given:
            template = N_("No formula here uses the measure “{name}”.")
            desk.add(spot.fault("measure.unused", template, level="warning", name=key))
