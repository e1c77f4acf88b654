"""Places with a meaning of their own, and at last whatever has no control: it is shown and kept as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from admin.design.sheet._addresses import address_of
from admin.design.sheet._base import Control, ControlType, Place, register
from admin.design.sheet.numbers import number_in, number_text
from engine.config.measures import DATES, GROUPS
from engine.design import candidates as names
from engine.design.pointers import ABSENT, value_at

#: Stands for what is written out among the fields that can be chosen.
WRITTEN = "="

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict


@register
class WindowControl(ControlType):
    """The stretch of time of a measure: a word, or the last so many units."""

    kind = "window"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit `window`."""
        return place.step == "window" and "last" in place.whole.get("properties", {})

    def draw(self, place: Place, value: Any) -> Control:
        """Show the words, and number and unit for the last one."""
        last = value if isinstance(value, dict) else {}
        word = "last" if last else value if isinstance(value, str) else ""
        words = [(one, place.word(one), one == word) for one in (*place.whole["then"]["enum"], "last")]
        units = place.whole["properties"]["unit"]["enum"]
        unit = last.get("unit", "month")
        return self.control(
            place, value, options=words, value=word, more={
                "last": number_text(last.get("last", ABSENT)),
                "units": [(one, place.inside("unit", {}).word(one), one == unit) for one in units],
            }
        )  # fmt: skip

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the word, or how many of which unit."""
        if place.name not in data:
            return old
        word, amount = data[place.name], data.get(f"{place.name}/last", "").strip()
        if word != "last":
            return word or ABSENT
        found = number_in(amount)
        return {"last": found if found is not None else amount, "unit": data.get(f"{place.name}/unit", "month")}


def _groups(place: Place, form: str) -> list[tuple[str, str]]:
    """Return (key, name) of what records of a form can be split by without writing."""
    shape = place.desk.examined.shapes.promised.get(form, {})
    fields = place.desk.fields(form) if form else {}
    return [(key, place.desk.told(one.label)) for key, one in fields.items() if shape[key].kind in GROUPS | DATES]


@register
class GroupingControl(ControlType):
    """What a measure is split by: the values of an expression, or stretches of a date."""

    kind = "by"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit `by`, unless something stands there that is neither."""
        held = value_at(place.content, place.pointer)
        members = held.values() if isinstance(held, dict) else [] if held is ABSENT else [held]
        return "period" in place.whole.get("properties", {}) and all(isinstance(one, str) for one in members)

    def draw(self, place: Place, value: Any) -> Control:
        """Show the expression and the period."""
        parts = value if isinstance(value, dict) else {"expression": value} if isinstance(value, str) else {}
        period = place.inside("period", place.whole["properties"]["period"])
        known = dict.fromkeys([*period.whole["enum"], *filter(None, [parts.get("period")])])
        form = names.form_at(place.section, place.content, place.pointer, place.desk.examined)
        text, fields = parts.get("expression", ""), _groups(place, form)
        return self.control(
            place, value, value=text, options=[(key, said, key == text) for key, said in fields], more={
                "address": address_of(place, form), "period": period.label, "written": bool(text) and text not in dict(fields),
                "periods": [(one, period.word(one), one == parts.get("period")) for one in known],
            }
        )  # fmt: skip

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the expression alone, or both; as it was written where it says the same."""
        if place.name not in data:
            return old
        chosen, period = data.get(f"{place.name}/field", WRITTEN), data.get(f"{place.name}/period", "")
        text = data[place.name].strip() if chosen == WRITTEN else chosen
        before = {"expression": old} if isinstance(old, str) else old if isinstance(old, dict) else {}
        found = {name: one for name, one in (("expression", text), ("period", period)) if one}
        if found == before and old is not ABSENT:
            return old
        return found.get("expression", ABSENT) if not period else found


@register
class DefaultControl(ControlType):
    """The value of a new record, in the manner of its field."""

    kind = "default"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit `default`."""
        return place.step == "default"

    def draw(self, place: Place, value: Any) -> Control:
        """Show options where the field has some, yes and no for such a field, else one line."""
        options = [
            (key, label, key in (value if isinstance(value, list) else [value])) for key, label in _choices(place)
        ]
        text = value if isinstance(value, str) else "" if value is ABSENT else json.dumps(value, ensure_ascii=False)
        several = _type(place) in ("choices", "tags")
        return self.control(place, value, value=text, options=options, more={"several": several and bool(options)})

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return what was chosen or written: numbers and yes or no as such."""
        if place.name not in data:
            return old
        given = [one for one in data.getlist(place.name) if one.strip()]
        if _type(place) in ("choices", "tags") and _choices(place):
            before = old if isinstance(old, list) else []
            found = [*(one for one in before if one in given), *(one for one in given if one not in before)]
            return found or ABSENT
        text = given[0].strip() if given else ""
        if text == ("" if old is ABSENT else old if isinstance(old, str) else json.dumps(old, ensure_ascii=False)):
            return old
        return _typed(place, text)


def _type(place: Place) -> str:
    found = value_at(place.content, place.pointer.rpartition("/")[0] + "/type")
    return found if isinstance(found, str) else ""


def _choices(place: Place) -> list[tuple[str, str]]:
    if _type(place) == "yes_no":
        return [("true", place.word("yes")), ("false", place.word("no"))]
    options = value_at(place.content, place.pointer.rpartition("/")[0] + "/options")
    listed = options if isinstance(options, list) else []
    return [
        (str(one.get("key")), place.desk.label_of(one)) for one in listed if isinstance(one, dict) and one.get("key")
    ]


def _typed(place: Place, text: str) -> Any:
    if not text:
        return ABSENT
    if _type(place) == "yes_no":
        return {"true": True, "false": False}.get(text, text)
    numeric = _type(place) in ("number", "integer", "money", "percent", "rating", "duration")
    found = number_in(text) if numeric else None
    if found is not None:
        return found
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


@register
class JsonControl(ControlType):
    """Whatever no other control fits: JSON, kept as it is written."""

    kind = "json"
    rank = 99

    def fits(self, place: Place) -> bool:
        """Fit everything."""
        return True

    def draw(self, place: Place, value: Any) -> Control:
        """Show a plain text as such, anything else as JSON."""
        return self.control(place, value, value=_shown(value))

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the JSON; what is none is a text."""
        if place.name not in data:
            return old
        text = data[place.name].replace("\r\n", "\n").strip()
        if text == _shown(old):
            return old
        if not text:
            return ABSENT
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text


def _shown(value: Any) -> str:
    if value is ABSENT:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
