"""Scores of key results: how much of the way from baseline to target is done."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from rules.errors import N_, Fault

#: Types that must hold all the time: their expected progress is 1 from the first day.
HOLDING = ("control_above", "control_below")
#: Types of key results, as configs write them.
TYPES = ("reach", "increase", "decrease", "milestone", "binary", *HOLDING)
#: Decimals that a ratio keeps, so that both databases and every machine agree.
DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is 0 to 1; `raw` is the same uncapped (1.2 is 20 % over); both None when `why` says what is missing."""

    value: float | None = None
    raw: float | None = None
    why: Fault | None = None


def score(kind: str, baseline: float | None, target: float | None, current: float | None) -> Score:
    """Score a current value; a missing part gives no score and says which part."""
    if current is None:
        return Score(why=Fault("no_current", N_("The current value is missing.")))
    if target is None and kind != "binary":
        return Score(why=Fault("no_target", N_("The target is missing.")))
    if baseline is None and kind in ("increase", "decrease"):
        return Score(why=Fault("no_baseline", N_("The baseline is missing.")))
    return _capped(_raw(kind, baseline or 0.0, 1.0 if target is None else target, current))


def _raw(kind: str, baseline: float, target: float, current: float) -> float:
    if kind in ("control_above", "binary"):
        return float(current >= target)
    if kind == "control_below":
        return float(current <= target)
    if target == baseline:
        return float(current <= target if kind == "decrease" else current >= target)
    return (current - baseline) / (target - baseline)


def _capped(raw: float) -> Score:
    if not math.isfinite(raw):
        return Score(why=Fault("no_number", N_("The score is not a number.")))
    raw = round(raw, DECIMALS)
    return Score(min(1.0, max(0.0, raw)), raw)


def weighted_mean(parts: Iterable[tuple[float | None, float]]) -> float | None:
    """Return the mean of (value, weight) pairs; pairs without a value are left out, none left gives None."""
    known = [(value, weight) for value, weight in parts if value is not None and weight > 0]
    total = math.fsum(weight for _, weight in known)
    return round(math.fsum(value * weight for value, weight in known) / total, DECIMALS) if known else None
