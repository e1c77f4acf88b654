"""A search across the forms of one app or of several: one statement, within a person's rights, with what was hit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records.narrowing import Narrowing
from engine.records.read import source_of
from engine.records.search import finds, searchable, segment_of, segments, words_in
from engine.records.sight import shown_when
from engine.releases.live import Live
from engine.rights import may, row_condition, row_filter, visible

#: Forms asked in one statement.
BRANCHES = 40
#: Letters of a text shown around what was hit.
AROUND = 60


@dataclass(frozen=True)
class Hit:
    """A record that holds the words; `field` and `excerpt` say where, when it is not the title."""

    id: int
    title: str
    field: str = ""
    excerpt: str = ""


@dataclass(frozen=True)
class FormHits:
    """The latest hits in one form."""

    live: Live
    form: str
    hits: tuple[Hit, ...]
    more: bool


def search_all(
    session: Session, asked: Iterable[tuple[Live, str]], text: str, user: User, now: datetime, limit: int = 6
) -> list[FormHits]:
    """Return the hits in each form, the records that changed last first; forms without any are left out."""
    if not words_in(text):
        return []
    forms = [(live, form) for live, form in asked if may(user, "read", live, form)]
    found: list[FormHits] = []
    for start in range(0, len(forms), BRANCHES):
        part = forms[start : start + BRANCHES]
        branches = [
            _branch(session, live, form, text, user, now, limit, number) for number, (live, form) in enumerate(part)
        ]
        rows: list[list[sa.RowMapping]] = [[] for _ in part]
        for row in session.execute(sa.union_all(*branches)).mappings():
            rows[row["part"]].append(row)
        for (live, form), mine in zip(part, rows, strict=True):
            if mine:
                hits = tuple(_hit(live, form, row, text, user) for row in mine[:limit])
                found.append(FormHits(live, form, hits, len(mine) > limit))
    return found


def _branch(
    session: Session, live: Live, form: str, text: str, user: User, now: datetime, limit: int, number: int
) -> sa.Select[tuple[object, ...]]:
    source = source_of(session, live, form, user, now)
    table, form_def = source.table, live.form(form)
    seen = visible(live, form, user)
    title: sa.ColumnElement[object] = table.c[form_def.title]
    plain = isinstance(title.type, sa.Text) and form_def.title in seen
    columns = [
        sa.literal(number).label("part"),
        table.c.id.label("id"),
        (sa.cast(title, sa.Text) if plain else sa.cast(sa.null(), sa.Text)).label("title"),
        sa.cast(table.c.search_text, sa.Text).label("found"),
    ]
    tests = [
        row_filter(source, live, form, user, "read"),
        finds(
            table.c.search_text,
            form_def,
            text,
            seen,
            source.dialect,
            how=few(live, form, user),
            partly=shown_when(source, live, form, user),
        ),
    ]
    latest = (table.c.updated_at.desc(), table.c.id.desc())
    return sa.select(source.select(*columns).where(*tests).order_by(*latest).limit(limit + 1).subquery())


def few(live: Live, form: str, user: User) -> Narrowing:
    """Return how a few hits are found: the latest are enough for those who see all of a form."""
    seen = visible(live, form, user)
    everything = None in row_condition(live, form, user, "read") and all(
        one.key in seen for one in searchable(live.form(form))
    )
    return Narrowing.FEW if everything else Narrowing.LIST


def _hit(live: Live, form: str, row: sa.RowMapping, text: str, user: User) -> Hit:
    form_def, seen = live.form(form), visible(live, form, user)
    parts = segments(row["found"])
    texts = {field.key: segment_of(parts, field.key) for field in searchable(form_def) if field.key in seen}
    title = row["title"] or texts.get(form_def.title) or f"#{row['id']}"
    words = words_in(text)
    for key, held in texts.items():
        word = next((word for word in words if word in held and word not in texts.get(form_def.title, "")), "")
        if key != form_def.title and word:
            return Hit(row["id"], title, key, _excerpt(held, word))
    return Hit(row["id"], title)


def _excerpt(text: str, word: str) -> str:
    at = text.index(word)
    start, end = max(0, at - AROUND), min(len(text), at + len(word) + AROUND)
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")


def forms_of_apps(lives: Sequence[Live]) -> list[tuple[Live, str]]:
    """Return every form of some apps."""
    return [(live, form) for live in lives for form in live.app.forms]
