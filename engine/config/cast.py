"""Values that tests give and expect: fields that exist, records and people by the names that the test gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.config.desk import Desk
from engine.config.spot import Spot
from forms.defs import FieldDef
from forms.errors import FormError
from rules.errors import N_
from rules.types import OF_PEOPLE, OF_RECORDS

_NO_FIELD = N_("There is no field “{name}” in this form.")
#: System names that may be typed.
_TYPED = ("owner",)


@dataclass
class Cast:
    """The names that a test uses at one point: people, and records with their forms."""

    people: frozenset[str]
    records: dict[str, str] = field(default_factory=dict)


def check_field_names(desk: Desk, form: str, names: Spot, *, system: bool = False) -> None:
    """Check that a place, or each item of it, names a field of the form."""
    known = _names(desk, form, system=system)
    for item in names.items():
        desk.named(item, known, "field.unknown", _NO_FIELD)


def _names(desk: Desk, form: str, *, system: bool) -> tuple[str, ...]:
    return (*desk.shapes.keys.get(form, ()), *(desk.shapes.system(form) if system else _TYPED))


def check_values(
    desk: Desk, form: str, values: Spot, cast: Cast, *, read: bool = False, expected: bool = False
) -> None:
    """Check values by field; `read` also what they hold, which a step may get wrong on purpose."""
    if form not in desk.forms:
        return
    known = _names(desk, form, system=expected)
    for key, value in values.members():
        if desk.named(Spot(key, value.file, value.pointer), known, "field.unknown", _NO_FIELD):
            slot = desk.shapes.field(form, key) or desk.shapes.system(form).get(key)
            if slot is not None:
                _check_value(desk, slot, value, cast, read=read or expected, expected=expected)


def _check_value(desk: Desk, slot: FieldDef, value: Spot, cast: Cast, *, read: bool, expected: bool) -> None:
    if slot.type.is_table or slot.type.keeps_files:
        template = N_("A {type} field cannot be given in a test.")
        desk.add(value.fault("test.value", template, type=slot.type.key))
    elif slot.is_derived and not expected:
        template = N_("“{name}” is computed: nobody can fill it.")
        desk.add(value.fault("field.derived", template, name=slot.key))
    elif kind_of(slot) in OF_PEOPLE:
        template = N_("There is nobody called “{name}” in this test.")
        _check_names(desk, value, cast.people, "test.person", template)
    elif kind_of(slot) in OF_RECORDS:
        template = N_("There is no record called “{name}” in this test at this point.")
        _check_names(
            desk, value, [name for name, form in cast.records.items() if slot.to in ("", form)], "test.record", template
        )
    elif read:
        _check_read(desk, slot, value)


def kind_of(slot: FieldDef) -> object:
    """Return the kind of what a field holds."""
    return slot.type.rule_type(slot).kind


def _check_names(desk: Desk, value: Spot, known: Iterable[str], code: str, template: str) -> None:
    names = tuple(known)
    listed = list(value.items())
    for item in listed or ([value] if value.is_given else []):
        if item.text:
            desk.named(item, names, code, template)
        elif item.is_given:
            words = N_("Records and people are named here as in this test.")
            desk.add(item.fault("test.name", words))


def _check_read(desk: Desk, slot: FieldDef, value: Spot) -> None:
    try:
        slot.type.shown_as(slot).parse_input(slot, value.value, desk.input)
    except FormError as error:
        for fault in error.faults:
            desk.add(fault.at(file=value.file, pointer=value.pointer))
