"""Limits of a form: what its records that refer to one record may add up to."""

from __future__ import annotations

from engine.config.check_app import check_unique_keys
from engine.config.desk import Desk
from engine.config.measures import reads_viewer
from engine.config.spot import Spot
from forms.defs import LimitDef
from forms.labels import Label
from rules.checked import Checked
from rules.errors import N_
from rules.faults import KINDS
from rules.types import Kind

_NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY})
_SIDES = ("at_most", "at_least")


def check_bounds(desk: Desk, form: Spot) -> None:
    """Check the limits of a form."""
    check_unique_keys(desk, form["limits"], N_("Two limits of this form are called “{name}”."))
    for spot in form["limits"].items():
        _check_measure(desk, form, spot["measure"])
        home = _home(desk, form, spot)
        if not any(spot[side].is_given for side in _SIDES):
            desk.add(spot.fault("limit.side", N_("A limit needs “at_most” or “at_least”.")))
        for side in _SIDES:
            checked = _bound(desk, spot[side], home) if home else None
            if checked and (checked.type.kind not in _NUMBERS or reads_viewer(checked)):
                template = N_("A limit is a number, the same for everybody; this yields {found}.")
                desk.add(spot[side].fault("limit.kind", template, found=KINDS[checked.type.kind]))


def _home(desk: Desk, form: Spot, spot: Spot) -> str:
    """Return the form whose records the limit is about, or ""."""
    key = form["key"].text
    names = desk.shapes.keys.get(key, ())
    if not desk.named(spot["via"], names, "field.unknown", N_("There is no field “{name}” in this form.")):
        return ""
    field = desk.shapes.field(key, spot["via"].text)
    kind = field.type.rule_type(field).kind if field else None
    if field is None or kind is not Kind.REFERENCE or field.is_derived:
        template = N_("“{name}” is no reference that people fill in; a limit is kept per record referred to.")
        desk.add(spot["via"].fault("limit.via", template, name=spot["via"].text))
        return ""
    return field.to if field.to in desk.forms else ""


def _check_measure(desk: Desk, form: Spot, measure: Spot) -> None:
    scope = desk.scope(form["key"].text, draft=True)
    for name in ("where", "value"):
        checked = desk.condition(measure[name], scope) if name == "where" else desk.expression(measure[name], scope)
        if checked and reads_viewer(checked):
            template = N_("A limit is the same for everybody, so it cannot read “me”.")
            desk.add(measure[name].fault("field.viewer", template))
        if checked and name == "value" and checked.type.kind not in _NUMBERS:
            template = N_("“{agg}” cannot be taken of {kind}.")
            desk.add(
                measure[name].fault("measure.value", template, agg=measure["agg"].text, kind=KINDS[checked.type.kind])
            )
    counts = measure["agg"].text == "count"
    if counts and measure["value"].is_given:
        desk.add(
            measure["value"].fault(
                "measure.value", N_("“count” counts records and takes no “value”."), suggestion="sum"
            )
        )
    elif measure["agg"].text and not counts and not measure["value"].is_given:
        template = N_("“{agg}” needs a “value”: what is looked at in each record.")
        desk.add(measure.fault("measure.value", template, agg=measure["agg"].text))


def _bound(desk: Desk, spot: Spot, home: str) -> Checked | None:
    """Check one side; a number is an expression as well."""
    if not spot.is_given:
        return None
    text = spot.text or repr(spot.value)
    return desk.text(spot, text, desk.scope(home, draft=True))


def build_bounds(desk: Desk, form: Spot) -> tuple[LimitDef, ...]:
    """Build the limits of a form that was checked."""
    return tuple(_build(desk, form, spot) for spot in form["limits"].items())


def _build(desk: Desk, form: Spot, spot: Spot) -> LimitDef:
    scope, measure = desk.scope(form["key"].text, draft=True), spot["measure"]
    home = _home(desk, form, spot)
    return LimitDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["via"].text,
        measure["agg"].text,
        home,
        desk.expression(measure["value"], scope),
        desk.condition(measure["where"], scope),
        _bound(desk, spot["at_most"], home),
        _bound(desk, spot["at_least"], home),
        Label.of(spot["message"].value),
    )
