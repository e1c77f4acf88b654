"""What texts name: records by title or unique field, people by sign-in name, address or name; within a person's rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.imports.mapping import fold
from engine.people import Person, User
from engine.releases.live import Live
from engine.rights import row_filter, visible
from engine.sql.compile import Source
from forms.defs import FieldDef, FormDef
from forms.options import names_of
from forms.text import normal
from rules.types import Kind

#: Texts asked for in one statement.
CHUNK = 500
#: Titles among which a mistyped one is searched; beyond them a person has to know the name.
MOST_TITLES = 5_000
#: Closest candidates offered.
OFFERED = 5

#: (value to write in the mapping, label by language or text to show).
Candidate = tuple[str, str]


class Lookups:
    """Everything that is asked about other records and people during one import."""

    def __init__(self, session: Session, live: Live, user: User, now: datetime) -> None:
        self.session, self.live, self.user, self.now = session, live, user, now
        self._people: dict[str, list[int]] | None = None
        self._titles: dict[tuple[str, str], list[str]] = {}

    def records(self, form: str, texts: Collection[str], match: str = "") -> dict[str, list[int]]:
        """Return text -> ids of the records it names: by `match`, or else by title, then by unique fields."""
        found: dict[str, list[int]] = {}
        for key in [match] if match else self.names_of_records(form):
            missing = [text for text in texts if text not in found]
            found |= self._by_field(form, key, missing)
        return found

    def names_of_records(self, form: str) -> list[str]:
        """Return the fields by which records of a form are named, as far as this person sees them."""
        target = self.live.app.forms[form]
        seen = visible(self.live, form, self.user)
        unique = [f.key for f in target.fields if f.unique and f.key != target.title]
        return [k for k in (target.title, *unique) if k in seen and _is_text(target, k)]

    def _by_field(self, form: str, key: str, texts: Sequence[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for start in range(0, len(texts), CHUNK):
            source, column = self._source(form, key)
            chosen = column.in_(texts[start : start + CHUNK])
            for name, number in self.session.execute(self._select(source, form, column, source.table.c.id).where(chosen)):
                found[name].append(number)
        return dict(found)

    def _source(self, form: str, key: str) -> tuple[Source, sa.ColumnElement[str]]:
        live = self.live
        bind = self.session.get_bind()
        source = Source(live.app, live.tables, form, bind.dialect.name, self.now, self.user)
        return source, source.table.c[key]

    def _select(self, source: Source, form: str, *columns: sa.ColumnElement[object]) -> sa.Select[tuple[object, ...]]:
        # The right comes first: it may need joins.
        right = row_filter(source, self.live, form, self.user, "read")
        return source.select(*columns).where(right)

    def titles(self, form: str, key: str) -> list[str]:
        """Return the names a mistyped text is compared with."""
        if (form, key) not in self._titles:
            source, column = self._source(form, key)
            statement = self._select(source, form, column).where(column.is_not(None)).order_by(column).limit(MOST_TITLES)
            self._titles[form, key] = [str(name) for name in self.session.scalars(statement)]
        return self._titles[form, key]

    def people(self, text: str) -> Sequence[int]:
        """Return the ids of the people a text names: by sign-in name, else by address, else by name."""
        if self._people is None:
            self._people = self._all_people()
        folded = text.casefold()
        return next((found for kind in "san" if (found := self._people.get(f"{kind}:{folded}"))), ())

    def _all_people(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for one in self.session.execute(sa.select(Person.id, Person.sign_in, Person.email, Person.name)):
            for kind, name in (("s", one.sign_in), ("a", one.email), ("n", one.name)):
                if name:
                    found[f"{kind}:{normal(name).casefold()}"].append(one.id)
        return dict(found)

    def candidates(self, field: FieldDef, text: str, match: str = "", language: str = "en") -> tuple[Candidate, ...]:
        """Return what a text that is not known may have meant, the closest first."""
        if field.type.kind in (Kind.CHOICE, Kind.CHOICES):
            return _options(field, text, language)
        if field.type.kind is Kind.PERSON:
            names = list(self.session.scalars(sa.select(Person.sign_in).where(Person.active).limit(MOST_TITLES)))
            return tuple((name, name) for name in _closest(text, names))
        keys = [match] if match else self.names_of_records(field.to)[:1]
        return tuple((name, name) for key in keys for name in _closest(text, self.titles(field.to, key)))


def _is_text(form: FormDef, key: str) -> bool:
    field = form.by_key.get(key)
    return field is not None and field.type.kind is Kind.TEXT and not field.is_derived


def _options(field: FieldDef, text: str, language: str) -> tuple[Candidate, ...]:
    """Return all options, the closest first: their list is short, and any of them may be meant."""
    close = [names_of(field)[name] for name in get_close_matches(text.casefold(), list(names_of(field)), n=OFFERED, cutoff=0.5)]
    ranked = list(dict.fromkeys([*close, *(o.key for o in field.options)]))
    labels = {o.key: o.label.pick(language) or o.key for o in field.options}
    return tuple((key, labels[key]) for key in ranked)


def _closest(text: str, names: Iterable[str]) -> list[str]:
    """Return the names most like a text, spelling of case, spaces and signs aside."""
    by_fold: Mapping[str, str] = {fold(name): name for name in names}
    if fold(text) in by_fold:
        return [by_fold[fold(text)]]
    return [by_fold[m] for m in get_close_matches(fold(text), list(by_fold), n=OFFERED, cutoff=0.6)]
