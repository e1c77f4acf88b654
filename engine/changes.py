"""Changes: who did what to which record or config, when, how, with the values before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, foreign, mapped_column, relationship

from engine.db import Base, JsonText, UtcDateTime, id_column_type, json_text, json_type, text_type
from engine.people.rows import Person
from rules.moments import iso
from rules.types import Kind

#: field key -> (before, after), as stored values.
Diff = Mapping[str, tuple[object, object]]


class Change(Base):
    """One committed change of a record or of a config."""

    __tablename__ = "sw_change"
    __table_args__ = (Index("ix_sw_change_record", "app_key", "form", "record_id", "id"),)

    id: Mapped[int] = mapped_column(id_column_type(), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    #: None: the system did it. Without a foreign key: people are never deleted, and looking each of them up is half of
    #: what PostgreSQL does for a hundred thousand lines that come at once; nor with an index, as nobody asks by it.
    person_id: Mapped[int | None] = mapped_column(id_column_type())
    #: form, board, import, rule, api, cli, job.
    via: Mapped[str] = mapped_column(text_type())
    app_key: Mapped[str | None] = mapped_column(text_type())
    form: Mapped[str | None] = mapped_column(text_type())
    record_id: Mapped[int | None] = mapped_column(id_column_type())
    version: Mapped[int | None]
    #: create, update, move, delete, restore, derive for records; publish, clone … for configs.
    verb: Mapped[str] = mapped_column(text_type())
    #: field key -> [before, after], written by `encode`.
    diff: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    note: Mapped[str | None] = mapped_column(text_type())
    #: Number of the release that was live.
    release: Mapped[int | None]

    person: Mapped[Person | None] = relationship(
        primaryjoin=lambda: foreign(Change.person_id) == Person.id, viewonly=True
    )


def changes_of(
    session: Session,
    app_key: str,
    *,
    form: str | None = None,
    record_id: int | None = None,
    since: datetime | None = None,
) -> Iterator[tuple[Change, str]]:
    """Go through the changes of an app in order, each with the name of who made it: for operators, nothing is hidden."""
    wanted = [Change.app_key == app_key]
    if form is not None:
        wanted.append(Change.form == form)
    if record_id is not None:
        wanted.append(Change.record_id == record_id)
    if since is not None:
        wanted.append(Change.at >= since)
    statement = select(Change, Person.name).outerjoin(Person, Person.id == Change.person_id).where(*wanted)
    for change, name in session.execute(statement.order_by(Change.id).execution_options(yield_per=500)):
        yield change, name or ""


def encode(value: object) -> object:
    """Return a stored value as JSON: dates and moments become ISO text."""
    if not isinstance(value, date):  # which moments are, too
        return value
    return iso(value) if isinstance(value, datetime) else value.isoformat()


def decode(value: object, kind: Kind) -> object:
    """Return the stored value that `encode` wrote; what does not fit the kind (any more) is left as it is."""
    if isinstance(value, str) and kind in (Kind.DATE, Kind.DATETIME):
        try:
            return datetime.fromisoformat(value) if kind is Kind.DATETIME else date.fromisoformat(value)
        except ValueError:
            return value
    return value


def diffs_of_new(rows: Sequence[Mapping[str, object]], names: Iterable[str]) -> list[JsonText]:
    """Return the diffs of many new records that have the same names, written column by column."""
    columns = [texts for name in names if (texts := _value_texts(name, [row[name] for row in rows]))]
    gaps = any("" in texts for texts in columns)
    found = (filter(None, texts) for texts in zip(*columns, strict=True)) if gaps else zip(*columns, strict=True)
    return [JsonText(f"{{{','.join(texts)}}}") for texts in found] if columns else [JsonText("{}")] * len(rows)


def _value_texts(name: str, values: Sequence[Any]) -> list[str]:
    """Return what diffs say of the first values of a field, '' of an empty one; nothing where all are empty."""
    head, kinds = f'"{name}":[null,', set(map(type, values))
    if kinds == {type(None)}:
        return []
    if len(kinds) == 1:
        write = _WRITTEN.get(kinds.pop(), _any_text)
        return [f"{head}{write(value)}]" for value in values]
    return ["" if value is None else f"{head}{_any_text(value)}]" for value in values]


def _any_text(value: object) -> str:
    return json_text(encode(value))


#: Type of a value -> how a diff writes it, where that is quicker than asking.
_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    date: lambda value: f'"{value.isoformat()}"',
    datetime: lambda value: f'"{iso(value)}"',
}


def encode_diff(diff: Diff) -> dict[str, list[object]]:
    """Return a diff as JSON."""
    return {
        key: [before if before is None else encode(before), after if after is None else encode(after)]
        for key, (before, after) in diff.items()
    }
