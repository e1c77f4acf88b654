"""Rows of a sub-table pasted out of a spreadsheet, and rows judged before they are saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.records.rows import preview_rows
from engine.records.subtables import JOINT, RowInput
from rules.errors import N_, Fault
from web import here

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import SubTableDef

#: Rows that one paste may bring.
MOST_PASTED = 1000


def pasted_rows(text: str, columns: Sequence[str], first: str, number: int) -> list[RowInput]:
    """Return new rows from cells copied out of a spreadsheet, beginning in the column `first`, named from `number` on."""
    start = columns.index(first) if first in columns else 0
    grid = list(csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter="\t"))
    lines = [line for line in grid if any(cell.strip() for cell in line)][:MOST_PASTED]
    wanted = columns[start:]
    return [
        RowInput(f"new{number + place}", {key: cell.strip() for key, cell in zip(wanted, line, strict=False)})
        for place, line in enumerate(lines)
    ]


def too_wide(text: str, columns: Sequence[str], first: str) -> Fault | None:
    """Return a fault when the pasted cells go beyond the last column."""
    start = columns.index(first) if first in columns else 0
    widest = max((line.count("\t") + 1 for line in text.splitlines()), default=0)
    if widest <= len(columns) - start:
        return None
    template = N_("{count} columns were pasted, but only {room} are there from here on; the rest was left out.")
    return Fault("paste.wide", template, {"count": widest, "room": len(columns) - start})


def judged_faults(
    live: Live,
    table: SubTableDef,
    rows: Sequence[RowInput],
    home: int | None = None,
    home_values: Mapping[str, object] | None = None,
    *,
    whole: bool = False,
) -> list[Fault]:
    """Return what saving would refuse of these rows, each fault at its cell; of a `whole` table also too few rows."""
    wanted = [row for row in rows if row.values and not row.removed and not row.is_blank]
    found = preview_rows(
        here.db(), live, table, home, home_values or {}, wanted, here.viewer(), here.now(), judged=True
    )
    faults = [
        replace(
            fault, field=JOINT.join([table.key, row.token, *([fault.field] if fault.field in table.columns else [])])
        )
        for row, one in zip(wanted, found, strict=True)
        if one is not None
        for fault in one.faults
        if fault.field != table.via
    ]
    count = sum(not row.removed and not row.is_blank for row in rows)
    if whole and count < table.min_rows:
        template = N_("At least {min} rows are needed; there are {count}.")
        faults.append(Fault("table.min", template, {"min": table.min_rows, "count": count}, field=table.key))
    return faults
