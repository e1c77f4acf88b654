"""Why a key result has no value: which measure has no records, or which part of the formula came to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.config.defs import KeyResultDef, MeasureDef
from rules.checked import Checked
from rules.errors import N_, Fault
from rules.explain import explain

#: Facts of a reason that may be the name of a measure.
NAMING = ("name", "divisor")


def why_no_value(
    one: KeyResultDef, values: Mapping[str, object], measures: Mapping[str, MeasureDef], fallback: Fault
) -> Fault:
    """Return the sentence for what is missing, with measures by their labels; `fallback` names only the part."""
    part = {"no_current": one.formula, "no_target": one.target, "no_baseline": one.baseline}.get(fallback.code)
    why = explain(part, values).why_empty if isinstance(part, Checked) else None
    if why is None:
        return fallback
    labels = {key: measure.label for key, measure in measures.items() if measure.label}
    facts = {key: labels.get(str(value), value) if key in NAMING else value for key, value in why.facts.items()}
    if why.code == "empty_name" and why.facts.get("name") in measures:
        return Fault("empty_measure", N_("The measure “{name}” has no value: no record counts for it."), facts)
    return replace(why, facts=facts)
