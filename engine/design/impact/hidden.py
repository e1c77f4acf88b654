"""What a draft takes out: fields and forms whose data stays where it is, out of sight, and how much of it there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.sql.source import Source
from forms.labels import Label

if TYPE_CHECKING:
    from engine.config.defs import AppDef
    from engine.releases.live import Live
    from forms.defs import FieldDef


@dataclass(frozen=True)
class HiddenField:
    """A field that goes, and how many living records hold a value in it; what is worked out can be worked out again."""

    form: Label
    label: Label
    key: str
    count: int
    is_derived: bool = False


@dataclass(frozen=True)
class HiddenForm:
    """A form that goes, and how many living records it has."""

    label: Label
    key: str
    count: int


def hidden(
    session: Session, before: Live | None, after: AppDef, now: datetime
) -> tuple[list[HiddenForm], list[HiddenField]]:
    """Return the forms and fields that the draft no longer has: one query for each form that loses anything."""
    forms: list[HiddenForm] = []
    fields: list[HiddenField] = []
    for key, form in before.app.forms.items() if before else ():
        if key not in after.forms:
            assert before is not None
            table = before.tables.current(key)
            alive = sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None))
            forms.append(HiddenForm(form.label, key, session.scalar(alive) or 0))
            continue
        gone = [one for one in form.fields if one.key not in after.forms[key].by_key]
        if gone:
            assert before is not None
            fields += _fields(session, before, key, gone, now)
    return forms, fields


def _fields(session: Session, before: Live, form: str, gone: list[FieldDef], now: datetime) -> list[HiddenField]:
    table, label = before.tables.current(form), before.form(form).label
    kept = [one for one in gone if one.key in table.c]
    columns = [sa.func.count(table.c[one.key]) for one in kept]
    source = Source(before.app, before.tables, form, session.get_bind().dialect.name, now)
    row = session.execute(source.select(*columns, scan=True)).one() if columns else ()
    counts = {one.key: int(count) for one, count in zip(kept, row, strict=True)}
    return [HiddenField(label, one.label, one.key, counts.get(one.key, 0), one.is_derived) for one in gone]
