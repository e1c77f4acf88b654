"""A spreadsheet → texts, in a process of its own: a few bytes of a workbook can ask for more memory than there is.

Run as a script: the workbook comes on standard input, the wanted sheet as the argument; one JSON object goes to
standard output. It imports nothing of the house, and its memory and time are bounded before it reads a byte.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime, timedelta

#: What reading a workbook may take; the largest that is let in needs a quarter of it.
MEMORY = 2 * 1024**3
SECONDS = 60


def bound() -> None:
    """Let the system end this process when it takes too much."""
    import resource

    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def texts(data: bytes, wanted: str) -> dict[str, object]:
    """Return the names of the sheets, the one that was read (none, when the wanted one is missing) and its rows."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = list(book.sheet_names)
    chosen = wanted or names[0]
    if chosen not in names:
        return {"sheets": names, "sheet": "", "rows": []}
    rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    return {"sheets": names, "sheet": chosen, "rows": [[cell_text(cell) for cell in row] for row in rows]}


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


if __name__ == "__main__":
    bound()
    found = json.dumps(texts(sys.stdin.buffer.read(), sys.argv[1]))
    sys.stdout.write(found)
