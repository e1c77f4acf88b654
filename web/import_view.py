"""The steps of an import as the screen shows them: columns with their fields, verdicts, values to be mapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

from engine.imports.dating import possible_orders
from engine.imports.kept import PART
from engine.imports.lookups import is_text
from engine.imports.mapping import ColumnMap, ImportMapping, fillable
from engine.imports.read import Table
from engine.imports.report import CREATE, REFUSED, UNCHANGED, UPDATE, Report
from engine.rights import visible
from rules.errors import N_, Fault
from rules.types import Kind
from web import here, i18n
from web.errors import sentence
from web.fields import all_fields, editable
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef

#: Rows whose cells are shown as examples, and lines of dirt that a page lists.
SAMPLES = 3
_WHICH = N_("“{value}” in the column {column} can be read in two ways: say whether the day or the month comes first.")
MOST_DIRT = 200


@dataclass(frozen=True)
class ColumnView:
    """A column of the file with the field it fills."""

    number: int
    name: str
    samples: Sequence[str]
    field: str
    unknown: str
    #: Field of the form referred to by which its records are named, and the fields that may do so.
    match: str = ""
    matches: Sequence[tuple[str, str]] = ()
    #: How dates are written that begin with the day or the month: what is chosen, what is possible; None: there are none.
    order: str = ""
    orders: Sequence[str] | None = None


@dataclass(frozen=True)
class UnknownView:
    """A value that is not known, and what it may mean."""

    name: str
    column: str
    value: str
    rows_text: str
    candidates: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class DirtView:
    """A cell that is not as it should be."""

    row: int
    column: str
    value: str
    reason: str
    outcome: str
    mood: str


def field_choices(live: Live, form_key: str) -> list[tuple[str, str]]:
    """Return the fields a column may fill, those the viewer may write or an import may bring along."""
    fields, mine = all_fields(live, form_key), editable(live, form_key)
    keys = fillable(live.form(form_key), live.pipeline(form_key))
    imported = ("stage", "stage_entered_at", "created_at")
    return [
        (key, str(i18n.told(fields[key].label))) for key in keys if key in fields and (key in mine or key in imported)
    ]


def column_views(live: Live, form_key: str, table: Table, mapping: ImportMapping) -> list[ColumnView]:
    """Return the columns of a file."""
    maps = {one.column: one for one in mapping.columns}
    chosen = [maps.get(name, ColumnMap(name)) for name in table.header]
    first = [row.cells for row in islice(table.rows, SAMPLES)]
    orders = _orders(table, [number for number, one in enumerate(chosen) if _is_dated(live, form_key, one.field)])
    return [
        _column_view(live, form_key, number, one, [cells[number] for cells in first], orders.get(number))
        for number, one in enumerate(chosen)
    ]


def _is_dated(live: Live, form_key: str, key: str) -> bool:
    field = all_fields(live, form_key).get(key)
    return field is not None and field.type.kind in (Kind.DATE, Kind.DATETIME)


def _orders(table: Table, places: Sequence[int]) -> dict[int, tuple[str, ...] | None]:
    """Return the orders in which the dates of some columns make sense, in one go through the file."""
    rows = (row.cells for row in table.rows) if places else iter(())
    found: dict[int, tuple[str, ...] | None] = {}
    while part := list(islice(rows, PART)):
        for place in places:
            orders = possible_orders(cells[place] for cells in part)
            if orders is not None:
                before = found.get(place)
                found[place] = orders if before is None else tuple(one for one in before if one in orders)
    return found


def _column_view(
    live: Live, form_key: str, number: int, one: ColumnMap, texts: Sequence[str], orders: Sequence[str] | None
) -> ColumnView:
    field = all_fields(live, form_key).get(one.field)
    return ColumnView(
        number,
        one.column,
        [text for text in texts if text.strip()],
        one.field,
        one.unknown,
        one.match,
        _matches(live, field) if field is not None and field.to else (),
        one.format or (orders[0] if orders is not None and len(orders) == 1 else ""),
        orders,
    )


def _matches(live: Live, field: FieldDef) -> list[tuple[str, str]]:
    """Return the fields by which records may be named that a reference points to."""
    if field.to not in live.app.forms:
        return []
    seen = visible(live, field.to, here.viewer())
    fields = [one for one in live.form(field.to).fields if one.key in seen and is_text(live, field.to, one.key)]
    return [(one.key, str(i18n.told(one.label))) for one in fields]


def unasked_orders(live: Live, form_key: str, table: Table, mapping: ImportMapping) -> list[Fault]:
    """Return a fault for each column of dates that may be read in two ways, of which nobody has chosen one."""
    found = []
    for column in column_views(live, form_key, table, mapping):
        if column.orders is not None and not column.order and len(column.orders) != 1:
            sample = next((text for text in column.samples if possible_orders([text])), "")
            found.append(Fault("date_order", _WHICH, {"column": column.name, "value": sample}))
    return found


def with_orders(config: dict[str, Any], live: Live, form_key: str, table: Table) -> dict[str, Any]:
    """Return a mapping in which columns of dates that can be read in one way only say so."""
    open_ = {
        number: column
        for number, name in enumerate(table.header)
        if (column := config["columns"].get(name))
        and not column.get("format")
        and _is_dated(live, form_key, column["field"])
    }
    orders = _orders(table, list(open_))
    for number, column in open_.items():
        found = orders.get(number)
        column["format"] = found[0] if found is not None and len(found) == 1 else ""
    return config


def posted_mapping(form_key: str, table: Table, form: MultiDict[str, str], base: ImportMapping) -> dict[str, Any]:
    """Return the mapping as the screen has it, as JSON: columns by their number, unknown values by theirs."""
    columns: dict[str, Any] = {}
    before = {one.column: one for one in base.columns}
    for number, name in enumerate(table.header):
        field = form.get(f"field.{number}", before[name].field if name in before else "")
        values = {**(before[name].values if name in before else {}), **_meanings(form, number)}
        unknown = form.get(f"unknown.{number}", before[name].unknown if name in before else "refuse")
        kept = before[name] if name in before and before[name].field == field else ColumnMap(name)
        facts = {part: form.get(f"{part}.{number}", getattr(kept, part)) for part in ("match", "format")}
        facts |= {"empty": kept.empty}
        columns[name] = {"field": field, "values": values, "unknown": unknown, **facts} if field else None
    key = [one for one in form.getlist("key") if one] if "key_asked" in form else list(base.key)
    gates = "gates" in form if "gates_asked" in form else base.gates
    return {"form": form_key, "columns": columns, "key": key, "mode": form.get("mode", base.mode), "gates": gates}


#: What a person chooses for a value that means nothing.
LEAVE_EMPTY = "(empty)"


def _meanings(form: MultiDict[str, str], number: int) -> dict[str, str]:
    """Return value -> meaning for the unknown values of a column that were given one."""
    found: dict[str, str] = {}
    for name, value in form.items():
        if name.startswith(f"value.{number}."):
            meaning = form.get(f"meaning.{number}.{name.rsplit('.', 1)[1]}", "")
            if meaning:
                found[value] = "" if meaning == LEAVE_EMPTY else meaning
    return found


def unknown_views(report: Report) -> list[UnknownView]:
    """Return the values to be mapped, column by column."""
    views = []
    for number, column in enumerate(report.columns):
        for place, one in enumerate(column.unknown):
            rows = gettext("%(num)s rows", num=i18n.number(one.rows))
            candidates = list(one.candidates)
            views.append(UnknownView(f"{number}.{place}", column.column, one.value, rows, candidates))
    return views


def verdict_words() -> Mapping[str, str]:
    """Say the verdicts."""
    return {
        CREATE: gettext("new"),
        UPDATE: gettext("changed"),
        UNCHANGED: gettext("unchanged"),
        REFUSED: gettext("left out"),
    }


def dirt_views(live: Live, report: Report) -> list[DirtView]:
    """Return the first lines of dirt; a field that no column fills is named by its label."""
    fields = all_fields(live, report.form)
    words = {"refused": gettext("row left out"), "left_empty": gettext("left empty"), "noted": gettext("noted")}
    moods = {"refused": "bad", "left_empty": "warn"}
    return [
        DirtView(
            one.row,
            one.column or (str(i18n.told(fields[one.field].label)) if one.field in fields else ""),
            one.value,
            sentence(one.reason),
            words[one.outcome],
            moods.get(one.outcome, ""),
        )
        for one in report.dirt[:MOST_DIRT]
    ]
