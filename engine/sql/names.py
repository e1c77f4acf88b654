"""The columns behind the names that an expression reads, for evaluating it in Python."""

from __future__ import annotations

import sqlalchemy as sa

from engine.sql.dialects import forms_of
from engine.sql.literals import Sql
from engine.sql.source import Source


def read_columns(source: Source, reads: frozenset[tuple[str, ...]]) -> dict[str, Sql]:
    """Return dotted path -> column for every path that differs from record to record."""
    found = {}
    for path in sorted(reads):
        name = ".".join(path)
        if name in source.constants:
            continue
        found[name] = _days_in_stage(source, path) if path[-1] == "days_in_stage" else source.column(path)
    return found


def _days_in_stage(source: Source, path: tuple[str, ...]) -> Sql:
    forms = forms_of(source.dialect)
    entered = source.column((*path[:-1], "stage_entered_at"))
    return sa.cast(forms.days(forms.local_date(entered, source.app.context.time_zone), source.today), sa.Integer)
