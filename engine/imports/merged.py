"""The verdicts on a sheet that is looked at part by part, put together in memory that does not grow with its rows."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.imports.lookups import Candidate
from engine.imports.report import ColumnReport, Dirt, Report, Unknown, Verdict

#: Lines of dirt, and different values that are not known, of which the first are kept.
MOST_DIRT, MOST_VALUES = 1_000, 10_000
#: Column of a report, value -> what it may have meant.
Offer = Callable[[ColumnReport, str], tuple[Candidate, ...]]


class Marks:
    """Digest of a key -> the row that had it first and a digest of what it says: two dozen bytes for each."""

    def __init__(self) -> None:
        self._count = 0
        self._make(1 << 12)

    def _make(self, size: int) -> None:
        self._mask = size - 1
        self._keys, self._said, self._rows = (
            array("Q", bytes(8 * size)),
            array("Q", bytes(8 * size)),
            array("L", bytes(array("L").itemsize * size)),
        )

    def add(self, one: Verdict) -> None:
        """Take in a row that has a key of its own."""
        if one.mark is None or one.said is None:
            return
        if 2 * self._count >= self._mask:
            self._grow()
        self._count += 1
        self._put(int(one.mark[:16], 16), int(one.said[:16], 16), one.row)

    def find(self, marks: Sequence[str]) -> Mapping[str, tuple[int, str, int | None]]:
        """Return mark -> (row, digest of what it says, no record) of those that are known."""
        found: dict[str, tuple[int, str, int | None]] = {}
        for mark in marks:
            place = self._place(int(mark[:16], 16))
            if self._rows[place]:
                found[mark] = (self._rows[place], f"{self._said[place]:016x}", None)
        return found

    def _put(self, key: int, said: int, row: int) -> None:
        place = self._place(key)
        self._keys[place], self._said[place], self._rows[place] = key, said, row

    def _place(self, key: int) -> int:
        place = key & self._mask
        while self._rows[place] and self._keys[place] != key:
            place = (place + 1) & self._mask
        return place

    def _grow(self) -> None:
        filled = [(key, said, row) for key, said, row in zip(self._keys, self._said, self._rows, strict=True) if row]
        self._make(2 * (self._mask + 1))
        for one in filled:
            self._put(*one)


@dataclass
class Merged:
    """Reports of parts, added up; without `verdicts` only how many rows got each."""

    verdicts: bool
    counts: Counter[str] = field(default_factory=Counter)
    kept: list[Verdict] = field(default_factory=list)
    dirt: list[Dirt] = field(default_factory=list)
    more_dirt: int = 0
    columns: dict[str, ColumnReport] = field(default_factory=dict)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, report: Report) -> None:
        """Take in the report of the next part."""
        self.counts.update(report.counts)
        self.kept.extend(report.verdicts if self.verdicts else ())
        room = MOST_DIRT - len(self.dirt)
        self.dirt.extend(report.dirt[:room])
        self.more_dirt += max(0, len(report.dirt) - max(0, room))
        for one in report.columns:
            self._add_column(one)

    def _add_column(self, one: ColumnReport) -> None:
        known = self.columns.get(one.column)
        unknown = self.unknown.setdefault(one.column, Counter())
        for found in one.unknown:
            if found.value in unknown or len(unknown) < MOST_VALUES:
                unknown[found.value] += found.rows
        if known is not None:
            filled, empty = one.filled + known.filled, one.empty + known.empty
            one = replace(one, filled=filled, empty=empty, mapped=Counter(known.mapped) + Counter(one.mapped))
        self.columns[one.column] = one

    def report(self, like: Report, offer: Offer, most: int) -> Report:
        """Return the report of all parts; the most frequent unknown values with what they may have meant."""
        columns = tuple(
            replace(one, unknown=tuple(
                Unknown(value, rows, offer(one, value) if place < most else ())
                for place, (value, rows) in enumerate(self.unknown[name].most_common())
            ))
            for name, one in self.columns.items()
        )  # fmt: skip
        return replace(
            like, verdicts=tuple(self.kept), columns=columns, dirt=tuple(self.dirt),
            tally=dict(self.counts), more_dirt=self.more_dirt,
        )  # fmt: skip
