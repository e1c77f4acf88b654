"""Building form definitions from a config that was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.config.cycles import computing_order
from engine.config.desk import Desk
from engine.config.measures import build_measure
from engine.config.spot import Spot
from forms.defs import AssertDef, FieldDef, FormDef, PermissionDef, SectionDef
from forms.labels import Label
from rules.scope import RecordScope


def build_forms(desk: Desk) -> dict[str, FormDef]:
    """Return the forms by key, in the order app.json gives them, the others behind."""
    order = computing_order(desk)
    keys = dict.fromkeys((*desk.source.app["order"].texts, *desk.forms))
    return {key: _form(desk, key, desk.forms[key], order[key]) for key in keys}


def _form(desk: Desk, key: str, spot: Spot, computing: tuple[str, ...]) -> FormDef:
    draft = desk.scope(key, draft=True)
    return FormDef(
        key,
        Label.of(spot["label"].value, key),
        tuple(_field(desk, key, field, draft, computing) for field in spot["fields"].items()),
        spot["title"].text,
        Label.of(spot["description"].value),
        spot["icon"].text,
        tuple(_section(section) for section in spot["sections"].items()),
        tuple(_assert(desk, rule, draft) for rule in spot["assert"].items()),
        tuple(group.texts for group in spot["unique"].items()),
        tuple(_permission(desk, key, permission) for permission in spot["permissions"].items()),
        spot["list"]["columns"].texts,
        spot["list"]["sort"].texts,
        spot["board"]["card"].texts,
    )


def _field(desk: Desk, form: str, spot: Spot, draft: RecordScope, computing: tuple[str, ...]) -> FieldDef:
    field = desk.shapes.field(form, spot["key"].text)
    assert field is not None, "a config with errors is not built"
    wanted = field.type.rule_type(field)
    return replace(
        field,
        default=field.type.read(field, spot["default"].value, desk.input) if field.type.can_default else None,
        default_expression=desk.expression(spot["default_expression"], draft, wanted),
        expression=desk.expression(spot["expression"], draft, wanted),
        visible_if=desk.condition(spot["visible_if"], draft),
        required_if=desk.condition(spot["required_if"], draft),
        read_only_if=desk.condition(spot["read_only_if"], draft),
        params={**field.params, **_extra(desk, field, spot, computing)},
    )


def _extra(desk: Desk, field: FieldDef, spot: Spot, computing: tuple[str, ...]) -> Mapping[str, object]:
    """Return what the engine wants to know of derived fields: the measure of a rollup, the turn of a computed field."""
    if field.type.key == "rollup":
        return {"measure": build_measure(desk, field.key, spot["measure"]), "via": spot["measure"]["via"].text}
    return {"turn": computing.index(field.key)} if field.type.key == "computed" else {}


def _section(spot: Spot) -> SectionDef:
    return SectionDef(spot["key"].text, Label.of(spot["label"].value, spot["key"].text), spot["fields"].texts)


def _assert(desk: Desk, spot: Spot, draft: RecordScope) -> AssertDef:
    condition = desk.condition(spot["condition"], draft)
    assert condition is not None, "a config with errors is not built"
    return AssertDef(condition, Label.of(spot["message"].value), spot["field"].text)


def _permission(desk: Desk, form: str, spot: Spot) -> PermissionDef:
    return PermissionDef(
        spot["roles"].texts,
        spot["actions"].texts,
        desk.condition(spot["records"], desk.scope(form)),
        {key: access.text for key, access in spot["fields"].members() if access.text != "edit"},
    )
