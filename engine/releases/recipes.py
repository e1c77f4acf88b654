"""How a derived field is worked out, to be compared between two releases."""

from __future__ import annotations

from engine.records.graph import Derived


def recipe(one: Derived) -> tuple[object, ...]:
    """Return all that a derived field is worked out by, in a form that compares."""
    text = one.field.expression.text if one.field.expression else ""
    measure = one.measure
    parts = (
        (measure.of, measure.agg, measure.where and measure.where.text, measure.value and measure.value.text)
        if measure
        else ()
    )
    return (
        text,
        one.via,
        parts,
        one.field.params.get("result"),
        one.field.params.get("decimals"),
        one.field.params.get("scale"),
    )
