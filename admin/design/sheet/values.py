"""Values in the manner of what they are compared with: paths to other records, days of a calendar, values of a field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design.sheet._base import Control, ControlType, Place, register
from admin.design.sheet.choosing import in_order
from engine.design import candidates as names
from engine.design.pointers import ABSENT, value_at
from engine.triggers.schedule import MONTH_DAYS, MONTHS, WEEKDAYS
from rules.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.datastructures import MultiDict

    from admin.design._desk import Desk
    from forms.defs import FieldDef

#: References that a path may lead over, and paths that are offered.
HOPS, MOST_PATHS = 2, 400
#: Stands for “empty” among the values.
EMPTY = "~"


@register
class PathControl(ControlType):
    """A field behind a reference: chosen from those that can be reached."""

    kind = "select"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit paths."""
        found = place.named()
        return found is not None and found.kind == "path"

    def draw(self, place: Place, value: Any) -> Control:
        """Show the paths in words; one that is not known stays, as it is written."""
        text = value if isinstance(value, str) else ""
        form = names.form_at(place.section, place.content, place.pointer, place.desk.examined)
        known = dict(_paths(place.desk, form, HOPS))
        known |= {} if not text or text in known else {text: text}
        return self.control(place, value, value=text, options=[(one, said, one == text) for one, said in known.items()])

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the path."""
        return (data[place.name].strip() or ABSENT) if place.name in data else old


def _paths(desk: Desk, form: str, hops: int) -> list[tuple[str, str]]:
    return [one for _place, one in zip(range(MOST_PATHS), _reached(desk, form, hops), strict=False)]


def _reached(desk: Desk, form: str, hops: int) -> Iterator[tuple[str, str]]:
    """Yield (path, name) of the fields behind the references of a form."""
    promised = desk.examined.shapes.promised
    links = [(key, one) for key, one in desk.fields(form).items() if promised[form][key].kind is Kind.REFERENCE]
    for key, link in links:
        to, said = promised[form][key].form, desk.told(link.label)
        own = desk.examined.shapes.fields(to)
        yield from ((f"{key}.{name}", f"{said} › {desk.told(one.label)}") for name, one in own.items())
    for key, link in links if hops > 1 else ():
        further = _reached(desk, promised[form][key].form, hops - 1)
        yield from ((f"{key}.{path}", f"{desk.told(link.label)} › {said}") for path, said in further)


@register
class DaysControl(ControlType):
    """Days of the week, or of the month."""

    kind = "checks"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit the days of a schedule."""
        return place.section == "alerts" and place.words == ("schedule", "on")

    def draw(self, place: Place, value: Any) -> Control:
        """Show the days that go with how often it is; those that are written stay in any case."""
        held = [str(one) for one in value] if isinstance(value, list) else []
        days = dict.fromkeys([*_days_of(_every(place)), *held])
        return self.control(place, value, options=[(one, place.word(one), one in held) for one in days])

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the days, those of the month as numbers; where it is another rhythm now, those that go with it."""
        if f"{place.name}~" not in data:
            return old
        kept = {str(one): one for one in old} if isinstance(old, list) else {}
        ticked, every = data.getlist(place.name), data.get(f"{place.name.removesuffix('on')}every", _every(place))
        if every != _every(place):
            ticked = [one for one in ticked if one in _days_of(every)]
        return in_order([kept.get(one, int(one) if one.isascii() and one.isdecimal() else one) for one in ticked], old)


def _every(place: Place) -> Any:
    return value_at(place.content, place.pointer.rpartition("/")[0] + "/every")


def _days_of(every: Any) -> tuple[str, ...]:
    """Return the days that go with a rhythm: all of them where none is chosen yet."""
    anything = every is ABSENT or every == ""
    weekly = WEEKDAYS if every == "week" or anything else ()
    return (*weekly, *map(str, range(1, 32)), *MONTH_DAYS) if every in MONTHS or anything else weekly


@register
class ValuesControl(ControlType):
    """Values that a watched field had or has: its options and empty, ticked."""

    kind = "checks"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit what a field changed from and to, where the field has options and every value is one of them."""
        if place.section != "alerts" or place.words not in (("changed", "from"), ("changed", "to")):
            return False
        held = value_at(place.content, place.pointer)
        values = [] if held is ABSENT else held if isinstance(held, list) else [held]
        options = _options(place)
        return bool(options) and all(_token(one) in options for one in values)

    def draw(self, place: Place, value: Any) -> Control:
        """Show a box per option, and one for empty."""
        values = [] if value is ABSENT else value if isinstance(value, list) else [value]
        held = [_token(one) for one in values]
        options = [(one, said, one in held) for one, said in _options(place).items()]
        return self.control(place, value, options=options)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the values; one alone stays alone."""
        if f"{place.name}~" not in data:
            return old
        ticked = [_value(one) for one in data.getlist(place.name) if one in _options(place)]
        if not isinstance(old, list) and old is not ABSENT and ticked == [old]:
            return old
        return in_order(ticked, old)


def _options(place: Place) -> dict[str, str]:
    watched = value_at(place.content, "/changed/field")
    key = watched[0] if isinstance(watched, list) and len(watched) == 1 else watched
    form = names.form_at(place.section, place.content, place.pointer, place.desk.examined)
    field: FieldDef | None = place.desk.fields(form).get(key) if isinstance(key, str) and form else None
    if field is None:
        return {}
    found = {one.key: place.desk.told(one.label) for one in field.options}
    if field.type.key == "yes_no":
        found = {"true": place.word(True), "false": place.word(False)}
    return {**found, EMPTY: gettext("empty")} if found else {}


def _token(value: Any) -> str:
    return EMPTY if value is None else value if isinstance(value, str) else json.dumps(value)


def _value(token: str) -> Any:
    return {EMPTY: None, "true": True, "false": False}.get(token, token)
