"""Which records and people a text means: for typed titles and names, on screens and in imports."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.rows import Person
from engine.people.users import User, fold_sign_in
from engine.releases.live import Live
from engine.rights import may, row_filter, visible
from engine.sql.compile import Source
from forms.defs import FormDef
from forms.fields import Storage
from forms.text import storable

#: Texts asked for in one statement.
CHUNK = 500


class Resolver:
    """Finds ids by text, within a person's rights, and remembers them as long as it lives."""

    def __init__(self, session: Session, live: Live, user: User, now: datetime, *, departed: bool = False) -> None:
        self._session, self._live, self._user, self._now = session, live, user, now
        #: Whether people who can no longer sign in are found, too.
        self._departed = departed
        self._records: dict[tuple[str, str], Sequence[int]] = {}
        self._people: dict[str, Sequence[int]] = {}

    def find_records(self, form: str, text: str) -> Sequence[int]:
        """Return the ids of the records with this title or unique key which the person may see."""
        if (form, text) not in self._records:
            self.prepare_records(form, [text])
        return self._records[form, text]

    def find_people(self, text: str) -> Sequence[int]:
        """Return the ids of the people with this sign-in name, else e-mail address, else name."""
        if text not in self._people:
            self.prepare_people([text])
        return self._people[text]

    def prepare_records(self, form: str, texts: Iterable[str]) -> None:
        """Look many texts up at once."""
        wanted = sorted({text for text in map(_normal, texts) if (form, text) not in self._records})
        self._records |= {(form, text): () for text in wanted}
        wanted = [text for text in wanted if storable(text)]
        found = self._live.app.forms.get(form)
        if found is None or not may(self._user, "read", self._live, form):
            return
        for start in range(0, len(wanted), CHUNK):
            self._look_up(found, wanted[start : start + CHUNK])

    def _look_up(self, form: FormDef, texts: list[str]) -> None:
        source = Source(self._live.app, self._live.tables, form.key, self._dialect, self._now, self._user)
        columns = [source.table.c[key] for key in self._keys(form)]
        if not columns:
            return
        matching = sa.or_(*(column.in_(texts) for column in columns))
        allowed = row_filter(source, self._live, form.key, self._user, "read")
        rows = self._session.execute(source.select(source.table.c.id, *columns).where(matching, allowed))
        wanted = set(texts)
        for id_, *values in rows:
            for text in wanted.intersection(value for value in values if value):
                self._records[form.key, text] = (*self._records[form.key, text], id_)

    def _keys(self, form: FormDef) -> list[str]:
        seen = visible(self._live, form.key, self._user)
        return [
            field.key
            for field in form.fields
            if (field.key == form.title or field.unique)
            and field.key in seen
            and field.type.storage_of(field) is Storage.TEXT
        ]

    def prepare_people(self, texts: Iterable[str]) -> None:
        """Look many names up at once."""
        wanted = sorted({text for text in map(_normal, texts) if text not in self._people})
        self._people |= dict.fromkeys(wanted, ())
        wanted = [text for text in wanted if storable(text)]
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            folded = [fold_sign_in(text) for text in part]
            matching = sa.or_(Person.sign_in.in_(folded), Person.email.in_(part), Person.name.in_(part))
            statement = sa.select(Person.id, Person.sign_in, Person.email, Person.name).where(matching)
            if not self._departed:
                statement = statement.where(Person.active)
            rows = self._session.execute(statement).all()
            for text in part:
                tiers = ((row.sign_in == fold_sign_in(text), row.email == text, row.name == text) for row in rows)
                hits = list(zip(rows, tiers, strict=True))
                self._people[text] = next(
                    (ids for tier in range(3) if (ids := tuple(row.id for row, hit in hits if hit[tier]))), ()
                )

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
