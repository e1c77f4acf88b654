"""What a message of an alert rule may insert, each with what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext

from engine.config.check_alerts import scope_of
from engine.config.spot import Spot
from engine.design import candidates as names
from rules.errors import N_

if TYPE_CHECKING:
    from admin.design.sheet._base import Place

#: Names of rules that watch no records.
_FIGURES = {
    "value": N_("Value now"),
    "value_before": N_("Value before"),
    "baseline": N_("Starts at"),
    "target": N_("Should reach"),
    "progress": N_("Progress now"),
    "progress_before": N_("Progress before"),
    "expected": N_("Progress expected by now"),
    "health": N_("Colour now"),
    "health_before": N_("Colour before"),
    "today": N_("Today"),
    "now": N_("Now"),
}


def inserts(place: Place) -> list[tuple[str, str]]:
    """Return (name, label) of what the message at a place can insert."""
    form = names.form_at(place.section, place.content, place.pointer, place.desk.examined)
    if form in place.desk.examined.forms:
        return [(key, place.desk.told(one.label) or key) for key, one in place.desk.fields(form).items()]
    known = scope_of(place.desk.examined, Spot(place.content, place.path)).names()
    return [(key, gettext(_FIGURES[key]) if key in _FIGURES else key) for key in known]
