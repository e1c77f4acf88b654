"""Values in a test, each in the manner of its field: options, days, numbers, people and records of the test itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design.sheet._base import Control, ControlType, Place, register
from admin.design.sheet.choosing import in_order
from admin.design.sheet.numbers import number_in
from engine.config.cast import kind_of
from engine.design.names_in_tests import VALUES, field_in_test, kind_in_test, person_label, record_names
from engine.design.pointers import ABSENT, steps, value_at
from rules.types import MANY, OF_PEOPLE, OF_RECORDS, Kind

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from forms.defs import FieldDef

#: Stands for “empty” among the values.
EMPTY = "~"
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?", re.ASCII)
_LONG = frozenset({"long_text", "rich_text", "json"})


@dataclass(frozen=True)
class Asked:
    """How a value is asked for: the shape of its input, and what can be chosen."""

    shape: str
    options: Sequence[tuple[str, str]] = ()


def asked(place: Place, slot: FieldDef | None, value: Any) -> Asked:
    """Return how a value is asked for; as JSON where neither its field nor what stands there fits another way."""
    found = _by_field(place, slot) if slot is not None else Asked("json")
    return found if _FITS[found.shape](value) or value is ABSENT or value is None else Asked("json")


def _by_field(place: Place, slot: FieldDef) -> Asked:
    kind, options = kind_of(slot), _options(place, slot)
    if kind in (Kind.NUMBER, Kind.MONEY):
        return Asked("number")
    if kind is Kind.YES_NO:
        return Asked("yes_no", [("true", place.word(True)), ("false", place.word(False))])
    if kind in (Kind.DATE, Kind.DATETIME):
        return Asked("date" if kind is Kind.DATE else "moment")
    if options is None:
        return Asked("words" if kind in MANY else "long" if slot.type.shown_as(slot).key in _LONG else "text")
    return Asked("several" if kind in MANY else "one", options)


def _options(place: Place, slot: FieldDef) -> list[tuple[str, str]] | None:
    kind = kind_of(slot)
    if kind in OF_PEOPLE:
        people = value_at(place.content, "/people")
        names = list(people) if isinstance(people, dict) else []
        bench = place.desk.examined
        return [(name, place.desk.told(person_label(bench, place.content, name))) for name in names]
    if kind in OF_RECORDS:
        found = record_names(place.desk.examined, place.content, place.pointer, slot)
        return [(one.value, place.desk.told(one.label)) for one in found]
    return [(one.key, place.desk.told(one.label)) for one in slot.options] if slot.options else None


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and "," not in one and one.strip() for one in value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_line(value: Any) -> bool:
    return _is_plain(value) and len(str(value).splitlines()) < 2  # a field of one line would lose the others


def fits_moment(value: Any) -> bool:
    """Tell whether a value is a moment that a clock of the browser can show."""
    return isinstance(value, str) and bool(_MOMENT.fullmatch(value))


#: Shape -> whether a value can be shown in it.
_FITS: Mapping[str, Any] = {
    "one": lambda value: isinstance(value, str),
    "several": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "words": _is_words,
    "yes_no": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, str) and bool(_DATE.fullmatch(value)),
    "moment": fits_moment,
    "number": _is_line,
    "text": _is_line,
    "long": _is_plain,
    "json": lambda _value: True,
}


def clock(text: str) -> str:
    """Return a moment as the clock of a browser holds it: to the minute where it has no seconds."""
    text = text.strip().replace(" ", "T")
    text = f"{text}T00:00" if _DATE.fullmatch(text) else text
    return text[:-3] if len(text) > len("2026-03-02T09:00") and text.endswith(":00") else text


def tokens(shape: str, value: Any) -> list[str]:
    """Return a value as its input holds it; nothing where none is given."""
    if value is ABSENT:
        return []
    if shape == "json":
        return [
            value if isinstance(value, str) and not _reads_as_json(value) else json.dumps(value, ensure_ascii=False)
        ]
    if value is None:
        return [EMPTY]
    if isinstance(value, list):
        return [", ".join(value)] if shape == "words" and value else list(value)
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [clock(value)] if shape == "moment" else [str(value)]


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def value_of(shape: str, given: Sequence[str], old: Any) -> Any:
    """Return the value that an input holds; as it was where nothing was changed."""
    given = _lines(given)
    if shape == "moment":
        given = [one if one == EMPTY else clock(one) for one in given]
    if sorted(given) == sorted(_lines(tokens(shape, old))):
        return old
    typed = [one for one in given if one != EMPTY or shape == "json"]
    if len(typed) < len(given) and (old is not None or not typed):
        return None  # what is written beside a box that was ticked before takes its place
    given = typed
    if shape == "several":
        return in_order(given, old)
    return _READ.get(shape, str)(given[0]) if given else ABSENT


def _lines(given: Sequence[str]) -> list[str]:
    """Return texts as every browser sends them back: ends of lines alike, nothing around them; blank ones go."""
    plain = (one.replace("\r\n", "\n").replace("\r", "\n").strip() for one in given)
    return [one for one in plain if one]


def _json(text: str) -> Any:
    return json.loads(text) if _reads_as_json(text) else text


def _number(text: str) -> Any:
    found = number_in(text)
    return text if found is None else found


_READ: Mapping[str, Any] = {
    "yes_no": lambda text: {"true": True, "false": False}.get(text, text),
    "words": lambda text: [one.strip() for one in text.replace("，", ",").split(",") if one.strip()],
    "number": _number,
    "moment": lambda text: text.replace("T", " "),
    "json": _json,
}


@register
class GivenControl(ControlType):
    """What a field holds, is given, or should hold."""

    kind = "given"
    rank = 0

    def fits(self, place: Place) -> bool:
        """Fit the values of a test."""
        return place.noun == "test" and kind_in_test(place.pointer) in VALUES

    def draw(self, place: Place, value: Any) -> Control:
        """Show the input of the field, and where it may be expected or made empty, a way to say so."""
        slot = field_in_test(place.desk.examined, place.content, place.pointer)
        found = asked(place, slot, value)
        held = tokens(found.shape, value)
        known = dict(found.options) | {one: one for one in held if found.options and one not in dict(found.options)}
        known.pop(EMPTY, None)
        options = [(one, label, one in held) for one, label in known.items()]
        text = "" if value is None and found.shape != "json" else held[0] if held else ""
        more = {
            "shape": found.shape,
            "can_be_empty": found.shape != "json" and _can_be_empty(place, value),
            "empty": value is None,
        }
        made = self.control(place, value, value=text, options=options, more=more)
        return replace(made, required=slot is not None and slot.required and _is_made(place))

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the value."""
        if f"{place.name}~" not in data:
            return old
        found = asked(place, field_in_test(place.desk.examined, place.content, place.pointer), old)
        return value_of(found.shape, data.getlist(place.name), old)


def _is_made(place: Place) -> bool:
    """Tell whether a new record is filled in, which needs what must be filled."""
    kind, way = kind_in_test(place.pointer), steps(place.pointer)
    created = way[:1] == ("steps",) and value_at(place.content, f"/steps/{way[1]}/do") == "create"
    return kind in ("given", "cell") or (kind == "typed" and created)


def _can_be_empty(place: Place, value: Any) -> bool:
    way = steps(place.pointer)
    changed = way[:1] == ("steps",) and value_at(place.content, f"/steps/{way[1]}/do") in ("update", "move")
    return value is None or changed or kind_in_test(place.pointer) == "seen"


@register
class MomentControl(ControlType):
    """A moment of a test."""

    kind = "moment"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit the moments of a test that a clock can show."""
        held = value_at(place.content, place.pointer)
        named = place.noun == "test" and place.step in ("now", "at", "created_at", "stage_entered_at")
        return named and place.whole.get("type") == "string" and (held is ABSENT or fits_moment(held))

    def draw(self, place: Place, value: Any) -> Control:
        """Show the clock."""
        return self.control(place, value, value="" if value is ABSENT else clock(value))

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the moment as tests write it."""
        return value_of("moment", data.getlist(place.name), old) if place.name in data else old


def empty_word() -> str:
    """Return the word for an empty value."""
    return str(gettext("empty"))
