"""Why a key result has no value: which measure has no records, or which part of the formula came to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.config.defs import KeyResultDef, MeasureDef
from engine.sql.measures import Figure
from forms.labels import Label
from rules.checked import Checked
from rules.errors import N_, Fault
from rules.explain import Explanation, explain

#: Measure key -> its label, or the key where it has none.
Names = Mapping[str, Label | str]


def why_no_value(
    one: KeyResultDef,
    values: Mapping[str, object],
    figures: Mapping[str, Figure],
    measures: Mapping[str, MeasureDef],
    fallback: Fault,
) -> Fault:
    """Return the sentence for the part that is missing; `fallback` names the part itself."""
    part = {"no_current": one.formula, "no_target": one.target, "no_baseline": one.baseline}.get(fallback.code)
    if not isinstance(part, Checked):
        return fallback
    names = {key: measure.label or key for key, measure in measures.items()}
    return _empty_measure(part, figures, names) or _zero_division(part, values, names) or fallback


def _empty_measure(part: Checked, figures: Mapping[str, Figure], names: Names) -> Fault | None:
    for key in sorted(path[0] for path in part.reads):
        if key in figures and figures[key].value is None:
            template = N_("The measure “{measure}” has no value: no record counts for it.")
            return Fault("empty_measure", template, {"measure": names.get(key, key)})
    return None


def _zero_division(part: Checked, values: Mapping[str, object], names: Names) -> Fault | None:
    """Blame the divisor that is 0: a measure by its name, anything else by its text."""
    for node in _nodes(explain(part, values)):
        if node.value is None and len(node.children) == 2 and node.children[1].value == 0:
            divisor = node.children[1].text
            template = N_("“{divisor}” is 0, and nothing can be divided by it.")
            return Fault("zero_division", template, {"divisor": names.get(divisor, divisor)})
    return None


def _nodes(tree: Explanation) -> Iterator[Explanation]:
    yield tree
    for child in tree.children:
        yield from _nodes(child)
