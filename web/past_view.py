"""Two moments of a record side by side, in words; and the moments one may pick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import request
from markupsafe import Markup

from engine.records.past import Comparison, Point
from engine.records.timeline import timeline
from engine.rights import EDIT, may
from web import here, i18n
from web.fields import all_fields, look_at
from web.history_view import said, verb_words, via_words
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.records.timeline import Entry
    from engine.releases import Live


@dataclass(frozen=True)
class Moment:
    """A moment that can be picked: `value` stands in the address."""

    value: str
    text: str
    #: Without who did what: the head of a column.
    short: str


@dataclass(frozen=True)
class Row:
    """A field that differs."""

    key: str
    label: str
    left: Markup
    right: Markup
    may_restore: bool


def point_of(live: Live, name: str) -> Point:
    """Return the moment that the address asks for: a time typed beside the list counts more than the list."""
    typed = request.values.get(f"{name}_at", "")
    try:
        local = datetime.fromisoformat(typed) if typed else None
    except ValueError:
        local = None
    if local is not None and local.tzinfo is None and 1 < local.year < 9999:
        return Point(at=local.replace(tzinfo=here.zone(live)).astimezone(UTC))
    return Point.read(request.values.get(name, ""))


def moments(live: Live, record: Record) -> list[Moment]:
    """Return now and the changes of a record that the viewer may know of, newest first."""
    zone = here.zone(live)
    entries = timeline(here.db(), live, record.form, record.id, here.viewer(), here.now())
    found = [_moment(one, i18n.moment(one.at, zone)) for one in entries]
    return [Moment("", gettext("Now"), gettext("Now")), *found]


def _moment(one: Entry, when: str) -> Moment:
    did = f"{one.person or 'Steerway'} {verb_words(one.verb)}"
    return Moment(f"c{one.id}", f"{when} · {did} · {via_words(one.via)}", when)


def rows_of(live: Live, found: Comparison, current: Record) -> Sequence[Row]:
    """Return the fields that differ, in the order of the form."""
    fields = all_fields(live, current.form)
    look = look_at(live, fields.values(), [found.left.values, found.right.values])
    writable = may(here.viewer(), "update", live, current.form)
    made = []
    for key, (left, right) in found.differing.items():
        field = fields[key]
        free = writable and key != "stage" and not field.is_derived and current.access.get(key) == EDIT
        differs = current.values.get(key) != left
        label = str(i18n.told(field.label))
        made.append(Row(key, label, said(field, left, look), said(field, right, look), free and differs))
    return made


def moment_text(live: Live, point: Point, known: Sequence[Moment]) -> str:
    """Return how a moment is called above its column."""
    if point.at is not None:
        return i18n.moment(point.at, here.zone(live))
    return next((one.short for one in known if one.value == str(point)), gettext("an earlier moment"))


def names_of_fields(live: Live, form_key: str, keys: Sequence[str]) -> str:
    """Return the labels of fields as one text."""
    fields: Any = all_fields(live, form_key)
    return ", ".join(str(i18n.told(fields[key].label)) for key in keys if key in fields)
