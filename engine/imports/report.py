"""What an import says about itself: a verdict for every row, what each column held, and the list of dirt."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from engine.imports.lookups import Candidate
from engine.imports.mapping import ImportMapping
from rules.errors import Fault

CREATE, UPDATE, UNCHANGED, REFUSED = "create", "update", "unchanged", "refused"
VERDICTS = (CREATE, UPDATE, UNCHANGED, REFUSED)


@dataclass(slots=True)
class Verdict:
    """What becomes of one row, and why; `record` is the id of the record it found or (after a run) made."""

    row: int
    verdict: str
    title: str = ""
    faults: tuple[Fault, ...] = ()
    record: int | None = None
    #: The record's version after a run that wrote it.
    version: int | None = None
    #: Digests of the row's key and of all it says.
    mark: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Dirt:
    """One cell that is not as it should be: the row was `refused`, the field `left_empty`, or the cell only `noted`.

    `column` is empty when the file has none for the `field` at fault; both are empty when the row as a whole is.
    """

    row: int
    column: str
    value: str
    reason: Fault
    outcome: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not among the known ones, in how many rows it stands, and what it may mean."""

    value: str
    rows: int
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """What one column held. `mapped` counts the cells whose meaning the mapping gave, by value."""

    column: str
    field: str
    filled: int = 0
    empty: int = 0
    unknown: tuple[Unknown, ...] = ()
    mapped: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The outcome of a dry run (`done` is False) or of a run."""

    form: str
    mapping: ImportMapping
    verdicts: tuple[Verdict, ...]
    columns: tuple[ColumnReport, ...]
    dirt: tuple[Dirt, ...] = ()
    #: About the file as a whole.
    notes: tuple[Fault, ...] = ()
    done: bool = False
    #: How many rows got each verdict, where not all verdicts were kept; and lines of dirt that were not.
    tally: Mapping[str, int] | None = None
    more_dirt: int = 0

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many rows got each verdict."""
        counted = Counter(one.verdict for one in self.verdicts) if self.tally is None else Counter(self.tally)
        return {verdict: counted[verdict] for verdict in VERDICTS}

    @property
    def refused(self) -> tuple[Verdict, ...]:
        """Return the rows that will not be, or were not, imported."""
        return tuple(one for one in self.verdicts if one.verdict == REFUSED)

    def column(self, name: str) -> ColumnReport:
        """Return the report of a column."""
        return next(one for one in self.columns if one.column == name)

    def to_dict(self, most: int = 1_000) -> dict[str, object]:
        """Return the report as JSON holds it, with at most so many lines of dirt."""
        return {
            "form": self.form,
            "done": self.done,
            "rows": sum(self.counts.values()),
            **self.counts,
            "columns": [_column_json(one) for one in self.columns],
            "dirt": [_dirt_json(one) for one in self.dirt[:most]],
            "dirt_left_out": max(0, len(self.dirt) - most) + self.more_dirt,
            "notes": [note.text for note in self.notes],
        }


def _column_json(one: ColumnReport) -> dict[str, object]:
    unknown = [{"value": u.value, "rows": u.rows, "candidates": [c[0] for c in u.candidates]} for u in one.unknown]
    found = {"column": one.column, "field": one.field, "filled": one.filled, "empty": one.empty}
    return {**found, "unknown": unknown, "mapped": dict(one.mapped)}


def _dirt_json(one: Dirt) -> dict[str, object]:
    place = {"row": one.row, "column": one.column, "field": one.field, "value": one.value}
    return {**place, "reason": one.reason.text, "code": one.reason.code, "outcome": one.outcome}
