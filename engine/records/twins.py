"""Likely duplicates: records that probably stand for the same customer, as far as somebody may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records.read import records_of, row_keys, source_of
from engine.records.record import Record
from engine.records.search import finds
from engine.records.sight import sight_columns
from engine.releases.live import Live
from engine.rights import may, row_filter, visible
from forms.alike import digits, emails_alike, fragments, names_alike, phones_alike
from forms.defs import FieldDef

#: Records looked at for each field.
CANDIDATES = 60
_ALIKE: dict[str, Callable[[str, str], bool]] = {"phone": phones_alike, "email": emails_alike}


@dataclass(frozen=True)
class Twin:
    """A record that is probably the same, and the fields that say so."""

    record: Record
    fields: tuple[str, ...]


def twins(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    values: Mapping[str, object],
    *,
    but: int | None = None,
    most: int = 5,
) -> list[Twin]:
    """Return the records that are probably meant by these values, those that agree in most fields first."""
    form_def = live.form(form)
    if not may(user, "read", live, form):
        return []
    seen = visible(live, form, user)
    found: dict[int, Record] = {}
    agreed: dict[int, list[str]] = {}
    for key in form_def.duplicates:
        field, text = form_def.by_key[key], str(values.get(key) or "").strip()
        if key not in seen or not text:
            continue
        for record in _candidates(session, live, form, user, now, field, text):
            stored = field.type.plain(field, record[key]) if record.get(key) is not None else ""
            if record.id != but and _ALIKE.get(field.type.key, names_alike)(text, stored):
                found[record.id] = record
                agreed.setdefault(record.id, []).append(key)
    best = sorted(found, key=lambda id_: (-len(agreed[id_]), -id_))[:most]
    return [Twin(found[id_], tuple(agreed[id_])) for id_ in best]


def _candidates(
    session: Session, live: Live, form: str, user: User, now: datetime, field: FieldDef, text: str
) -> tuple[Record, ...]:
    """Return the latest records of which this field holds any telling piece of the text."""
    source = source_of(session, live, form, user, now)
    pieces = [piece for piece in _pieces(field, text) if piece.strip()]
    if not pieces:
        return ()
    form_def, column = live.form(form), source.table.c.search_text
    holds = sa.or_(*(finds(column, form_def, piece, {field.key}, source.dialect) for piece in pieces))
    columns = [*(source.table.c[key] for key in row_keys(live, form)), *sight_columns(source, live, form, user)]
    allowed = row_filter(source, live, form, user, "read")  # first: it brings the joins that the select needs
    wanted = source.select(*columns).where(allowed, holds)
    rows = session.execute(wanted.order_by(source.table.c.id.desc()).limit(CANDIDATES)).mappings()
    return tuple(
        one
        for one in records_of(session, live, form, [dict(row) for row in rows], user, now)
        if field.key in one.values
    )


def _pieces(field: FieldDef, text: str) -> list[str]:
    if field.type.key == "phone":
        return [digits(text)] if len(digits(text)) >= 7 else []
    if field.type.key == "email":
        return [text] if "@" in text else []
    return fragments(text)
