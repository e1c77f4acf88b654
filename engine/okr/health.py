"""Health of a key result: green, yellow or red, always with the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass

from engine.config.defs import HealthDef
from rules.errors import N_, Fault


@dataclass(frozen=True, slots=True)
class Health:
    """`color` is green, yellow, red, or empty when there is nothing to judge; `reason` is one sentence."""

    color: str
    reason: Fault


def health(progress: float | None, expected: float | None, bands: HealthDef) -> Health:
    """Judge progress (0 to 1, over 1 when the target is passed) against the progress expected by now."""
    if progress is None:
        return Health("", Fault("no_value", N_("No value yet, so there is nothing to judge.")))
    if progress >= 1:
        return Health("green", Fault("reached", N_("The target is reached.")))
    if expected is None:
        return Health("", Fault("open_cycle", N_("The cycle has no dates, so no progress is expected by now.")))
    facts = {"progress": _percent(progress), "expected": _percent(expected)}
    if expected == 0:
        return Health("green", Fault("not_begun", N_("The cycle has not begun."), facts))
    ratio = round(progress / expected, 9)
    if ratio >= bands.on_track:
        return Health("green", Fault("on_track", N_("On track: {progress} done, {expected} expected by now."), facts))
    if ratio >= bands.at_risk:
        return Health("yellow", Fault("at_risk", N_("At risk: {progress} done, {expected} expected by now."), facts))
    return Health("red", Fault("behind", N_("Behind: {progress} done, {expected} expected by now."), facts))


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
