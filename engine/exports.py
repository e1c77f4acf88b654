"""Records as rows of texts that an import reads back: references by title, people by sign-in name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from engine.errors import Refused
from engine.imports.columns import system_fields_of
from engine.imports.mapping import fillable
from engine.people import User, everybody
from engine.records import Record, every, titles
from engine.releases.live import Live
from engine.rights import ever_visible, may
from forms.defs import FieldDef
from forms.several import joined
from rules.checked import Checked
from rules.types import MANY, OF_PEOPLE, ids_in

#: Records whose references are looked up together.
CHUNK = 500
#: form key -> record id -> title; people stand under the empty key, with their sign-in names.
Names = Mapping[str, Mapping[int, str]]


def rows(
    session: Session, live: Live, form: str, user: User, now: datetime, where: Checked | None = None
) -> Iterator[Sequence[str]]:
    """Yield the header and then every record this person may see; Refused without the right to export."""
    if not may(user, "export", live, form):
        raise Refused("export", form)
    columns = _columns(live, form, user)
    yield [field.key for field in columns]
    people = {person.id: person.sign_in for person in everybody(session)}
    records = every(session, live, form, user, now, where=where)
    while chunk := list(islice(records, CHUNK)):
        names = {"": people, **_titles(session, live, columns, chunk, user, now)}
        for record in chunk:
            yield [_text(field, record.get(field.key), names) for field in columns]


def _columns(live: Live, form: str, user: User) -> list[FieldDef]:
    """Return what an import may fill, as far as this person sees it."""
    definition = live.form(form)
    known = {**system_fields_of(live, form), **definition.by_key}
    seen = ever_visible(live, form, user)
    return [known[key] for key in fillable(definition, live.pipeline(form)) if key in seen]


def _titles(
    session: Session, live: Live, columns: Sequence[FieldDef], records: Sequence[Record], user: User, now: datetime
) -> Names:
    wanted: dict[str, set[int]] = {}
    for field in columns:
        if field.to:
            ids = (id_ for record in records for id_ in ids_in(record.get(field.key)))
            wanted.setdefault(field.to, set()).update(ids)
    return {form: titles(session, live, form, ids, user, now) for form, ids in wanted.items()}


def _text(field: FieldDef, value: object, names: Names) -> str:
    if field.type.kind in MANY and (field.to or field.type.kind in OF_PEOPLE):
        return joined(name for id_ in _listed(value) if (name := names[field.to].get(id_)))
    if isinstance(value, int) and (field.to or field.type.kind in OF_PEOPLE):
        return names[field.to].get(value, "")
    return field.type.plain(field, value)


def _listed(value: object) -> Sequence[int]:
    return value if isinstance(value, list | tuple) else ()
