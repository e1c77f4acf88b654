"""What texts of a file name: records and people, within a person's rights, and what a mistyped one may have meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.imports.mapping import fold
from engine.people import Person, User
from engine.records.resolve import Resolver
from engine.releases.live import Live
from engine.rights import row_filter, visible
from engine.sql.compile import Source
from forms.defs import FieldDef
from forms.options import names_of
from forms.text import folded
from rules.types import OF_PEOPLE, Kind

#: Texts asked for in one statement.
CHUNK = 500
#: Titles among which a mistyped one is searched; beyond them a person has to know the name.
MOST_TITLES = 5_000
#: Closest candidates offered.
OFFERED = 5

#: (value to write in the mapping, text to show).
Candidate = tuple[str, str]


class Lookups:
    """Everything that is asked about other records and people during one import."""

    def __init__(self, session: Session, live: Live, user: User, now: datetime) -> None:
        self.session, self.live, self.user, self.now = session, live, user, now
        self._titles: dict[tuple[str, str], list[str]] = {}
        self.forget()

    def forget(self) -> None:
        """Look everything up anew from here on: records were written."""
        self.resolver = Resolver(self.session, self.live, self.user, self.now, departed=True)

    def records(self, form: str, texts: Collection[str], match: str = "") -> Mapping[str, Sequence[int]]:
        """Return text -> ids of the records it names: by the field `match`, or else by title or unique field."""
        if match:
            return self._by_field(form, match, sorted(texts))
        self.resolver.prepare_records(form, texts)
        return {text: self.resolver.find_records(form, text) for text in texts}

    def naming_fields(self, form: str) -> list[str]:
        """Return the fields by which records of a form are named: the title and the unique texts."""
        named = [
            f.key for f in self.live.app.forms[form].fields if f.unique or f.key == self.live.app.forms[form].title
        ]
        return [key for key in named if is_text(self.live, form, key)]

    def people(self, texts: Collection[str]) -> Mapping[str, Sequence[int]]:
        """Return text -> ids of the people it names, those who left included: old records are theirs."""
        self.resolver.prepare_people(texts)
        return {text: self.resolver.find_people(text) for text in texts}

    def _by_field(self, form: str, key: str, texts: Sequence[str]) -> dict[str, Sequence[int]]:
        found: dict[str, Sequence[int]] = {}
        for start in range(0, len(texts), CHUNK):
            statement = self._select(form, key, texts[start : start + CHUNK])
            for name, number in self.session.execute(statement):
                found[name] = (*found.get(name, ()), number)
        return found

    def _select(self, form: str, key: str, texts: Sequence[str] | None = None) -> sa.Select[Any]:
        live = self.live
        source = Source(live.app, live.tables, form, self.session.get_bind().dialect.name, self.now, self.user)
        column = source.table.c[key]
        chosen = [row_filter(source, live, form, self.user, "read"), column.is_not(None)]
        chosen += [] if texts is None else [column.in_(texts)]
        return source.select(column, source.table.c.id).where(*chosen)

    def titles(self, form: str, key: str) -> list[str]:
        """Return the names a mistyped text is compared with."""
        if (form, key) not in self._titles:
            rows = self.session.execute(self._select(form, key).limit(MOST_TITLES))
            self._titles[form, key] = sorted({str(row[0]) for row in rows})
        return self._titles[form, key]

    def candidates(self, field: FieldDef, text: str, match: str = "", language: str = "en") -> tuple[Candidate, ...]:
        """Return what a text that is not known may have meant, the closest first."""
        if field.type.kind in (Kind.CHOICE, Kind.CHOICES):
            return _options(field, text, language)
        if field.type.kind in OF_PEOPLE:
            names = list(self.session.scalars(sa.select(Person.sign_in).where(Person.active).limit(MOST_TITLES)))
            return tuple((name, name) for name in _closest(text, names))
        key = match or self.live.app.forms[field.to].title
        if not is_text(self.live, field.to, key) or key not in visible(self.live, field.to, self.user):
            return ()
        return tuple((name, name) for name in _closest(text, self.titles(field.to, key)))


def is_text(live: Live, form: str, key: str) -> bool:
    """Tell whether records of a form can be named by this field."""
    field = live.app.forms[form].by_key.get(key)
    return field is not None and field.type.kind is Kind.TEXT and not field.is_derived


def _options(field: FieldDef, text: str, language: str) -> tuple[Candidate, ...]:
    """Return all options, the closest first: their list is short, and any of them may be meant."""
    names = names_of(field)
    close = [names[name] for name in get_close_matches(folded(text), list(names), n=OFFERED, cutoff=0.5)]
    ranked = list(dict.fromkeys([*close, *(o.key for o in field.options)]))
    labels = {o.key: o.label.pick(language) or o.key for o in field.options}
    return tuple((key, labels[key]) for key in ranked)


def _closest(text: str, names: Iterable[str]) -> list[str]:
    """Return the names most like a text; one that differs in case, spaces and signs only is surely meant."""
    by_fold = {fold(name): name for name in names}
    if fold(text) in by_fold:
        return [by_fold[fold(text)]]
    return [by_fold[found] for found in get_close_matches(fold(text), list(by_fold), n=OFFERED, cutoff=0.6)]
