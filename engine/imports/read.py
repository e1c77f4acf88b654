"""Bytes of a CSV or spreadsheet file → a header and rows of text; nothing here knows a form."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from engine.imports import sheet as sheets
from engine.imports.encoding import encoding_of
from engine.imports.errors import ImportRefused, refuse
from engine.imports.kept import Row, Rows
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

#: Bytes that are looked at first, characters of a first line, and of the sample that tells the delimiter.
_HEAD, _FIRST, _SAMPLE = 65536, 1000, 65536
_NOTHING = b"\x00 \t\r\n"
#: Formulas of one row that are told.
_TOLD = 5
_FORMULA = N_("The cell {cell} holds a formula. Copy the column and paste it as values.")
_LOOSE = N_("Some quotation marks stand in odd places; the cells were read as they are.")
DELIMITERS = (",", "\t", ";", "|")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Table:
    """A file that was understood. `notes` say what was mended on the way; `sheets` are the names of a spreadsheet."""

    header: tuple[str, ...]
    rows: Sequence[Row]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    notes: tuple[Fault, ...] = ()


#: A row of either kind of file, before the header is known: its number, its cells, and those that hold formulas.
_Record = tuple[int, Sequence[str], Sequence[str]]


def read(source: bytes | Path, *, encoding: str = "", delimiter: str = "", sheet: str = "") -> Table:
    """Read a file; what is not given is found out. Raises ImportRefused with every reason known."""
    with open_source(source) as file:
        if file.seek(0, 2) > MAX_BYTES:
            refuse("too_large", N_("The file is larger than {limit} MB. Split it."), limit=MAX_BYTES // 2**20)
        file.seek(0)
        head = file.read(_HEAD)
        if not head.strip(_NOTHING) and not any(part.strip(_NOTHING) for part in iter(lambda: file.read(_HEAD), b"")):
            refuse("empty_file", N_("The file is empty."))
        if head.startswith((_ZIP, _OLE)):
            return _spreadsheet(file, sheet, is_zip=head.startswith(_ZIP))
        encoding = encoding_of(file, encoding)
        file.seek(0)
        with io.TextIOWrapper(file, encoding, newline="") as text:
            return _text(text, encoding, delimiter)


def open_source(source: bytes | Path) -> IO[bytes]:
    """Open the bytes of a file, or a file."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _text(file: io.TextIOWrapper, encoding: str, delimiter: str) -> Table:
    start, told, sample = _beginning(file)
    if delimiter not in ("", "\t") and (len(delimiter) != 1 or not delimiter.isprintable() or delimiter in "\"'"):
        refuse("bad_delimiter", N_("Cells are told apart by one character, such as a comma."))
    delimiter = delimiter or told or sniff(sample)
    notes: list[Fault] = []
    try:
        table = _table(_filled(csv.reader(_lines(file, start, delimiter), delimiter=delimiter, strict=True)))
    except csv.Error as error:
        if "unexpected end" in str(error):
            row = sum(1 for _ in _loose_records(file, start, delimiter))
            refuse("open_quote", N_("A quotation mark opened in row {row} is never closed."), row=row)
        notes.append(Fault("loose_quotes", _LOOSE, level="warning"))
        table = _table(_filled(_loose_records(file, start, delimiter)))
    return replace(table, encoding=encoding, delimiter=delimiter, notes=tuple(notes))


def _beginning(file: io.TextIOWrapper) -> tuple[int, str, str]:
    """Return where the table begins, the delimiter a first line `sep=;` tells, as spreadsheets write it, and a sample."""
    first = file.readline(_FIRST)
    told = first.strip().strip('"')
    is_told = len(told) == 5 and told.lower().startswith("sep=")
    start = file.tell() if is_told else 0
    file.seek(start)
    return start, told[4] if is_told else "", file.read(_SAMPLE + 1)


def sniff(sample: str) -> str:
    """Return the delimiter that cuts the first records most evenly into most columns."""
    whole = len(sample) <= _SAMPLE

    def score(candidate: str) -> tuple[float, int]:
        records = csv.reader(io.StringIO(sample[:_SAMPLE], newline=""), delimiter=candidate)
        widths = [len(record) for _, record in zip(range(30), records, strict=False)]
        widths = [w for w in (widths if whole else widths[:-1]) if w]
        if not widths or widths[0] == 1:
            return (0.0, 0)
        return (sum(w == widths[0] for w in widths) / len(widths), widths[0])

    try:
        return max(DELIMITERS, key=score)
    except csv.Error:
        return ","


def _lines(file: io.TextIOWrapper, start: int, delimiter: str) -> Iterator[str]:
    """Yield the lines, none of which may make a list of millions of cells."""
    file.seek(start)
    for number, line in enumerate(file):
        if number > MAX_LINES:
            refuse("too_many_rows", N_("The file has more than {limit} rows. Split it."), limit=MAX_ROWS)
        if line.count(delimiter) > MAX_DELIMITERS:
            refuse("too_many_columns", N_("The file has more than {limit} columns."), limit=MAX_COLUMNS)
        yield line


def _filled(records: Iterable[list[str]]) -> Iterator[_Record]:
    """Number the records, and leave out the empty ones."""
    for number, record in enumerate(records, start=1):
        if any(map(str.strip, record)):
            yield number, [restored(cell) if cell[:1] == "'" else cell for cell in record], ()


def _loose_records(file: io.TextIOWrapper, start: int, delimiter: str) -> Iterator[list[str]]:
    number = 0
    try:
        for record in csv.reader(_lines(file, start, delimiter), delimiter=delimiter):
            number += 1
            yield record
    except csv.Error:
        limit = csv.field_size_limit()
        refuse(
            "cell_too_long", N_("A cell in row {row} is longer than {limit} characters."), row=number + 1, limit=limit
        )


def _spreadsheet(file: IO[bytes], sheet: str, *, is_zip: bool) -> Table:
    if is_zip:
        _check_unpacked(file)
    with _sheet_lines(file, sheet) as lines:
        told = json.loads(next(lines))
        names = tuple(told["sheets"])
        if not told["sheet"]:
            template = N_("The file has no sheet {sheet}; it has {sheets}.")
            refuse("no_sheet", template, sheet=sheet, sheets=", ".join(names))
        return replace(_table(tuple(json.loads(line)) for line in lines), sheet=told["sheet"], sheets=names)


def _sheet_lines(file: IO[bytes], sheet: str) -> IO[bytes]:
    """Have the workbook read by a process of its own, which may fail without harm; return what it says."""
    command = [sys.executable, "-I", sheets.__file__, sheet.replace("\x00", "")]
    said, source = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller, and below
    try:
        file.seek(0)
        shutil.copyfileobj(file, source)
        source.seek(0)
        subprocess.run(  # noqa: S603 - our own script, no shell
            command,
            stdin=source,
            stdout=said,
            stderr=subprocess.DEVNULL,
            timeout=sheets.SECONDS * 2,
            env={},
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said.close()
        raise ImportRefused(Fault("not_a_spreadsheet", N_("This spreadsheet cannot be read."))) from error
    finally:
        source.close()
    said.seek(0)
    return said


def _check_unpacked(file: IO[bytes]) -> None:
    try:
        size = sum(part.file_size for part in zipfile.ZipFile(file).infolist())
    except zipfile.BadZipFile:
        raise ImportRefused(Fault("not_a_spreadsheet", N_("This spreadsheet cannot be read."))) from None
    if size > MAX_UNPACKED:
        refuse("too_large", N_("The file is larger than {limit} MB. Split it."), limit=MAX_UNPACKED // 2**20)


def _table(records: Iterable[_Record]) -> Table:
    """Split header and rows: empty rows are left out, short rows filled up, too long rows marked."""
    header: tuple[str, ...] = ()
    rows = Rows()
    for number, record, formulas in records:
        if not any(map(str.strip, record)) and not formulas:
            continue
        if not header:
            header = _header(record)
        elif len(rows) >= MAX_ROWS:
            refuse("too_many_rows", N_("The file has more than {limit} rows. Split it."), limit=MAX_ROWS)
        else:
            rows.add(_row(number, record, len(header), formulas))
    return Table(header, rows)


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


def _row(number: int, record: Sequence[str], width: int, formulas: Sequence[str]) -> Row:
    faults = [Fault("formula", _FORMULA, {"cell": cell}) for cell in formulas[:_TOLD]]
    if any(cell.strip() for cell in record[width:]):
        facts = {"cells": len(record), "columns": width}
        faults.append(Fault("too_many_cells", N_("The row has {cells} cells, but the header has {columns}."), facts))
    cells = (*record[:width], *("",) * (width - len(record)))
    if any("\x00" in cell for cell in cells):
        faults.append(Fault("nul", N_("The row holds characters that are no text (NUL).")))
    return Row(number, tuple(cells), tuple(faults))
