"""A test of a config in sentences: who does what, what values are, what is expected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design._desk import desk
from admin.vocabulary import property_label, value_label
from admin.vocabulary.config_test import HEALTHS, REFUSALS, WHY
from engine.config.cast import kind_of
from engine.config.schema_tests import FIELD_LISTS
from engine.config.spot import Spot
from engine.design.names_in_tests import field_in_test, kind_in_test, names_in_test, person_label, record_label
from engine.design.pointers import steps
from rules.types import OF_PEOPLE, OF_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forms.defs import FieldDef

#: A name, and what is said of it.
Line = tuple[str, str]


def said(test: Spot, place: Spot) -> str:
    """Return a value of a test as people read it."""
    return _value(test, field_in_test(desk().examined, test.value, place.pointer), place.value)


def _value(test: Spot, slot: FieldDef | None, value: Any) -> str:
    if isinstance(value, list):
        return listed([_value(test, slot, one) for one in value])
    if value is None or value == "":
        return str(gettext("empty"))
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, str):
        return _text(test, slot, value)
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


def _text(test: Spot, slot: FieldDef | None, value: str) -> str:
    kind = kind_of(slot) if slot is not None else None
    if kind in OF_PEOPLE:
        return person(test, value)
    if kind in OF_RECORDS:
        return record(test, value)
    option = slot.option(value) if slot is not None else None
    return desk().told(option.label) if option else value


def listed(words: Sequence[str]) -> str:
    """Return words as one list."""
    return str(gettext(", ")).join(words)


def person(test: Spot, name: str) -> str:
    """Return how a person is called; nobody named is an administrator."""
    return desk().told(person_label(desk().examined, test.value, name)) if name else str(gettext("An administrator"))


def record(test: Spot, name: str) -> str:
    """Return how people tell a record of the test."""
    return desk().told(record_label(desk().examined, test.value, name)) if name else str(gettext("a record"))


def form(key: str) -> str:
    """Return how a form is called."""
    found = desk().examined.forms.get(key)
    return desk().said(found) if found is not None else key


def named(test: Spot, place: Spot, name: str) -> str:
    """Return how a name is called that stands at a place: a field, a move, a rule, a role."""
    found = {one.value: one.label for one in names_in_test(desk().examined, test.value, place.pointer)}
    return desk().told(found[name]) if name in found else name


def name_at(content: Any, pointer: str) -> str:
    """Return how the name is called that the last step of a pointer is: a field, a person, a rule; nothing for none."""
    name = steps(pointer)[-1]
    if len(steps(pointer)) == 2 and steps(pointer)[0] == "people":
        return person(Spot(content, ""), name)
    if kind_in_test(pointer) in ("", "person", "record", "role") or name.isdigit():
        return ""
    found = {one.value: one.label for one in names_in_test(desk().examined, content, pointer)}
    return desk().told(found[name]) if name in found else ""


# -- people, records, steps ---------------------------------------------------------------------------------------


def about_person(test: Spot, spot: Spot) -> list[Line]:
    """Say what somebody is, and whom they report to."""
    roles = listed([named(test, one, one.text) for one in spot["roles"].items()])
    found = [(_label("people", "x", name), spot[name].text) for name in ("region", "team") if spot[name].text]
    found += [(_label("people", "x", "manager"), person(test, spot["manager"].text))] if spot["manager"].text else []
    found += [(_label("people", "x", "admin"), str(gettext("yes")))] if spot["admin"].is_true else []
    return [(_label("people", "x", "roles"), roles or str(gettext("none"))), *found]


def about_record(test: Spot, spot: Spot) -> list[Line]:
    """Say what a record holds, whose it is and where it stands."""
    found = list(values(test, spot["values"]))
    found += [(_label("records", "owner"), person(test, spot["owner"].text))] if spot["owner"].text else []
    stage = named(test, spot["stage"], spot["stage"].text)
    found += [(_label("records", "stage"), stage)] if stage else []
    return found + [
        (_label("records", name), spot[name].text)
        for name in ("stage_entered_at", "created_at", "at")
        if spot[name].text
    ]


def values(test: Spot, spot: Spot) -> Iterator[Line]:
    """Say values by field."""
    for key, place in spot.members():
        slot = field_in_test(desk().examined, test.value, place.pointer)
        yield desk().told(slot.label) if slot is not None else key, said(test, place)


def deed(test: Spot, step: Spot) -> str:
    """Say in a sentence what a step does."""
    who = person(test, step["user"].text or test["user"].text)
    what, move = record(test, step["record"].text), named(test, step["to"], step["to"].text)
    sentences = {
        "create": lambda: gettext("%(who)s creates: %(what)s", who=who, what=_made(test, step)),
        "update": lambda: gettext("%(who)s changes %(what)s", who=who, what=what),
        "move": lambda: gettext("%(who)s moves %(what)s: %(move)s", who=who, what=what, move=move),
        "delete": lambda: gettext("%(who)s deletes %(what)s", who=who, what=what),
        "wait": lambda: gettext("Time goes by until %(moment)s", moment=step["at"].text or "…"),
    }
    found = sentences.get(step["do"].text)
    return str(found()) if found else step["do"].text


def _made(test: Spot, step: Spot) -> str:
    """Return what a step creates: by its name in the test, or by its form and title."""
    if step["as"].text:
        return record(test, step["as"].text)
    shape = desk().examined.forms.get(step["form"].text)
    title = step["values"][shape["title"].text].text if shape is not None else ""
    return f"{title} ({form(step['form'].text)})" if title else form(step["form"].text)


def about_step(test: Spot, step: Spot) -> list[Line]:
    """Say what is filled in, the rows included."""
    found = list(values(test, step["values"]))
    for table, rows in step["rows"].members():
        each = [listed([f"{name} {value}" for name, value in values(test, row)]) for row in rows.items()]
        found += [(named(test, rows, table), one) for one in _items(each, rows)]
    return found


def _items(each: list[str], rows: Spot) -> list[str]:
    listed_ = rows.value if isinstance(rows.value, list) else []
    return each or [str(gettext("empty"))] * bool(listed_)


def refusal(test: Spot, step: Spot) -> list[str]:
    """Say that a step is refused, and why; nothing for one that goes through."""
    spot = step["refused"]
    if not (spot.is_true or spot.value):
        return []
    found = []
    for one in spot.items():
        code = REFUSALS.get(one["code"].text)
        parts = [gettext(code) if code else one["code"].text, named(test, one["field"], one["field"].text)]
        parts += [f"“{one['says'].text}”"] if one["says"].text else []
        found.append(" · ".join(part for part in parts if part))
    return found or [""]


# -- what is expected ---------------------------------------------------------------------------------------------


def subject(test: Spot, one: Spot) -> str:
    """Say what is looked at, and by whom."""
    if one["record"].text:
        what = record(test, one["record"].text)
    else:
        what = str(gettext("Filling in: %(form)s", form=form(one["form"].text) or "…"))
    who = one["user"].text or test["user"].text
    return str(gettext("%(what)s, as seen by %(who)s", what=what, who=person(test, who))) if who else what


def expected(test: Spot, one: Spot) -> Iterator[Line]:
    """Say what must be true of a record, or of a form that is being filled in."""
    at = ("expect", "records")
    for name in ("typed", "values"):
        before = f"{_label(*at, 'typed')}: " if name == "typed" else ""
        yield from ((f"{before}{label}", value) for label, value in values(test, one[name]))
    for name in FIELD_LISTS:
        if one[name].texts:
            yield _label(*at, name), listed([named(test, item, item.text) for item in one[name].items()])
    yield from ((named(test, place, key), _move(test, place)) for key, place in one["moves"].members())
    yield from ((named(test, place, key), _told(test, place)) for key, place in one["alerts"].members())
    for verb, place in one["rights"].members():
        yield value_label("form", ("permissions", "actions"), verb), _yes_no(place)
    for key, place in one["access"].members():
        yield named(test, place, key), value_label("test", (*at, "access", "x"), place.text)
    if one["deleted"].is_given:
        yield _label(*at, "deleted"), _yes_no(one["deleted"])


def around(test: Spot, expect: Spot) -> Iterator[Line]:
    """Say what must be true beside records: alerts, key results, how many records somebody sees."""
    yield from ((named(test, place, key), _told(test, place)) for key, place in expect["alerts"].members())
    for _, results in expect["key_results"].members():
        yield from ((named(test, place, key), _figure(place)) for key, place in results.members())
    for key, place in expect["counts"].members():
        yield form(key), str(gettext("records in sight: %(count)s", count=place.value))


def _yes_no(place: Spot) -> str:
    return str(gettext("yes") if place.is_true else gettext("no"))


def _move(test: Spot, place: Spot) -> str:
    if not isinstance(place.value, dict):
        return str(gettext("is open") if place.is_true else gettext("is closed"))
    reasons = [gettext(WHY[one]) for one in place["why"].texts if one in WHY]
    fields = [named(test, item, item.text) for item in place["missing"].items()]
    return " · ".join(filter(None, (gettext("is closed"), listed(reasons), listed(fields))))


def _told(test: Spot, place: Spot) -> str:
    if isinstance(place.value, list):
        people = listed([person(test, one.text) for one in place.items()]) or gettext("nobody")
        return str(gettext("fires, and tells %(people)s", people=people))
    return str(gettext("fires") if place.is_true else gettext("does not fire"))


def _figure(place: Spot) -> str:
    parts = place.value if isinstance(place.value, dict) else {"value": place.value}
    found = [
        f"{_label('expect', 'key_results', 'x', 'x', name)} {_plain(gettext(HEALTHS[one]) if one in HEALTHS else one)}"
        for name, one in parts.items()
    ]
    return listed(found) if isinstance(place.value, dict) else _plain(place.value)


def _plain(value: Any) -> str:
    return str(gettext("no value")) if value is None else str(value)


def _label(*path: str) -> str:
    return property_label("test", path)
