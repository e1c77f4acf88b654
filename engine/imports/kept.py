"""The rows of a file, kept on disk beyond the first few: what a sheet holds never has to fit into memory."""

from __future__ import annotations

import json
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, overload

from rules.errors import Fault

#: Rows that are packed together, and imported in one transaction.
PART = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (the header is row 1), and its cells, as many as the header has."""

    number: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...] = ()


def packed(rows: Iterable[Row]) -> bytes:
    """Return rows as compressed JSON."""
    found = json.dumps([[row.number, row.cells, [_kept(one) for one in row.faults]] for row in rows])
    return zlib.compress(found.encode("utf-8", "surrogatepass"), 1)


def _kept(fault: Fault) -> list[Any]:
    return [fault.code, fault.template, dict(fault.facts)]


def unpacked(data: bytes) -> Iterator[Row]:
    """Go through the rows that were packed."""
    for number, cells, faults in json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass")):
        yield Row(number, tuple(cells), tuple(Fault(*one) for one in faults) if faults else ())


class Rows(Sequence[Row]):
    """Rows that are added once and gone through any number of times; the last ones wait in memory."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        #: Where each packed part lies in the file, and how long it is.
        self._places: list[tuple[int, int]] = []
        self._last: list[Row] = []

    def add(self, row: Row) -> None:
        """Take in a row."""
        self._last.append(row)
        if len(self._last) < PART:
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the rows
            weakref.finalize(self, self._file.close)
        data = packed(self._last)
        self._places.append((self._file.seek(0, 2), len(data)))
        self._file.write(data)
        self._last.clear()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places) * PART + len(self._last)

    def __iter__(self) -> Iterator[Row]:
        """Go through all rows, a part at a time."""
        for start, size in self._places:
            assert self._file is not None  # there are places in it
            self._file.seek(start)
            yield from unpacked(self._file.read(size))
        yield from self._last

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, place: int | slice) -> Row | tuple[Row, ...]:
        """Return a row, or some of them."""
        return tuple(self)[place]
