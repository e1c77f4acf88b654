"""A spreadsheet → texts, in a process of its own: a few bytes of a workbook can ask for more memory than there is.

Run as a script: the workbook comes on standard input, the wanted sheet as the argument. Standard output gets lines of
JSON: the names of the sheets and the one that is read, then [number, cells, formulas] of every row that is not empty.
It imports nothing of the house, and its memory, time and output are bounded before it reads a byte.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET
from xml.parsers import expat

#: What reading a workbook may take; the largest that is let in needs a quarter of it.
MEMORY = 2 * 1024**3
OUTPUT = 1024**3
SECONDS = 60
#: Formulas that are told; whoever has more of them has read enough.
MOST_FORMULAS = 100_000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def bound() -> None:
    """Let the system end this process when it takes too much."""
    import resource

    limits = (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, OUTPUT)
    for what, most in (*limits, (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def lines(data: bytes, wanted: str) -> Iterator[object]:
    """Yield the names of the sheets and which one is read (none, when the wanted one is missing), then its rows."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = list(book.sheet_names)
    chosen = wanted or _first_shown(book, names)
    yield {"sheets": names, "sheet": chosen if chosen in names else ""}
    if chosen not in names:
        return
    sheet, formulas = book.get_sheet_by_name(chosen), _formulas(data, chosen)
    before = [""] * (sheet.start[1] if sheet.start else 0)  # rows come from the first on, columns do not
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = before + [cell_text(cell) for cell in row]
        if any(cells) or number in formulas:
            yield [number, cells, formulas.get(number, [])]


def _first_shown(book: object, names: list[str]) -> str:
    """Return the first sheet that is not hidden."""
    shown = [one.name for one in getattr(book, "sheets_metadata", ()) if str(one.visible).endswith(".Visible")]
    return shown[0] if shown else names[0]


def cell_text(cell: object) -> str:
    """Return a cell as it would stand in a CSV file: ISO dates, numbers without a needless fraction."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        # Sheets count days in fractions, which miss a moment by less than a microsecond.
        near = cell + timedelta(microseconds=500)
        return str(near.replace(microsecond=near.microsecond // 1000 * 1000))
    return "" if cell is None else str(cell)


def _formulas(data: bytes, sheet: str) -> dict[int, list[str]]:
    """Return row -> cells that hold a formula: what stands in them is what a program last made of it, if anything."""
    if not data.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        path = _path(parts, sheet)
        if not path:
            return {}
        with parts.open(path) as file:
            return _formulas_in(file)


def _path(parts: zipfile.ZipFile, sheet: str) -> str:
    """Return where the XML of a sheet lies in a workbook of Excel; nothing for other programs' workbooks."""
    names = set(parts.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return ""
    book = ET.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - in a process of its own, bounded
    links = ET.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - the same
    wanted = next(
        (one.get(_RELATION) for one in book.iter() if one.tag.endswith("}sheet") and one.get("name") == sheet), None
    )
    target = next((one.get("Target", "") for one in links if one.get("Id") == wanted), "")
    path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return path if path in names else ""


def _formulas_in(file: io.BufferedIOBase | object) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    parser, at = expat.ParserCreate(), [""]
    count = [0]

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "c":
            at[0] = attributes.get("r", "")
        elif tag.rpartition(":")[2] == "f" and count[0] < MOST_FORMULAS and (row := re.search(r"\d+$", at[0])):
            count[0] += 1
            found.setdefault(int(row[0]), []).append(at[0])

    parser.StartElementHandler = begin
    parser.ParseFile(file)  # type: ignore[arg-type]  # it only reads
    return found


if __name__ == "__main__":
    bound()
    for line in lines(sys.stdin.buffer.read(), sys.argv[1]):
        sys.stdout.write(json.dumps(line) + "\n")
