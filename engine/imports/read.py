"""Bytes of a CSV or spreadsheet file → a header and rows of text; nothing here knows a form."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.imports import sheet as sheets
from engine.imports.encoding import decode
from engine.imports.errors import ImportRefused, refuse
from engine.sheets import restored
from rules.errors import N_, Fault

#: Larger files are split by whoever makes them: one import is one transaction and one page of verdicts.
MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 500_000
#: A form has far fewer fields; more columns mean that the delimiter is wrong.
MAX_COLUMNS = 1_000
#: What an unpacked spreadsheet may take, against files that unpack to gigabytes.
MAX_UNPACKED = 512 * 1024 * 1024
#: Lines of a text file: cells may hold line breaks, but a file of nothing else takes minutes to say nothing.
MAX_LINES = 10 * MAX_ROWS
#: Delimiters in one line: cells may hold some, but a line of nothing else is a list of millions of cells.
MAX_DELIMITERS = 200_000

DELIMITERS = (",", "\t", ";", "|")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (the header is row 1), and its cells, as many as the header has."""

    number: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file that was understood. `notes` say what was mended on the way; `sheets` are the names of a spreadsheet."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    notes: tuple[Fault, ...] = ()


@dataclass
class _Records:
    """What both kinds of file are turned into first: numbered lists of cells."""

    records: Iterable[tuple[int, Sequence[str]]]
    notes: list[Fault] = field(default_factory=list)


def read(data: bytes, *, encoding: str = "", delimiter: str = "", sheet: str = "") -> Table:
    """Read a file; what is not given is found out. Raises ImportRefused with every reason known."""
    if len(data) > MAX_BYTES:
        refuse("too_large", N_("The file is larger than {limit} MB. Split it."), limit=MAX_BYTES // 2**20)
    if not data.strip(b"\x00 \t\r\n"):
        refuse("empty_file", N_("The file is empty."))
    if data.startswith((_ZIP, _OLE)):
        return _spreadsheet(data, sheet)
    text, encoding = decode(data, encoding)
    return _text(text, encoding, delimiter)


def _text(text: str, encoding: str, delimiter: str) -> Table:
    text, told = _told_delimiter(text)
    if delimiter not in ("", "\t") and (len(delimiter) != 1 or not delimiter.isprintable() or delimiter in "\"'"):
        refuse("bad_delimiter", N_("Cells are told apart by one character, such as a comma."))
    delimiter = delimiter or told or sniff(text)
    found = _Records(())
    found.records = _csv_records(text, delimiter, found.notes)
    return replace(_table(found), encoding=encoding, delimiter=delimiter)


def _told_delimiter(text: str) -> tuple[str, str]:
    """Spreadsheets write `sep=;` as a first line of its own."""
    first, _, rest = text.partition("\n")
    told = first.strip().strip('"')
    return (rest, told[4]) if len(told) == 5 and told.lower().startswith("sep=") else (text, "")


def sniff(text: str) -> str:
    """Return the delimiter that cuts the first records most evenly into most columns."""
    sample = text[:65536]

    def score(candidate: str) -> tuple[float, int]:
        widths = [
            len(record)
            for _, record in zip(
                range(30), csv.reader(io.StringIO(sample, newline=""), delimiter=candidate), strict=False
            )
        ]
        widths = [w for w in (widths[:-1] if len(text) > len(sample) else widths) if w]
        if not widths or widths[0] == 1:
            return (0.0, 0)
        return (sum(w == widths[0] for w in widths) / len(widths), widths[0])

    try:
        return max(DELIMITERS, key=score)
    except csv.Error:
        return ","


def _csv_records(text: str, delimiter: str, notes: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Yield records; a quote that is never closed would swallow the rest of the file, so it is refused."""
    try:
        yield from list(_filled(csv.reader(_lines(text, delimiter), delimiter=delimiter, strict=True)))
    except csv.Error as error:
        if "unexpected end" in str(error):
            refuse(
                "open_quote",
                N_("A quotation mark opened in row {row} is never closed."),
                row=_last_row(text, delimiter),
            )
        notes.append(
            Fault(
                "loose_quotes",
                N_("Some quotation marks stand in odd places; the cells were read as they are."),
                level="warning",
            )
        )
        yield from _filled(_loose_records(text, delimiter))


def _lines(text: str, delimiter: str) -> Iterator[str]:
    """Yield the lines, none of which may make a list of millions of cells."""
    if text.count("\n") + text.count("\r") > MAX_LINES:
        refuse("too_many_rows", N_("The file has more than {limit} rows. Split it."), limit=MAX_ROWS)
    for line in io.StringIO(text, newline=""):
        if line.count(delimiter) > MAX_DELIMITERS:
            refuse("too_many_columns", N_("The file has more than {limit} columns."), limit=MAX_COLUMNS)
        yield line


def _filled(records: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Number the records, and leave out the empty ones before they take memory."""
    count = 0
    for number, record in enumerate(records, start=1):
        if any(map(str.strip, record)):
            count += 1
            if count > MAX_ROWS + 1:
                refuse("too_many_rows", N_("The file has more than {limit} rows. Split it."), limit=MAX_ROWS)
            yield number, [restored(cell) if cell[:1] == "'" else cell for cell in record]


def _loose_records(text: str, delimiter: str) -> Iterator[list[str]]:
    number = 0
    try:
        for record in csv.reader(_lines(text, delimiter), delimiter=delimiter):
            number += 1
            yield record
    except csv.Error:
        limit = csv.field_size_limit()
        refuse(
            "cell_too_long", N_("A cell in row {row} is longer than {limit} characters."), row=number + 1, limit=limit
        )


def _last_row(text: str, delimiter: str) -> int:
    return sum(1 for _ in _loose_records(text, delimiter))


def _spreadsheet(data: bytes, sheet: str) -> Table:
    _check_unpacked(data)
    found = _sheet_texts(data, sheet)
    names = tuple(found["sheets"])
    if not found["sheet"]:
        template = N_("The file has no sheet {sheet}; it has {sheets}.")
        refuse("no_sheet", template, sheet=sheet, sheets=", ".join(names))
    records = enumerate(found["rows"], start=1)
    return replace(_table(_Records(records)), sheet=found["sheet"], sheets=names)


def _sheet_texts(data: bytes, sheet: str) -> dict[str, Any]:
    """Have the workbook read by a process of its own, which may fail without harm."""
    command = [sys.executable, "-I", sheets.__file__, sheet.replace("\x00", "")]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=sheets.SECONDS * 2, env={}, check=True)  # noqa: S603 - our own script, no shell
        found: dict[str, Any] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ImportRefused(Fault("not_a_spreadsheet", N_("This spreadsheet cannot be read."))) from error
    return found


def _check_unpacked(data: bytes) -> None:
    if not data.startswith(_ZIP):
        return
    try:
        size = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile:
        raise ImportRefused(Fault("not_a_spreadsheet", N_("This spreadsheet cannot be read."))) from None
    if size > MAX_UNPACKED:
        refuse("too_large", N_("The file is larger than {limit} MB. Split it."), limit=MAX_UNPACKED // 2**20)


def _table(found: _Records) -> Table:
    """Split header and rows: empty rows are left out, short rows filled up, too long rows marked."""
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, record in found.records:
        if not any(cell.strip() for cell in record):
            continue
        if not header:
            header = _header(record)
        elif len(rows) >= MAX_ROWS:
            refuse("too_many_rows", N_("The file has more than {limit} rows. Split it."), limit=MAX_ROWS)
        else:
            rows.append(_row(number, record, len(header)))
    return Table(header, tuple(rows), notes=tuple(found.notes))


def _header(record: Sequence[str]) -> tuple[str, ...]:
    """Name every column: an empty name becomes `column 3`, a repeated one `name (2)`."""
    cells = [" ".join(unicodedata.normalize("NFC", cell).replace("\x00", "").split()) for cell in record]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        refuse("too_many_columns", N_("The file has more than {limit} columns."), limit=MAX_COLUMNS)
    names: dict[str, None] = {}
    twins: Counter[str] = Counter()
    for place, cell in enumerate(cells, start=1):
        name = cell or f"column {place}"
        while name in names:
            twins[cell] += 1
            name = f"{cell} ({twins[cell] + 1})"
        names[name] = None
    return tuple(names)


def _row(number: int, record: Sequence[str], width: int) -> Row:
    faults: list[Fault] = []
    if any(cell.strip() for cell in record[width:]):
        facts = {"cells": len(record), "columns": width}
        faults.append(Fault("too_many_cells", N_("The row has {cells} cells, but the header has {columns}."), facts))
    cells = (*record[:width], *("",) * (width - len(record)))
    if any("\x00" in cell for cell in cells):
        faults.append(Fault("nul", N_("The row holds characters that are no text (NUL).")))
    return Row(number, tuple(cells), tuple(faults))
