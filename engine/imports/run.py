"""The import itself. A dry run is the same code as a run, without the writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import islice

from sqlalchemy.orm import Session

from engine.imports.cells import EMPTY, UNKNOWN_CODES, Cell, Column
from engine.imports.columns import open_columns
from engine.imports.kept import Row
from engine.imports.lookups import Candidate
from engine.imports.mapping import ImportMapping
from engine.imports.merged import Marks, Merged
from engine.imports.read import Table
from engine.imports.report import CREATE, REFUSED, UNCHANGED, UPDATE, ColumnReport, Dirt, Report, Unknown, Verdict
from engine.people import User
from engine.records.bulk import BulkRow, find_many, halved, open_bulk, prepare_many, write_many
from engine.records.writing import Draft
from engine.releases.live import Live
from forms.text import normal
from rules.errors import N_, Fault
from rules.types import OF_RECORDS

#: Rows that are checked and written together.
CHUNK = 10_000
#: Verdicts of rows that are written.
WRITTEN = (CREATE, UPDATE)
#: Digests of keys -> (row, digest of what it says, its record) of rows before.
Earlier = Callable[[Sequence[str]], Mapping[str, tuple[int, str, int | None]]]
#: Unknown values for which candidates are searched; a column with more of them is mapped to the wrong field.
MOST_UNKNOWN = 200


def plan(
    session: Session, live: Live, form: str, table: Table, mapping: ImportMapping, user: User, now: datetime,
    language: str = "en", *, verdicts: bool = True,
) -> Report:  # fmt: skip
    """Say what a run would do with every row, and write nothing.

    A long sheet is looked at part by part, unless its rows refer to each other. Without `verdicts` only counts are kept.
    """
    whole = len(table.rows) <= CHUNK or refers_to_itself(live, form, mapping)
    marks, merged, left = Marks(), Merged(verdicts), iter(table.rows)
    while True:
        some = tuple(islice(left, CHUNK))
        part = table if whole else replace(table, rows=some)
        made = _Import(session, live, form, part, mapping, user, now, language, write=False)
        if whole:
            return made.report()
        made.earlier = marks.find if mapping.key else None
        report = made.report(offer=False)
        merged.add(report)
        for one in report.verdicts:
            marks.add(one)
        if len(some) < CHUNK:
            return merged.report(report, made.offered, MOST_UNKNOWN)


def refers_to_itself(live: Live, form: str, mapping: ImportMapping) -> bool:
    """Tell whether rows may name rows of the same sheet: all of it is then done in one go, in the order they need."""
    fields = live.form(form).by_key
    used = [fields[key] for key in mapping.by_field if key in fields]
    return any(one.to == form and one.type.kind in OF_RECORDS for one in used)


def run(
    session: Session, live: Live, form: str, table: Table, mapping: ImportMapping, user: User, now: datetime,
    language: str = "en", note: str = "", *, alerts: bool = True, earlier: Earlier | None = None, columns: bool = True,
) -> Report:  # fmt: skip
    """Import: rows that are refused are left out and reported, all others are written with their history.

    Without `alerts` no rule is evaluated, for those who fill more forms before any rule can be judged. `earlier` tells
    of rows that an earlier part of the same sheet held. Without `columns` nothing is said of what each column held.
    """
    made = _Import(session, live, form, table, mapping, user, now, language, note, write=True, alerts=alerts)
    made.earlier = earlier
    return made.report(columns=columns)


@dataclass(slots=True, eq=False)
class _Line:
    """One row on its way: what was read, what is wrong, and what became of it."""

    row: Row
    values: dict[str, object] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    #: Fields whose cell names a row of this file that has no record yet.
    later: dict[str, str] = field(default_factory=dict)
    verdict: str = ""
    #: Id of the record it found, or (after a run) made.
    record: int | None = None
    title: str = ""
    #: The row above that says exactly the same about the same record.
    repeats: _Line | None = None
    version: int | None = None
    mark: str | None = None
    said: str | None = None


def _verdict(draft: Draft) -> str:
    if draft.faults:
        return REFUSED
    return CREATE if draft.old is None else UPDATE if draft.changed else UNCHANGED


def _key_twice(row: int, field: str) -> Fault:
    return Fault("key_twice", N_("Row {row} has the same key."), {"row": row}, field=field)


def digest(value: object) -> str:
    """Return a short text that stands for a value."""
    return blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class _Import:
    """One file into one form; lives as long as one plan or run."""

    def __init__(
        self, session: Session, live: Live, form: str, table: Table, mapping: ImportMapping, user: User, now: datetime,
        language: str, note: str = "", *, write: bool, alerts: bool = True,
    ) -> None:  # fmt: skip
        self.writing = open_bulk(session, live, form, user, now, write=write)
        self.form, self.table, self.mapping, self.language = live.app.forms[form], table, mapping, language
        self.write, self.note, self.alerts = write, note, alerts
        self.lookups, self.columns = open_columns(session, live, form, table, mapping, user, now)
        #: Fields that an empty cell leaves to their default, or as they are.
        self.usual = {"stage", "stage_entered_at", "owner", "created_at"} | {
            f.key for f in self.form.fields if f.required or f.default is not None or f.default_expression
        }
        self.keys: dict[tuple[object, ...], _Line] = {}
        self.earlier: Earlier | None = None
        self.dirt: list[Dirt] = []

    def report(self, *, columns: bool = True, offer: bool = True) -> Report:
        """Go through the file: 1. read every cell, 2. find the records, 3. check, 4. write, 5. report."""
        lines = self._read()
        self._find(lines)
        waiting = [line for line in lines if not line.faults and line.repeats is None]
        while waiting:
            waiting = self._wave(waiting)
        self._collect(lines)
        verdicts = tuple(
            Verdict(i.row.number, i.verdict, i.title, tuple(i.faults), i.record, i.version, i.mark, i.said)
            for i in lines
        )
        header = self.table.header if columns else ()
        reports = tuple(self._column_report(name, place, offer=offer) for place, name in enumerate(header))
        dirt = tuple(sorted(self.dirt, key=lambda one: one.row))
        return Report(self.form.key, self.mapping, verdicts, reports, dirt, self.table.notes, done=self.write)

    # -- 1. reading ----------------------------------------------------------------------------------------------------

    def _read(self) -> list[_Line]:
        lines = [_Line(row, faults=list(row.faults)) for row in self.table.rows]
        for column in self.columns:
            key, place, read = column.field.key, column.place, column.values
            texts = [line.row.cells[place] for line in lines]
            column.take_in(texts)
            for line, text in zip(lines, texts, strict=True):
                if text in read:
                    line.values[key] = read[text]
                else:
                    self._read_cell(line, column, text)
            if key == self.form.title:
                for line in lines:
                    line.title = line.row.cells[place]
        return lines

    def _read_cell(self, line: _Line, column: Column, text: str) -> None:
        if not text.strip():
            self._read_empty(line, column)
            return
        cell = column.read(text)
        key = column.field.key
        if cell.later:
            line.later[key] = normal(text)
        elif cell.fault is None:
            line.values[key] = cell.value
        elif cell.unknown and column.map.unknown == "empty":
            self._note(line, column, text, cell.fault, "left_empty")
            line.values[key] = None
        else:
            line.faults.append(cell.fault)

    def _read_empty(self, line: _Line, column: Column) -> None:
        """An empty cell empties the field; where a record is made, or must hold something, the field's default serves."""
        line.values[column.field.key] = None
        if column.map.empty == "report":
            self._note(line, column, "", EMPTY, "noted")
        elif column.map.empty == "refuse":
            line.faults.append(replace(EMPTY, field=column.field.key, level="error"))

    def _note(self, line: _Line, column: Column, text: str, reason: Fault, outcome: str) -> None:
        self.dirt.append(Dirt(line.row.number, column.map.column, text, reason, outcome, column.field.key))

    # -- 2. finding ----------------------------------------------------------------------------------------------------

    def _find(self, lines: Sequence[_Line]) -> None:
        if not self.mapping.key:
            return
        good = [line for line in lines if not line.faults and self._has_own_key(line)]
        if self.earlier is not None:
            self._know_earlier(good, self.earlier)
            good = [line for line in good if not line.faults and line.repeats is None]
        keys = [self._key(line) for line in good]
        found = find_many(self.writing, self.mapping.key, keys)
        for line, key in zip(good, keys, strict=True):
            self._take(line, found.get(key, []))

    def _know_earlier(self, lines: Sequence[_Line], earlier: Earlier) -> None:
        """Judge rows whose key stood in an earlier part of the sheet as if both were read together."""
        for line in lines:
            line.mark, line.said = digest(self._key(line)), digest((sorted(line.values.items()), line.later))
        found = earlier([line.mark for line in lines if line.mark])
        for line in lines:
            row, said, record = found.get(line.mark or "", (0, "", None))
            if row:
                line.mark = None
            if row and said and (line.said or "").startswith(said):
                line.repeats = _Line(replace(line.row, number=row), record=record, verdict=UNCHANGED)
            elif row:
                line.faults.append(_key_twice(row, self.mapping.key[0]))

    def _key(self, line: _Line) -> tuple[object, ...]:
        return tuple(line.values.get(key) for key in self.mapping.key)

    def _has_own_key(self, line: _Line) -> bool:
        """Tell whether the key is filled and no row before has the same; a row may repeat an earlier one word by word."""
        key = self._key(line)
        if None in key:
            empty = self.mapping.key[key.index(None)]
            line.faults.append(Fault("key_empty", N_("The key is empty, so the record cannot be found."), field=empty))
        elif (first := self.keys.setdefault(key, line)) is line:
            return True
        elif (first.values, first.later) == (line.values, line.later):
            line.repeats = first
        else:
            line.faults.append(_key_twice(first.row.number, self.mapping.key[0]))
        return False

    def _take(self, line: _Line, found: Sequence[int]) -> None:
        """Take the record a row is about, if the mode allows it."""
        place = self.mapping.key[0]
        if len(found) > 1:
            facts = {"count": len(found)}
            line.faults.append(Fault("several", N_("{count} records have this key."), facts, field=place))
        elif found and self.mapping.mode == "create":
            line.faults.append(Fault("exists", N_("There is a record with this key already."), field=place))
        elif not found and self.mapping.mode == "update":
            line.faults.append(Fault("missing", N_("There is no record with this key."), field=place))
        elif found:
            line.record = found[0]

    # -- 3. and 4. checking and writing --------------------------------------------------------------------------------

    def _wave(self, waiting: list[_Line]) -> list[_Line]:
        """Import the rows that wait for no other row of this file; return the others, with what is known now."""
        ready = [line for line in waiting if not line.later or not self.write]
        rest = [line for line in waiting if line.later and self.write]
        if not ready:
            return self._untangle(rest)
        self._import(ready)
        self._look_again(rest)
        return rest

    def _import(self, lines: Sequence[_Line]) -> None:
        for start in range(0, len(lines), CHUNK):
            part = lines[start : start + CHUNK]
            drafts = prepare_many(self.writing, [self._bulk_row(line) for line in part])
            for line, draft in zip(part, drafts, strict=True):
                line.faults.extend(draft.faults)
                line.verdict = _verdict(draft)
            passed = [(line, draft) for line, draft in zip(part, drafts, strict=True) if line.verdict in WRITTEN]
            if self.write and passed:
                self._write(passed)

    def _write(self, passed: Sequence[tuple[_Line, Draft]]) -> None:
        """Write the rows that are good; what only shows together is told of the rows that are to blame."""
        drafts = [draft for _, draft in passed]
        halved(self.writing, drafts, lambda part: write_many(self.writing, part, self.note, alerts=self.alerts))
        for line, draft in passed:
            if draft.faults:
                line.faults.extend(draft.faults)
            else:
                line.record, line.version = draft.id, int(str(draft.new["version"]))

    def _bulk_row(self, line: _Line) -> BulkRow:
        """Return what a row says; what it leaves open is up to the defaults of the form, or stays as it is."""
        given = {key: value for key, value in line.values.items() if value is not None or key not in self.usual}
        move_to = given.pop("stage", None) if self.mapping.gates else None
        return BulkRow(given, line.record, str(move_to) if move_to else None, checked=True)

    def _look_again(self, rest: Iterable[_Line]) -> None:
        """Read the cells again that named rows of this file: they may have records now."""
        lines = list(rest)
        self.lookups.forget()
        for column in self.columns:
            texts = {line.later[column.field.key] for line in lines if column.field.key in line.later}
            if texts:
                column.learn(self.lookups.records(column.field.to, texts, column.map.match))
        for line in lines:
            for key, text in list(line.later.items()):
                cell = self._column(key).read(text)
                if not cell.later:
                    del line.later[key]
                    line.values[key] = cell.value

    def _column(self, key: str) -> Column:
        return next(column for column in self.columns if column.field.key == key)

    def _untangle(self, rest: list[_Line]) -> list[_Line]:
        """Rows that wait for refused rows are refused, too; rows in a circle are written first and joined afterwards."""
        names = {normal(line.title) for line in rest} | {normal(str(v)) for line in rest for v in self._key(line)}
        lost = [line for line in rest if not set(line.later.values()) <= names]
        if not lost:
            return self._cut_circle(rest)
        for line in lost:
            self._lose(line)
        return [line for line in rest if not line.faults]

    def _lose(self, line: _Line) -> None:
        for key, text in line.later.items():
            column = self._column(key)
            fault = column.read(text).fault
            assert fault is not None  # it names no record
            if column.map.unknown == "empty":
                self._note(line, column, text, fault, "left_empty")
                line.values[key] = None
            else:
                line.faults.append(fault)
        line.later.clear()

    def _cut_circle(self, rest: list[_Line]) -> list[_Line]:
        cut = [dict(line.later) for line in rest]
        for line in rest:
            line.values |= dict.fromkeys(line.later)
            line.later.clear()
        self._import(rest)
        verdicts = [line.verdict for line in rest]
        for line, later in zip(rest, cut, strict=True):
            line.later = later if line.record is not None else {}
        self._look_again(rest)
        self._import([line for line in rest if line.record is not None and not line.faults])
        for line, verdict in zip(rest, verdicts, strict=True):
            line.verdict = verdict
        return []

    # -- 5. reporting --------------------------------------------------------------------------------------------------

    def _collect(self, lines: Iterable[_Line]) -> None:
        """Turn the faults of refused rows into the list of dirt."""
        for line in lines:
            if line.repeats is not None:
                line.faults, line.verdict, line.record = line.repeats.faults, UNCHANGED, line.repeats.record
            line.verdict = REFUSED if line.faults else line.verdict
            for fault in line.faults:
                column = next((c for c in self.columns if c.field.key == fault.field), None)
                name, text = (column.map.column, line.row.cells[column.place]) if column else ("", "")
                self.dirt.append(Dirt(line.row.number, name, text, fault, "refused", fault.field))

    def _column_report(self, name: str, place: int, *, offer: bool) -> ColumnReport:
        counted = Counter(row.cells[place].strip() for row in self.table.rows)
        empty = counted.pop("", 0)
        filled = counted.total()
        column = next((c for c in self.columns if c.place == place), None)
        if column is None:
            return ColumnReport(name, "", filled, empty)
        cells = {text: column.read(text) for text in counted}
        unknown = Counter({t: counted[t] for t, cell in cells.items() if cell.unknown and not cell.later})
        mapped = {t: counted[t] for t, cell in cells.items() if cell.mapped and cell.fault is None}
        found = tuple(self._unknowns(column, unknown, cells, MOST_UNKNOWN if offer else 0))
        return ColumnReport(name, column.field.key, filled, empty, found, mapped)

    def _unknowns(
        self, column: Column, counted: Counter[str], cells: Mapping[str, Cell], most: int
    ) -> Iterator[Unknown]:
        """Yield the values to be mapped; of a cell with several options only those that are not known."""
        for place, (text, rows) in enumerate(counted.most_common()):
            fault = cells[text].fault
            said = str(fault.facts.get("value", text)) if fault and fault.code in UNKNOWN_CODES else text
            value = said if said in text else text
            yield Unknown(value, rows, self._candidates(column, value) if place < most else ())

    def _candidates(self, column: Column, value: str) -> tuple[Candidate, ...]:
        return self.lookups.candidates(column.field, value, column.map.match, self.language)

    def offered(self, one: ColumnReport, value: str) -> tuple[Candidate, ...]:
        """Return what a value of a column that is not known may have meant."""
        return self._candidates(self._column(one.field), value)
