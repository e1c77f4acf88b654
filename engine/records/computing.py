"""Computed fields of a record that is being written, worked out before it is checked."""

from __future__ import annotations

from collections.abc import MutableMapping

from engine.records.env import evaluate, stored
from engine.records.graph import Derived, derived_fields, own_computed
from engine.releases.live import Live
from forms.defs import FieldDef, FormDef


def compute_own(live: Live, form: FormDef, row: MutableMapping[str, object], env: dict[str, object]) -> None:
    """Store the values of the form's computed fields in the row and its environment, each after those it reads."""
    for one in own_computed(live, form.key):
        row[one.field.key] = env[one.field.key] = computed_value(live, one, env)


def reads_stamp(live: Live, form: str) -> bool:
    """Tell whether a computed field of a form reads who wrote a record last, and when."""
    if ("stamped", form) not in live.memo:
        stamps = {("updated_at",), ("updated_by",)}
        found = (one.field.expression for one in own_computed(live, form))
        live.memo["stamped", form] = any(path[:1] in stamps for one in found if one is not None for path in one.reads)
    return bool(live.memo["stamped", form])


def computed_value(live: Live, one: Derived, env: dict[str, object]) -> object:
    """Return what a computed field stores for a record with these values."""
    assert one.field.expression is not None
    return stored_result(live, one, evaluate(one.field.expression, env))


def stored_result(live: Live, one: Derived, value: object) -> object:
    """Return a derived value as its column keeps it."""
    return stored(value, live.app.shapes[one.form][one.field.key], decimals_of(one.field))


def decimals_of(field: FieldDef) -> int | None:
    """Return the digits a number of this field is rounded to, if it says so."""
    decimals = field.params.get("decimals")
    return decimals if isinstance(decimals, int) else None


def empty_rollups(live: Live, form: str) -> dict[str, object]:
    """Return what the rollup fields of a record show to which nothing points: counts and sums are 0."""
    return {
        one.field.key: stored_result(live, one, 0.0 if one.measure.agg in ("count", "sum", "count_distinct") else None)
        for one in derived_fields(live)
        if one.form == form and one.measure is not None
    }
