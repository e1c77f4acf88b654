"""Records as rows of texts that an import reads back: references by title, people by sign-in name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.changes import encode
from engine.errors import Refused
from engine.imports.columns import system_fields_of
from engine.imports.mapping import fillable
from engine.people import User, everybody
from engine.records import Record, titles
from engine.records.query import query
from engine.releases.live import Live
from engine.rights import ever_visible, may
from engine.sheets import Cell, Head, fits_workbook
from forms.defs import FieldDef
from forms.several import joined
from rules.checked import Checked
from rules.types import MANY, OF_PEOPLE, Kind, ids_in

#: Records whose references are looked up together.
CHUNK = 500
#: form key -> record id -> title; people stand under the empty key, with their sign-in names.
Names = Mapping[str, Mapping[int, str]]


def rows(
    session: Session, live: Live, form: str, user: User, now: datetime, where: Checked | None = None
) -> Iterator[Sequence[str]]:
    """Yield the header and then every record this person may see; Refused without the right to export."""
    made = Export.of(session, live, form, user, now, _columns(live, form, user), sort=["id"], where=where)
    yield [field.key for field in made.fields]
    yield from made.texts()


@dataclass(frozen=True)
class Export:
    """Records of a list on their way out, a page at a time, as far as one person may see them."""

    session: Session
    live: Live
    form: str
    user: User
    now: datetime
    fields: Sequence[FieldDef]
    people: Mapping[int, str]
    #: What the list is asked: text, filters, where, measure, sort.
    asked: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        session: Session,
        live: Live,
        form: str,
        user: User,
        now: datetime,
        fields: Sequence[FieldDef],
        **asked: Any,
    ) -> Export:
        """Prepare an export; Refused without the right to it."""
        if not may(user, "export", live, form):
            raise Refused("export", form)
        people = {person.id: person.sign_in for person in everybody(session)}
        return cls(session, live, form, user, now, fields, people, asked)

    def texts(self) -> Iterator[Sequence[str]]:
        """Yield each record as texts that an import reads back."""
        for record, names in self._records():
            yield [_text(field, record.get(field.key), names) for field in self.fields]

    def cells(self) -> Iterator[Sequence[Cell]]:
        """Yield each record as cells of a workbook: numbers as numbers, dates as dates."""
        zone = ZoneInfo(self.live.app.context.time_zone)
        readers = [_cell_of(field, zone) for field in self.fields]
        for record, names in self._records():
            yield [read(record.get(field.key), names) for field, read in zip(self.fields, readers, strict=True)]

    def values(self) -> Iterator[Sequence[object]]:
        """Yield each record as JSON values; references and people as they are called."""
        for record, names in self._records():
            yield [_json(field, record.get(field.key), names) for field in self.fields]

    def _records(self) -> Iterator[tuple[Record, Names]]:
        after = ""
        while True:
            page = query(
                self.session, self.live, self.form, self.user, self.now,
                limit=CHUNK, after=after, count=False, titles=(), **self.asked,
            )  # fmt: skip
            found = _titles(self.session, self.live, self.fields, page.records, self.user, self.now)
            names = {"": self.people, **found}
            yield from ((record, names) for record in page.records)
            if not page.more:
                return
            after = page.next


def fields_of(live: Live, form: str, user: User, *, derived: bool = True) -> list[FieldDef]:
    """Return the columns of an export: what an import may fill, and what is worked out, as far as this person sees it."""
    seen = ever_visible(live, form, user)
    more = [one for one in live.form(form).fields if one.is_derived and one.key in seen] if derived else []
    return [*_columns(live, form, user), *more]


def head_of(live: Live, field: FieldDef, name: str) -> Head:
    """Return a column of a workbook."""
    kind = field.type.shown_as(field).kind
    if kind is Kind.MONEY:
        places = int(str(field.params.get("scale", live.app.context.money_scale)))
        return Head(name, "#,##0" + ("." + "0" * places if places else ""), 16)
    if kind is Kind.DATE:
        return Head(name, "yyyy-mm-dd", 12)
    if kind is Kind.DATETIME:
        return Head(name, "yyyy-mm-dd hh:mm:ss", 20)
    if kind is Kind.NUMBER:
        return Head(name, "General", 14)
    return Head(name, "", 28 if kind is Kind.TEXT else 18)


def _cell_of(field: FieldDef, zone: ZoneInfo) -> Callable[[object, Names], Cell]:
    kind = field.type.shown_as(field).kind

    def read(value: object, names: Names) -> Cell:
        if value is None:
            return None
        if kind is Kind.DATETIME and isinstance(value, datetime):
            local = value.astimezone(zone)
            # An hour that comes twice cannot be told in local time: the text says its offset.
            return local.replace(tzinfo=None) if _plain_moment(local) else value.isoformat()
        if kind in (Kind.NUMBER, Kind.DATE, Kind.YES_NO) and fits_workbook(value):
            return value if isinstance(value, bool | int | float | date) else str(value)
        text = _text(field, value, names)
        if kind is Kind.MONEY and isinstance(value, int) and abs(value) < 10**15:
            return float(text)
        return text

    return read


def _plain_moment(local: datetime) -> bool:
    return local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset() and fits_workbook(local)


def _json(field: FieldDef, value: object, names: Names) -> object:
    if value is None:
        return None
    if field.to or field.type.kind in OF_PEOPLE:
        if field.type.kind in MANY:
            return [names[field.to].get(id_) for id_ in _listed(value)]
        return names[field.to].get(value) if isinstance(value, int) else None
    shown = field.type.shown_as(field)
    if shown.kind is Kind.MONEY:
        return _text(field, value, names)
    return encode(value)


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
    # Names of files tell people more than their tokens; everything else reads back as the same value.
    return field.type.plain(field, value) if field.type.keeps_files else field.type.to_text(field, value)


def _listed(value: object) -> Sequence[int]:
    return value if isinstance(value, list | tuple) else ()
