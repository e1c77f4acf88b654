"""Rows of sub-tables inside the JSON of their record: written with it in one act, read with it, each fault at its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from engine.records.input import unknown_field
from engine.records.rows import MOST_ROWS, rows_of
from engine.records.subtables import JOINT, RowInput, removing_verb
from engine.records.subtables import save as save_tables
from engine.records.table_rights import table_access
from engine.rights import HIDDEN
from forms.errors import FormError
from rules.errors import N_, Fault
from web import here
from web.api.entry import demand
from web.api.values import record_json, typed

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import SubTableDef

#: Names inside a row that no field can have, but for a field's own key.
ID, VERSION, DELETE = "id", "version", "_delete"


def rows_json(live: Live, record: Record, at: datetime | None = None) -> dict[str, object]:
    """Return table -> rows, each a record as its reader may see it; tables out of sight are left out."""
    return {
        table.key: [
            {key: value for key, value in record_json(live, row).items() if key != table.via}
            for row in rows_of(here.db(), live, table, record.id, here.viewer(), here.now(), at)
        ]
        for table in seen_tables(live, record.form)
    }


def seen_tables(live: Live, form: str) -> list[SubTableDef]:
    """Return the sub-tables of a form that the person may see."""
    found = live.form(form)
    return [table for table in found.tables if table_access(live, found, table, here.viewer()) != HIDDEN]


def split(live: Live, form: str, sent: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Return what was sent for the record itself and what for its tables; a table out of sight is an unknown name."""
    tables = {table.key for table in seen_tables(live, form)} if form in live.app.forms else set()
    own = {key: value for key, value in sent.items() if key not in tables}
    return own, {key: value for key, value in sent.items() if key in tables}


def create_with_rows(live: Live, form: str, own: Mapping[str, object], sent: Mapping[str, object]) -> Record:
    """Create a record with its rows; a table that needs rows is checked although none were sent."""
    needed: dict[str, object] = {table.key: [] for table in live.form(form).tables if table.min_rows}
    return _save(live, form, None, own, {**needed, **sent}, None)


def update_with_rows(
    live: Live, form: str, record_id: int, own: Mapping[str, object], sent: Mapping[str, object], version: int | None
) -> Record:
    """Change a record and the rows that are named; others stay as they are."""
    return _save(live, form, record_id, own, sent, version)


def _save(
    live: Live,
    form: str,
    record_id: int | None,
    own: Mapping[str, object],
    sent: Mapping[str, object],
    version: int | None,
) -> Record:
    by_key = live.form(form).tables_by_key
    tables = {key: _rows(live, by_key[key], rows) for key, rows in sent.items()}
    if record_id is not None:
        _demand(live, [(by_key[key], rows) for key, rows in tables.items()])
    given, user, now = typed(live, form, own), here.viewer(), here.now()
    try:
        return save_tables(here.db(), live, form, record_id, given, tables, user, now, version=version, via="api")
    except FormError as error:
        raise FormError(*(_placed(fault) for fault in error.faults)) from error


def _placed(fault: Fault) -> Fault:
    """Return the fault with its place as JSON has it: `lines.0.quantity`."""
    return replace(fault, field=fault.field.replace(JOINT, "."))


def _demand(live: Live, tables: Sequence[tuple[SubTableDef, Sequence[RowInput]]]) -> None:
    """Refuse a token that was not made for what happens to the rows."""
    for table, rows in tables:
        if any(row.record is None for row in rows):
            demand("create")
        if any(row.removed for row in rows):
            demand(removing_verb(live.form(table.of)))


def _rows(live: Live, table: SubTableDef, sent: object) -> list[RowInput]:
    if not isinstance(sent, list) or len(sent) > MOST_ROWS or not all(isinstance(one, dict) for one in sent):
        template = N_("Send a list of rows, each an object; {most} at most.")
        raise FormError(Fault("table.shape", template, {"most": MOST_ROWS}, field=table.key))
    return [_row(live, table, str(place), row) for place, row in enumerate(sent)]


def _row(live: Live, table: SubTableDef, token: str, sent: Mapping[str, object]) -> RowInput:
    number, version, removed = sent.get(ID), sent.get(VERSION), sent.get(DELETE, False)
    values = {key: value for key, value in sent.items() if key not in (ID, VERSION, DELETE)}
    if table.via in values:
        raise FormError(replace(unknown_field(table.via), field=f"{table.key}.{token}.{table.via}"))
    if not (_is_number(number) and _is_number(version) and isinstance(removed, bool)) or (removed and number is None):
        template = N_("Send “id” to change a row, with “_delete”: true to delete it; without “id” it is a new one.")
        raise FormError(Fault("row.shape", template, field=f"{table.key}.{token}"))
    read = {} if removed else typed(live, table.of, values)
    return RowInput(token, read, number, version, removed)  # type: ignore[arg-type]  # _is_number looked


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53)
