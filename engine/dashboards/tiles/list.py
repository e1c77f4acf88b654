"""Records of a form: the first few, with the fields that matter here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.config.schema_parts import array, ref
from engine.dashboards.answers import ListAnswer
from engine.dashboards.parts import COLUMNS, LIMIT
from engine.dashboards.tiles._base import TileType, register
from forms.system import system_fields
from rules.errors import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking
    from engine.records.query import Drill
    from rules.checked import Checked

MOST = 8


@dataclass(frozen=True, slots=True)
class ListDef:
    """Records of a form: which, in which order, how many, and what is shown of each."""

    form: str
    columns: tuple[str, ...]
    filter: Checked | None = None
    sort: tuple[str, ...] = ()
    limit: int = MOST


@register
class List(TileType):
    """The first few records of a form."""

    key = "list"
    members: ClassVar[Schema] = {
        "form": ref("name", "Form whose records are listed."),
        "columns": COLUMNS,
        "filter": ref("expression", "Only records for which this holds; it may read me and today."),
        "sort": array(ref("name", "Field; -field is descending."), "Order of the records.", 3),
        "limit": LIMIT,
    }
    width = 4
    required = ("form", "columns")

    def check(self, desk: Desk, tile: Spot) -> None:
        form = tile["form"].text
        if not desk.named(tile["form"], desk.forms, "form.unknown", N_("There is no form “{name}”.")):
            return
        names = (*desk.shapes.keys.get(form, ()), *desk.shapes.system(form))
        unknown = N_("There is no field “{name}” in this form.")
        for item in tile["columns"].items():
            desk.named(item, names, "field.unknown", unknown)
        for item in tile["sort"].items():
            bare = type(item)(item.text.removeprefix("-"), item.file, item.pointer)
            field = desk.shapes.field(form, bare.text) or system_fields().get(bare.text)
            if desk.named(bare, names, "field.unknown", unknown) and field and not field.type.sortable:
                desk.add(item.fault("form.sort", N_("A {type} field cannot be sorted by."), type=field.type.key))
        desk.condition(tile["filter"], desk.scope(form))

    def build(self, desk: Desk, tile: Spot) -> ListDef:
        form = tile["form"].text
        return ListDef(
            form,
            tile["columns"].texts,
            desk.condition(tile["filter"], desk.scope(form)),
            tile["sort"].texts,
            int(tile["limit"].number or MOST),
        )

    def answer(self, ask: Asking, tile: TileDef) -> ListAnswer:
        given: ListDef = tile.given  # type: ignore[assignment]  # what build returned
        return ask.listed(given.form, given.filter, given.columns, given.sort, given.limit)

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        given: ListDef = tile.given  # type: ignore[assignment]  # what build returned
        return ask.all_of(given.form, given.filter)
