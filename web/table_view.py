"""Sub-tables on the page of a record: their rows with totals, as the viewer may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.records.rows import rows_of, totals
from engine.records.table_rights import table_access
from engine.rights import HIDDEN, field_access
from web import here
from web.fields import displays, look_at
from web.table_form import Column, total_display
from web.widgets import Display

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FieldDef, SubTableDef

#: Rows shown on the page of a record; the list has them all.
MOST_SHOWN = 200


@dataclass(frozen=True)
class ShownTable:
    """The rows of a table."""

    field: FieldDef
    columns: Sequence[Column]
    #: (address, cells) of each row.
    rows: Sequence[tuple[str, Sequence[Display]]]
    totals: Mapping[str, Display]
    count: int
    #: Where all rows are, when not all are shown.
    all_url: str = ""


def tables_shown(live: Live, record: Record, at: datetime | None = None) -> list[ShownTable]:
    """Return the sub-tables of a record; those that the viewer may not see are left out."""
    form = live.form(record.form)
    seen = [one for one in form.tables if table_access(live, form, one, here.viewer()) != HIDDEN]
    return [_shown(live, table, record, at) for table in seen]


def table_ways(live: Live, form_key: str) -> frozenset[tuple[str, str]]:
    """Return (form, field) of the references that sub-tables show already."""
    return frozenset((table.of, table.via) for table in live.form(form_key).tables)


def _shown(live: Live, table: SubTableDef, record: Record, at: datetime | None) -> ShownTable:
    access = field_access(live, table.of, here.viewer())
    fields = live.form(table.of).by_key
    columns = [fields[key] for key in table.columns if access.get(key, HIDDEN) != HIDDEN]
    rows = rows_of(here.db(), live, table, record.id, here.viewer(), here.now(), at)
    look = look_at(live, columns, [row.values for row in rows[:MOST_SHOWN]])
    names: dict[str, Any] = {"app_key": live.key, "form_key": table.of}
    drawn = [
        (url_for("records.show", **names, record_id=row.id), displays(columns, row, look)) for row in rows[:MOST_SHOWN]
    ]
    figures = totals(live, table, [row.values for row in rows])
    shown = {
        key: total_display(table, fields[key], value, look)
        for key, value in figures.items()
        if key in {c.key for c in columns}
    }
    link: dict[str, Any] = {f"f.{table.via}": str(record.id)}
    every = url_for("lists.show", **(names | link)) if len(rows) > MOST_SHOWN else ""
    return ShownTable(table.field, [Column(one) for one in columns], drawn, shown, len(rows), every)
