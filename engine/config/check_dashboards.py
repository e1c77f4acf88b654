"""What dashboards mean: who may open them, what they are narrowed by, and what each tile shows."""

from __future__ import annotations

from engine.config.check_app import check_unique_keys
from engine.config.desk import Desk
from engine.config.measures import GROUPS
from engine.config.spot import Spot
from engine.dashboards.tiles import TILES
from rules.errors import N_
from rules.faults import KINDS
from rules.types import Type


def check_dashboards(desk: Desk) -> None:
    """Check every dashboard."""
    for dashboard in desk.source.section("dashboards"):
        for role in dashboard["roles"].items():
            desk.named(role, desk.roles, "role.unknown", N_("There is no role “{name}”."))
        check_unique_keys(desk, dashboard["filters"], N_("Two filters are called “{name}”."))
        check_unique_keys(desk, dashboard["tiles"], N_("Two tiles are called “{name}”."))
        _check_filters(desk, dashboard["filters"])
        for tile in dashboard["tiles"].items():
            type_ = TILES.get(tile["type"].text)
            if type_ is not None:
                type_.check(desk, tile)


def _check_filters(desk: Desk, filters: Spot) -> None:
    periods = [one for one in filters.items() if one["type"].text == "period"]
    for one in periods[1:]:
        desk.add(one.fault("filter.period", N_("One period is enough: all tiles follow it.")))
    for one in filters.items():
        if one["type"].text == "field":
            _check_field(desk, one)
        elif one["fields"].is_given:
            desk.add(
                one["fields"].fault("filter.fields", N_("A period has no fields: the measures say which date counts."))
            )


def _check_field(desk: Desk, one: Spot) -> None:
    """A filter asks the same kind of value of every form."""
    if one["default"].is_given:
        desk.add(one["default"].fault("filter.default", N_("Only a period is chosen at first.")))
    if not one["fields"].is_given:
        desk.add(one.fault("filter.fields", N_("Which field of which form? Write “fields”.")))
    first: Type | None = None
    for form, place in one["fields"].members():
        if not desk.named(
            Spot(form, place.file, place.pointer), desk.forms, "form.unknown", N_("There is no form “{name}”.")
        ):
            continue
        found = desk.expression(place, desk.scope(form))
        if found is None:
            continue
        if found.type.kind not in GROUPS:
            template = N_("One can choose a choice, reference, person, text or yes/no, not {kind}.")
            desk.add(place.fault("filter.kind", template, kind=KINDS[found.type.kind]))
        elif first is not None and (first.kind, first.form) != (found.type.kind, found.type.form):
            template = N_("The fields of one filter must hold the same kind of value.")
            desk.add(place.fault("filter.mixed", template))
        first = first or found.type
