"""Demonstration records of a template: its `data/*.csv`, with dates relative to now, in the order of their references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from engine.alerts.evaluate import poke
from engine.config.defs import AppDef
from engine.imports.columns import system_fields_of
from engine.imports.errors import ImportRefused
from engine.imports.kept import Row
from engine.imports.mapping import ColumnMap, ImportMapping, guess
from engine.imports.read import Table, read
from engine.imports.relative import cell, is_relative
from engine.imports.report import Report
from engine.imports.run import run
from engine.people import User
from engine.releases.live import Live
from forms.defs import FieldDef
from rules.errors import N_, Fault
from rules.types import Kind

#: The one file that holds no records.
PEOPLE = "people"


def load_records(session: Session, live: Live, folder: Path, user: User, now: datetime) -> Mapping[str, Report]:
    """Import every `<form>.csv` of a folder; return the report of each form; ImportRefused when a row is refused.

    Alert rules are judged at the next tick, when all forms are filled: a customer is not without visits only because
    those are read later.
    """
    found = {path.stem: path for path in sorted(folder.glob("*.csv")) if path.stem != PEOPLE}
    reports: dict[str, Report] = {}
    for form in in_order(live.app, set(found) & set(live.app.forms)):
        table = with_real_dates(live, form, read(found[form].read_bytes()), now)
        report = reports[form] = run(session, live, form, table, _mapping(live, form, table), user, now, alerts=False)
        if report.refused:
            raise ImportRefused(*_faults(report))
    for form in reports:
        poke(session, live, form, now)
    return reports


def _faults(report: Report) -> Iterable[Fault]:
    template = N_("Row {row}: {reason}")
    for one in report.refused:
        for fault in one.faults:
            facts = {"row": one.row, "reason": fault.text}
            yield replace(fault, template=template, facts=facts, file=f"data/{report.form}.csv")


def in_order(app: AppDef, forms: Iterable[str]) -> list[str]:
    """Return forms so that those referred to come first; a circle is cut where it is met."""
    wanted, ordered, seen = set(forms), [], set()

    def visit(form: str) -> None:
        if form in seen:
            return
        seen.add(form)
        for field in app.forms[form].fields:
            if field.to:
                visit(field.to)
        ordered.append(form)

    for form in app.forms:
        visit(form)
    return [form for form in ordered if form in wanted]


def with_real_dates(live: Live, form: str, table: Table, now: datetime) -> Table:
    """Return the table with every relative date turned into the date or moment it means now."""
    fields = {**system_fields_of(live, form), **live.app.forms[form].by_key}
    dated = {place: fields[name] for place, name in enumerate(table.header) if _is_dated(fields.get(name))}
    return replace(table, rows=tuple(_dated(row, dated, now, live.app.context.time_zone) for row in table.rows))


def _is_dated(field: FieldDef | None) -> bool:
    return field is not None and field.type.kind in (Kind.DATE, Kind.DATETIME)


def _dated(row: Row, dated: Mapping[int, FieldDef], now: datetime, zone: str) -> Row:
    cells = list(row.cells)
    for place, field in dated.items():
        if is_relative(cells[place]):
            cells[place] = cell(cells[place], now, zone, as_date=field.type.kind is Kind.DATE)
    return replace(row, cells=tuple(cells))


def _mapping(live: Live, form: str, table: Table) -> ImportMapping:
    """Columns are named by field keys; people who are not here leave the field empty, or to its default."""
    fields = {**system_fields_of(live, form), **live.app.forms[form].by_key}
    guessed = guess(live.app.forms[form], live.app.pipeline_of(form), table.header)
    return replace(guessed, columns=tuple(_column(one, fields) for one in guessed.columns))


def _column(one: ColumnMap, fields: Mapping[str, FieldDef]) -> ColumnMap:
    is_person = bool(one.field) and fields[one.field].type.kind is Kind.PERSON
    return replace(one, unknown="empty" if is_person else "refuse")
