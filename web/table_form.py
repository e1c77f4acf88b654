"""Sub-tables on a form: reading the rows that were posted, and showing them as cells with their faults and totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

from engine.records.rows import RowPreview, preview_rows, rows_of, totals
from engine.records.subtables import JOINT, RowInput, removing_verb
from engine.records.table_rights import table_access
from engine.rights import EDIT, HIDDEN, field_access, may
from forms.fields import InputContext, field_type
from rules.errors import Fault
from web import here
from web.fields import input_context, look_at
from web.widgets import Control, Display, Look, control_of, control_of_typed, is_id, posted_value

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef, SubTableDef

#: Rows shown at first; the rest comes on demand, and what is not shown is not posted and stays as it is.
FIRST_ROWS = 200
#: Rows that one form may post.
MOST_POSTED = 5000

Tables = Mapping[str, Sequence[RowInput]]


@dataclass(frozen=True)
class Column:
    """A column: its field, and whether it must be filled."""

    field: FieldDef

    @property
    def is_number(self) -> bool:
        return self.field.type.shown_as(self.field).key in ("number", "integer", "money", "percent", "duration")


@dataclass(frozen=True)
class Row:
    """A row: its cells in the order of the columns, and what is wrong with it as a whole."""

    token: str
    record: int | None
    version: int | None
    cells: Sequence[Control]
    faults: Sequence[Fault] = ()
    removed: bool = False
    number: int = 0
    #: Whether something was typed into it that is not stored yet.
    typed: bool = False


@dataclass(frozen=True)
class TableView:
    """A sub-table on a form."""

    key: str
    field: FieldDef
    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Mapping[str, Display]
    faults: Sequence[Fault]
    visible: bool
    may_add: bool
    may_edit: bool
    may_remove: bool
    may_move: bool
    #: Rows that are stored but not shown yet.
    hidden_rows: int
    count: int
    prefix: str
    url: str = ""
    #: Names for sections and conditions.
    is_table: bool = True

    @property
    def id(self) -> str:
        return self.prefix + self.key

    @property
    def name(self) -> str:
        return self.key

    @property
    def errors(self) -> Sequence[Fault]:
        return [*self.faults, *(f for row in self.rows for f in row.faults), *self._cell_errors]

    @cached_property
    def _cell_errors(self) -> list[Fault]:
        return [fault for row in self.rows for cell in row.cells for fault in cell.errors]

    @property
    def width(self) -> int:
        return 0

    @property
    def more_rows(self) -> int:
        """Return how many rows come next."""
        return min(self.hidden_rows, FIRST_ROWS)

    @property
    def next_token(self) -> str:
        """Return the name of the next new row."""
        return f"new{1 + max((_number_of(row.token) for row in self.rows if row.record is None), default=0)}"


def _number_of(token: str) -> int:
    digits = token.removeprefix("new")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0


# -- reading ---------------------------------------------------------------------------------------------------------


def read_rows(form_data: MultiDict[str, str], live: Live, form: FormDef) -> Tables:
    """Return the rows that were posted, by table; a row is named by its marker, in the order of the page."""
    return {table.key: _rows(form_data, live, table) for table in form.tables if table.key in form_data}


def _rows(form_data: MultiDict[str, str], live: Live, table: SubTableDef) -> list[RowInput]:
    tokens = [one for one in dict.fromkeys(form_data.getlist(table.key)) if _is_token(one)]
    fields = live.form(table.of).by_key
    by_row: dict[str, dict[str, object]] = {token: {} for token in tokens[:MOST_POSTED]}
    for name in form_data:
        key, _, rest = name.partition(JOINT)
        token, _, column = rest.partition(JOINT)
        if key == table.key and token in by_row and column in table.columns:
            by_row[token][column] = posted_value(fields[column], form_data.getlist(name))
    return [_row(form_data, table, token, values) for token, values in by_row.items()]


def _is_token(text: str) -> bool:
    return is_id(text) or (text.startswith("new") and _number_of(text) > 0)


def _row(form_data: MultiDict[str, str], table: SubTableDef, token: str, values: dict[str, object]) -> RowInput:
    place = JOINT.join([table.key, token])
    version = form_data.get(f"{place}{JOINT}-version", "")
    offered = {key: value for key, value in values.items() if form_data.get(f"{place}{JOINT}-offered-{key}") == value}
    typed = {key: value for key, value in values.items() if key not in offered}
    return RowInput(
        token,
        typed,
        int(token) if is_id(token) else None,
        int(version) if is_id(version) else None,
        f"{place}{JOINT}-remove" in form_data,
    )


# -- showing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TableSource:
    """What drawing the sub-tables of one form needs."""

    live: Live
    form: FormDef
    home: int | None
    home_values: Mapping[str, object]
    prefix: str = "field-"

    def view(
        self, table: SubTableDef, rows: Sequence[RowInput] | None, faults: Sequence[Fault], **more: Any
    ) -> TableView | None:
        """Return a table with its stored rows and those that were typed; None when the viewer may not see it."""
        level = table_access(self.live, self.form, table, here.viewer())
        if level == HIDDEN:
            return None
        return _TableDrawing(self, table, list(rows or ()), list(faults), level, **more).view()


@dataclass
class _TableDrawing:
    """One table being drawn."""

    source: TableSource
    table: SubTableDef
    typed: list[RowInput]
    faults: list[Fault]
    level: str
    visible: bool = True
    #: Stored rows to show: all of them, or the first ones.
    show: int = FIRST_ROWS
    #: Whether what was typed is checked, too: for pasted rows.
    judged: bool = False
    #: Whether only the typed rows are wanted.
    only_typed: bool = False

    @property
    def live(self) -> Live:
        return self.source.live

    def view(self) -> TableView:
        table, user = self.table, here.viewer()
        access = field_access(self.live, table.of, user)
        form = self.live.form(table.of)
        columns = [Column(form.by_key[key]) for key in table.columns if access.get(key, HIDDEN) != HIDDEN]
        stored = self._stored()
        typed_ids = {row.record for row in self.typed if row.record is not None}
        shown = [row for row in stored if row.id not in typed_ids][: max(self.show - len(typed_ids), 0)]
        previews = self._previews()
        held = [*(record.values for record in stored), *(one.values for one in previews.values())]
        look = look_at(self.live, [column.field for column in columns], [*held, *map(_ids, self.typed)])
        context = input_context(self.live)
        edits = self.level == EDIT
        may_ = {verb: edits and may(user, verb, self.live, table.of) for verb in ("create", "update", "delete")}
        rows = self._rows(columns, shown, stored, previews, look, context, editable=may_["update"])
        current = self._current(stored, previews)
        removing = may_[removing_verb(form)]
        figures = totals(self.live, table, current)
        return TableView(
            table.key,
            table.field,
            columns,
            rows,
            {
                key: total_display(table, form.by_key[key], value, look)
                for key, value in figures.items()
                if key in access
            },
            [fault for fault in self.faults if fault.field == table.key],
            self.visible,
            may_["create"] and len(current) < table.max_rows,
            may_["update"],
            removing,
            bool(table.order) and may_["update"],
            max(len(stored) - len(typed_ids) - len(shown), 0),
            len(current),
            self.source.prefix,
        )

    def _stored(self) -> Sequence[Any]:
        if self.source.home is None or self.only_typed:
            return ()
        return rows_of(here.db(), self.live, self.table, self.source.home, here.viewer(), here.now())

    def _previews(self) -> dict[str, RowPreview]:
        """Return token -> how the typed row stands."""
        source = self.source
        rows = [row for row in self.typed if row.values or row.record is None]
        found = preview_rows(
            here.db(),
            self.live,
            self.table,
            source.home,
            source.home_values,
            rows,
            here.viewer(),
            here.now(),
            judged=self.judged,
        )
        return {row.token: one for row, one in zip(rows, found, strict=True) if one is not None}

    def _current(self, stored: Sequence[Any], previews: Mapping[str, RowPreview]) -> list[Mapping[str, object]]:
        """Return the values of all rows as they would be stored: what the totals are made of."""
        removed = {row.record for row in self.typed if row.removed}
        kept = [one for one in stored if one.id not in removed and str(one.id) not in previews]
        typed = [previews[row.token].values for row in self.typed if row.token in previews and not row.removed]
        return [*(one.values for one in kept), *typed]

    def _rows(
        self,
        columns: Sequence[Column],
        shown: Sequence[Any],
        stored: Sequence[Any],
        previews: Mapping[str, RowPreview],
        look: Look,
        context: InputContext,
        *,
        editable: bool,
    ) -> list[Row]:
        """Return the rows in order: the typed ones where they were posted, the other stored ones in their places."""
        by_id = {one.id: one for one in stored}
        errors = _by_place(self.table, self.faults)
        drawn: list[Row] = []
        for typed in self.typed:
            record = by_id.get(typed.record) if typed.record is not None else None
            preview = previews.get(typed.token)
            if preview is not None or record is not None:
                drawn.append(self._row(columns, typed, record, preview, look, context, errors, editable=editable))
        rest = [self._row(columns, None, one, None, look, context, errors, editable=editable) for one in shown]
        # Stored rows that come on demand stand behind the last stored one, before what is new.
        last = max((place for place, row in enumerate(drawn, 1) if row.record is not None), default=0)
        line = [*drawn[:last], *rest, *drawn[last:]]
        return [replace(row, number=place) for place, row in enumerate(line, 1)]

    def _row(
        self,
        columns: Sequence[Column],
        typed: RowInput | None,
        record: Any,
        preview: RowPreview | None,
        look: Look,
        context: InputContext,
        errors: Mapping[tuple[str, str], list[Fault]],
        *,
        editable: bool,
    ) -> Row:
        token = typed.token if typed else str(record.id)
        values: Mapping[str, object] = preview.values if preview else record.values
        locked = preview.read_only if preview else _read_only(record, columns)
        place = JOINT.join([self.table.key, token])
        judged = list(preview.faults) if preview and self.judged else []
        cells = []
        for column in columns:
            key = column.field.key
            facts: dict[str, Any] = {
                "required": column.field.required if preview is None else key in preview.required,
                "read_only": key in locked or (record is not None and not editable) or column.field.is_derived,
                "visible": preview is None or key in preview.shown,
                "errors": [*errors.get((token, key), ()), *(fault for fault in judged if fault.field == key)],
                "prefix": f"{self.source.prefix}{place}{JOINT}",
                "name_prefix": f"{place}{JOINT}",
            }
            if typed is not None and key in typed.values and not facts["read_only"]:
                cells.append(control_of_typed(column.field, look, typed.values[key], **facts))
            else:
                facts["offered"] = record is None and column.field.default_expression is not None
                cells.append(control_of(column.field, look, values.get(key), context, **facts))
        known = {column.field.key for column in columns}
        whole = [*errors.get((token, ""), ()), *(fault for fault in judged if fault.field not in known)]
        version = record.version if record is not None else None
        return Row(
            token,
            record.id if record else None,
            version,
            cells,
            whole,
            bool(typed and typed.removed),
            typed=bool(typed and typed.values),
        )


def total_display(table: SubTableDef, field: FieldDef, value: object, look: Look) -> Display:
    """Return what the line below a column shows; a count is a plain number whatever is counted."""
    if table.totals[field.key] == "count":
        return Display(replace(field, type=field_type("number"), params={}), value, look)
    return Display(field, value, look)


def _read_only(record: Any, columns: Sequence[Column]) -> frozenset[str]:
    access = record.access or {}
    return frozenset(c.field.key for c in columns if access.get(c.field.key, EDIT) != EDIT)


def _ids(row: RowInput) -> dict[str, object]:
    return {key: int(value) for key, value in row.values.items() if isinstance(value, str) and is_id(value)}


def _by_place(table: SubTableDef, faults: Sequence[Fault]) -> dict[tuple[str, str], list[Fault]]:
    """Return (row, column) -> faults; the column is empty for a row as a whole."""
    found: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        key, _, rest = fault.field.partition(JOINT)
        token, _, column = rest.partition(JOINT)
        if key == table.key and token:
            found.setdefault((token, column), []).append(fault)
    return found
