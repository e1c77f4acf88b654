"""Views that a form declares: what they mean, and their definitions."""

from __future__ import annotations

from engine.config.check_app import check_unique_keys
from engine.config.desk import Desk
from engine.config.spot import Spot
from forms.defs import FieldDef
from forms.labels import Label
from forms.system import system_fields
from forms.views import (
    FIELD_SETTINGS,
    KINDS,
    PERIODS,
    ViewDef,
    ViewSettings,
)
from rules.errors import N_
from rules.types import MANY, Kind

_NO_FIELD = N_("There is no field “{name}” in this form.")
_DAYS = frozenset({Kind.DATE, Kind.DATETIME})
_NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY})
#: Types that hold a first and a last day.
_SPANS = ("date_range",)
_LANES = frozenset({Kind.CHOICE, Kind.PERSON, Kind.REFERENCE})


def build_views(desk: Desk, form: Spot) -> tuple[ViewDef, ...]:
    """Return the views of a form of a config that was checked."""
    scope = desk.scope(form["key"].text)
    return tuple(
        ViewDef(
            spot["key"].text,
            Label.of(spot["label"].value, spot["key"].text),
            spot["kind"].text or KINDS[0],
            ViewSettings.of(spot.value if isinstance(spot.value, dict) else {}),
            spot["roles"].texts,
            desk.condition(spot["filter"], scope),
        )
        for spot in form["views"].items()
    )


def check_views(desk: Desk, form: Spot, names: tuple[str, ...]) -> None:
    """Check the views of a form; `names` are its fields and the system's."""
    check_unique_keys(desk, form["views"], N_("Two views of this form are called “{name}”."))
    for spot in form["views"].items():
        _check_view(desk, form, spot, names)


def _check_view(desk: Desk, form: Spot, spot: Spot, names: tuple[str, ...]) -> None:
    for role in spot["roles"].items():
        desk.named(role, desk.roles, "role.unknown", N_("There is no role “{name}”."))
    desk.condition(spot["filter"], desk.scope(form["key"].text))
    _check_columns(desk, spot, names)
    for item in spot["sort"].items():
        field = _field(desk, form, Spot(item.text.removeprefix("-"), item.file, item.pointer), names)
        if field and not field.type.sortable:
            desk.add(item.fault("form.sort", N_("A {type} field cannot be sorted by."), type=field.type.key))
    _check_group(desk, form, spot["group"], names)
    for name, total in spot["totals"].members():
        field = _field(desk, form, Spot(name, total.file, total.pointer), names)
        if field and total.text != "count" and _kind(field) not in _NUMBERS:
            desk.add(total.fault("table.total", N_("Only numbers and money can be added up.")))
    for name in FIELD_SETTINGS:
        field = _field(desk, form, spot[name], names) if spot[name].is_given else None
        if field and not serves(name, field):
            template = N_("A {type} field cannot serve as “{setting}” of a view.")
            desk.add(spot[name].fault("view.field", template, type=field.type.key, setting=name))
    _check_kind(desk, form, spot)


def serves(setting: str, field: FieldDef) -> bool:
    """Tell whether a field can be the date, the picture, the lanes … of a view."""
    kind, type_ = _kind(field), field.type.shown_as(field)
    if setting in ("date", "start"):
        return kind in _DAYS or type_.key in _SPANS
    if setting == "end":
        return kind in _DAYS
    if setting == "cover":
        return type_.key == "image"
    return kind in (_LANES if setting == "lanes" else {Kind.CHOICE})


def can_group(field: FieldDef) -> bool:
    """Tell whether records can be grouped by a field."""
    return field.type.sortable and _kind(field) not in MANY and field.type.shown_as(field).filter != "none"


def _kind(field: FieldDef) -> Kind:
    return field.type.rule_type(field).kind


def _field(desk: Desk, form: Spot, name: Spot, names: tuple[str, ...]) -> FieldDef | None:
    if not desk.named(name, names, "field.unknown", _NO_FIELD):
        return None
    return desk.shapes.field(form["key"].text, name.text) or system_fields().get(name.text)


def _check_columns(desk: Desk, spot: Spot, names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for item in spot["columns"].items():
        if desk.named(item, names, "field.unknown", _NO_FIELD) and item.text in seen:
            desk.add(item.fault("form.twice", N_("“{name}” is listed twice."), level="warning", name=item.text))
        seen.add(item.text)
    for name, width in spot["widths"].members():
        desk.named(Spot(name, width.file, width.pointer), names, "field.unknown", _NO_FIELD)


def _check_group(desk: Desk, form: Spot, spot: Spot, names: tuple[str, ...]) -> None:
    name, _, period = spot.text.partition(":")
    field = _field(desk, form, Spot(name, spot.file, spot.pointer), names) if name else None
    if field is None:
        return
    if not can_group(field):
        desk.add(spot.fault("view.group", N_("Records cannot be grouped by a {type} field."), type=field.type.key))
    elif period and (_kind(field) not in _DAYS or period not in PERIODS):
        template = N_("Only dates are grouped by a period: {periods}.")
        desk.add(spot.fault("view.period", template, periods=", ".join(PERIODS)))


def _check_kind(desk: Desk, form: Spot, spot: Spot) -> None:
    needs = {"calendar": "date", "timeline": "start"}.get(spot["kind"].text, "")
    if needs and not spot[needs].is_given:
        template = N_("A view of this kind needs “{setting}”.")
        desk.add(spot.fault("view.setting", template, setting=needs))
    if spot["kind"].text == "board" and form["key"].text not in desk.pipelines:
        template = N_("There is no pipeline for this form, so it has no board.")
        desk.add(spot["kind"].fault("form.board", template))
