"""Opens the mapped columns of a file: checks the mapping against file and rights, looks up once what the cells name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy.orm import Session

from engine.imports.cells import Column
from engine.imports.errors import ImportRefused
from engine.imports.lookups import Lookups, is_text
from engine.imports.mapping import ColumnMap, ImportMapping, check_mapping
from engine.imports.read import Table
from engine.people import User
from engine.releases.live import Live
from engine.rights import EDIT, HIDDEN, field_access, may, visible
from forms.defs import FieldDef
from forms.fields._base import InputContext
from forms.system import system_fields
from forms.text import normal
from rules.errors import N_, Fault
from rules.types import OF_PEOPLE, OF_RECORDS

#: Where and since when a record already was in the system it comes from: set by those alone who may configure the form.
HISTORICAL = ("stage_entered_at", "created_at")


def open_columns(
    session: Session, live: Live, form: str, table: Table, mapping: ImportMapping, user: User, now: datetime
) -> tuple[Lookups, list[Column]]:
    """Return the columns, ready to read cells; raises ImportRefused with everything that is wrong with the mapping."""
    faults = [
        *check_mapping(mapping, live.app.forms[form], live.app.pipeline_of(form)),
        *_header_faults(table, mapping),
    ]
    faults += [fault for c in mapping.columns if c.field for fault in _right_faults(live, form, c, user)]
    faults += _stage_faults(live, form, mapping, user)
    faults += _key_faults(live, form, mapping, user)
    if faults:
        raise ImportRefused(*faults)
    lookups = Lookups(session, live, user, now)
    fields = {**system_fields_of(live, form), **live.app.forms[form].by_key}
    columns = [_open(table, c, fields[c.field], live, lookups) for c in mapping.columns if c.field]
    _know_own_names(form, table, columns, lookups)
    return lookups, columns


def system_fields_of(live: Live, form: str) -> Mapping[str, FieldDef]:
    """Return the system names of a form as fields, with its stages as options."""
    from engine.records.writing import stage_options

    pipeline = live.app.pipeline_of(form)
    return system_fields(stage_options(pipeline) if pipeline else ())


def _header_faults(table: Table, mapping: ImportMapping) -> list[Fault]:
    missing = [c.column for c in mapping.columns if c.field and c.column not in table.header]
    return [_missing(column, table.header) for column in missing]


def _missing(column: str, header: Sequence[str]) -> Fault:
    near = get_close_matches(column, header, n=1)
    template = N_("The file has no column {column}.")
    return Fault("no_column", template, {"column": column}, pointer="/columns", suggestion=near[0] if near else "")


def _right_faults(live: Live, form: str, column: ColumnMap, user: User) -> list[Fault]:
    """Fields a person may not write cannot be imported; hidden ones might as well not exist."""
    level = field_access(live, form, user).get(column.field, HIDDEN)
    if column.field in HISTORICAL or column.field == "stage" or column.field in _assigned(live, form):
        level = HIDDEN if level == HIDDEN else EDIT
    if level == EDIT:
        return _match_faults(live, form, column, user)
    template = N_("There is no field {field} here that you may fill.")
    return [Fault("unknown_field", template, {"field": column.field}, pointer=f"/columns/{column.column}")]


def _key_faults(live: Live, form: str, mapping: ImportMapping, user: User) -> list[Fault]:
    """A field that is hidden on some records finds none: whether it did would tell what it holds there."""
    hidden = [key for key in mapping.key if key not in visible(live, form, user)]
    template = N_("Records cannot be found by {match}.")
    return [Fault("bad_match", template, {"match": key}, pointer="/key") for key in hidden]


def _assigned(live: Live, form: str) -> list[str]:
    """Return the fields whose values are given out: a file may name records by them, and who configures brings new ones."""
    return [field.key for field in live.app.forms[form].fields if field.type.assigned]


def _match_faults(live: Live, form: str, column: ColumnMap, user: User) -> list[Fault]:
    field = live.app.forms[form].by_key.get(column.field)
    if not column.match:
        return []
    seen = field is not None and field.to and column.match in visible(live, field.to, user)
    if field is not None and seen and is_text(live, field.to, column.match):
        return []
    template = N_("Records cannot be found by {match}.")
    return [Fault("bad_match", template, {"match": column.match}, pointer=f"/columns/{column.column}")]


def _stage_faults(live: Live, form: str, mapping: ImportMapping, user: User) -> list[Fault]:
    """Stages, entry and creation dates are taken as they stand only from those who may configure the form."""
    if user.is_admin or may(user, "configure", live, form):
        return []
    barred = [key for key in HISTORICAL if key in mapping.by_field]
    barred += ["stage"] if "stage" in mapping.by_field and not mapping.gates else []
    template = N_("Only those who may configure this form can import {field} as it stands.")
    return [Fault("not_allowed", template, {"field": key}, pointer="/columns") for key in barred]


def _open(table: Table, column: ColumnMap, field: FieldDef, live: Live, lookups: Lookups) -> Column:
    place = table.header.index(column.column)
    opened = Column(column, field, place, InputContext(live.app.context.time_zone, live.app.currency, ids=False))
    if field.type.kind not in OF_PEOPLE | OF_RECORDS:
        return opened
    texts = {normal(text) for text in {row.cells[place] for row in table.rows}}
    named = {name for text in texts for name in field.type.names_in(opened.meaning(text))}
    meant = {normal(name) for name in named} - {""}
    if field.type.kind in OF_PEOPLE:
        opened.learn(lookups.people(meant))
    elif field.type.kind in OF_RECORDS:
        opened.learn(lookups.records(field.to, meant, column.match))
    return opened


def _know_own_names(form: str, table: Table, columns: Sequence[Column], lookups: Lookups) -> None:
    """Tell columns that refer to the form itself by which names its rows go."""
    for column in columns:
        if column.field.type.kind in OF_RECORDS and column.field.to == form:
            naming = [column.map.match] if column.map.match else lookups.naming_fields(form)
            places = [c.place for c in columns if c.field.key in naming]
            column.own_names = frozenset(normal(row.cells[place]) for row in table.rows for place in places)
