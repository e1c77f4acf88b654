"""Rows → bytes of a sheet: CSV, XLSX with typed cells, JSON; texts that spreadsheets would run are made harmless."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

#: What a spreadsheet takes for a formula or for a call of another program; apostrophes before it are counted in, so
#: that putting one in front and taking one off are each other's inverse.
_RUNS = re.compile(r"'*\s*(?:[=+\-@|%\t\r\n＝＋－＠]|DDE\s*\()", re.IGNORECASE)
_HARMLESS = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?", re.ASCII)
_ARMED = re.compile(r"'+\s*(?:[=+\-@|%\t\r\n＝＋－＠]|DDE\s*\()", re.IGNORECASE)
#: What one cell of a workbook holds.
MOST_CHARACTERS = 32_767
#: Lines joined into one piece of the answer.
_LINES = 500
WIDEST = 60
MIMES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

#: A text, or a value that a workbook keeps as what it is; a moment is local time.
Cell = str | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its name, and how a workbook shows its cells."""

    name: str
    #: Excel's number format; empty for texts.
    format: str = ""
    width: int = 14


def neutral(text: str) -> str:
    """Return a text that no spreadsheet runs: an apostrophe stands before what looks like a formula."""
    if not text or _RUNS.match(text) is None or _HARMLESS.fullmatch(text):
        return text
    return f"'{text}"


def restored(text: str) -> str:
    """Return what `neutral` was given."""
    return text[1:] if text[:1] == "'" and _ARMED.match(text) else text


def csv_text(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the text of a CSV file, piece by piece; with a mark in front, by which spreadsheets know Unicode."""
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    for number, row in enumerate(rows, start=1):
        writer.writerow([neutral(cell) for cell in row])
        if number % _LINES == 0:
            yield _taken(out)
    yield _taken(out)


def json_text(keys: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the text of a JSON list of objects, piece by piece."""
    out = io.StringIO()
    out.write("[")
    for number, row in enumerate(rows):
        out.write(",\n" if number else "\n")
        json.dump(dict(zip(keys, row, strict=True)), out, ensure_ascii=False, separators=(",", ":"))
        if number % _LINES == _LINES - 1:
            yield _taken(out)
    out.write("\n]\n")
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def write_xlsx(target: IO[bytes], heads: Sequence[Head], rows: Iterable[Sequence[Cell]], name: str = "") -> int:
    """Write a workbook row by row, in constant memory; return how many rows it has.

    Texts are kept as texts whatever they look like: nothing in them is ever a formula.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # has no types

    count = 0
    with Workbook(target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_sheet_name(name))
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = [book.add_format({"num_format": head.format}) if head.format else None for head in heads]
        for place, head in enumerate(heads):
            sheet.set_column(place, place, min(max(head.width, len(head.name) + 2), WIDEST))
        sheet.freeze_panes(1, 0)
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head.name, bold)
        for count, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _write_cell(sheet, count, place, cell, formats[place])
    return count


def _write_cell(sheet: Any, row: int, place: int, cell: Cell, shape: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, place, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(row, place, cell, shape)
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, cell, shape)
    else:
        sheet.write_string(row, place, _fitting(str(cell)))


def _fitting(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _sheet_name(name: str) -> str | None:
    """Return a name that a workbook takes for a sheet."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:31].strip(" '")
    return plain if plain and plain.lower() != "history" else None


def fits_workbook(value: object) -> bool:
    """Tell whether a workbook keeps a value exactly: numbers have 15 digits there, and days begin in 1900."""
    if isinstance(value, datetime | date):
        return value.year >= 1900 and not (value.year == 1900 and value.month < 3)
    return not isinstance(value, int | float) or abs(value) < 1e15
