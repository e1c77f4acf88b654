"""A measure as the heading of its row: how it is called, and in words what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from web.okr_view import aggregate_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin.design._desk import Desk
    from admin.design.sheet._base import Place


def titles_of(place: Place, held: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return key -> (label, words) of the measures among what an object holds."""
    return {
        key: (place.desk.label_of({"label": one.get("label"), "key": key}), measure_words(place.desk, one))
        for key, one in held.items()
        if key and isinstance(one, dict) and "agg" in one
    }


def measure_words(desk: Desk, measure: Mapping[str, Any]) -> str:
    """Say what a measure counts: which records, what is done with them, and which of them."""
    form, where = str(measure.get("of", "")), measure.get("where")
    spot = desk.examined.forms.get(form)
    said = desk.conditions_in_words(form, where) if spot is not None and isinstance(where, str) and where else ""
    return " · ".join(filter(None, (desk.said(spot) if spot else form, _worked_out(desk, form, measure), said)))


def _worked_out(desk: Desk, form: str, measure: Mapping[str, Any]) -> str:
    aggregate, value = aggregate_words(str(measure["agg"])), measure.get("value")
    if not isinstance(value, str) or not value:
        return aggregate
    field = desk.fields(form).get(value)
    named = desk.told(field.label) if field else value
    return str(gettext("%(aggregate)s of %(value)s", aggregate=aggregate, value=named))
