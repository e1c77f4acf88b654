"""Building form definitions from a config that was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.config.bounds import build_bounds
from engine.config.check_layout import columns, home_field, ways_home
from engine.config.cycles import computing_order
from engine.config.desk import Desk
from engine.config.measures import build_measure
from engine.config.permissions import build_permission
from engine.config.spot import Spot
from engine.config.views import build_views
from forms.defs import AssertDef, FieldDef, FormDef, PageDef, SectionDef, SubTableDef
from forms.labels import Label
from rules.scope import RecordScope


def build_forms(desk: Desk) -> dict[str, FormDef]:
    """Return the forms by key, in the order app.json gives them, the others behind by their keys."""
    order = computing_order(desk)
    keys = dict.fromkeys((*desk.source.app["order"].texts, *sorted(desk.forms)))
    return {key: _form(desk, key, desk.forms[key], order[key]) for key in keys}


def _form(desk: Desk, key: str, spot: Spot, computing: tuple[str, ...]) -> FormDef:
    draft = desk.scope(key, draft=True)
    return FormDef(
        key,
        Label.of(spot["label"].value, key),
        tuple(
            _field(desk, key, one, draft, computing) for one in spot["fields"].items() if not _is_table(desk, key, one)
        ),
        spot["title"].text,
        Label.of(spot["description"].value),
        spot["icon"].text,
        tuple(_section(desk, section, draft) for section in spot["sections"].items()),
        tuple(_assert(desk, rule, draft) for rule in spot["assert"].items()),
        tuple(group.texts for group in spot["unique"].items()),
        tuple(build_permission(desk, key, permission) for permission in spot["permissions"].items()),
        spot["list"]["columns"].texts,
        spot["list"]["sort"].texts,
        spot["board"]["card"].texts,
        tuple(_page(desk, page, draft) for page in (*spot["tabs"].items(), *spot["steps"].items())),
        "steps" if spot["steps"].is_given else "tabs" if spot["tabs"].is_given else "",
        spot["when_hidden"].text or "keep",
        tuple(_table(desk, key, one, draft) for one in spot["fields"].items() if _is_table(desk, key, one)),
        build_bounds(desk, spot),
        views=build_views(desk, spot),
        duplicates=spot["duplicates"]["fields"].texts,
    )


def _is_table(desk: Desk, form: str, spot: Spot) -> bool:
    field = desk.shapes.field(form, spot["key"].text)
    return field is not None and field.type.is_table


def _field(desk: Desk, form: str, spot: Spot, draft: RecordScope, computing: tuple[str, ...]) -> FieldDef:
    field = desk.shapes.field(form, spot["key"].text)
    assert field is not None, "a config with errors is not built"
    wanted = field.type.rule_type(field)
    return replace(
        field,
        default=field.type.read(field, spot["default"].value, desk.input) if field.type.can_default else None,
        default_expression=desk.expression(spot["default_expression"], draft, wanted),
        expression=desk.expression(spot["from" if field.type.key == "lookup" else "expression"], draft, wanted),
        visible_if=desk.condition(spot["visible_if"], draft),
        required_if=desk.condition(spot["required_if"], draft),
        read_only_if=desk.condition(spot["read_only_if"], draft),
        params={**field.params, **_extra(desk, field, spot, computing)},
    )


def _extra(desk: Desk, field: FieldDef, spot: Spot, computing: tuple[str, ...]) -> Mapping[str, object]:
    """Return what the engine wants to know of derived fields: the measure of a rollup, the turn of a computed field."""
    if field.type.key == "rollup":
        return {"measure": build_measure(desk, field.key, spot["measure"]), "via": spot["measure"]["via"].text}
    return {"turn": computing.index(field.key)} if field.type.key in ("computed", "lookup") else {}


def _section(desk: Desk, spot: Spot, draft: RecordScope) -> SectionDef:
    return SectionDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["fields"].texts,
        Label.of(spot["help"].value),
        int(spot["columns"].number or 2),
        spot["collapsed"].is_true,
        desk.condition(spot["visible_if"], draft),
    )


def _page(desk: Desk, spot: Spot, draft: RecordScope) -> PageDef:
    return PageDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["sections"].texts,
        Label.of(spot["help"].value),
        desk.condition(spot["visible_if"], draft),
    )


def _table(desk: Desk, form: str, spot: Spot, draft: RecordScope) -> SubTableDef:
    field = desk.shapes.field(form, spot["key"].text)
    assert field is not None, "a config with errors is not built"
    of = spot["of"].text
    listed = [
        (one["field"].text, one["total"].text) if isinstance(one.value, dict) else (one.text, "")
        for one in columns(spot)
    ]
    return SubTableDef(
        replace(field, visible_if=desk.condition(spot["visible_if"], draft)),
        of,
        home_field(spot, ways_home(desk, of, form)),
        tuple(name for name, _ in listed),
        {name: total for name, total in listed if total},
        int(spot["min_rows"].number or 0),
        int(spot["max_rows"].number or 1000),
        spot["on_delete"].text or "delete",
        spot["order"].text,
    )


def _assert(desk: Desk, spot: Spot, draft: RecordScope) -> AssertDef:
    condition = desk.condition(spot["condition"], draft)
    assert condition is not None, "a config with errors is not built"
    return AssertDef(condition, Label.of(spot["message"].value), spot["field"].text)
