"""What was expected and what was found instead, as faults at the places of the expectations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from engine.config.cast import kind_of
from forms.labels import LANGUAGES, Label
from rules.errors import N_, Fault, Term
from rules.rounding import half_away
from rules.types import MANY, OF_PEOPLE, OF_RECORDS

if TYPE_CHECKING:
    from engine.config.spot import Spot
    from engine.config_tests.world import World
    from forms.defs import FieldDef

#: Digits after the point in which two numbers must agree.
DIGITS = 6
#: A place of the test, and the JSON value that would stand there; without a value it is taken away.
Edit = tuple[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Difference(Fault):
    """A finding that a test can take over: after the edits it expects what came out."""

    edits: tuple[Edit, ...] = ()


def differs(place: Spot, edits: tuple[Edit, ...], code: str, template: str, /, **facts: object) -> Difference:
    """Build a finding at a place of the test, with what would have to be changed to expect what came out."""
    return Difference(code, template, facts, pointer=place.pointer, file=place.file, edits=edits)


def instead(place: Spot, value: object) -> tuple[Edit, ...]:
    """Return the edit that puts a value at a place; none for what a test cannot name."""
    names = value if isinstance(value, list) else [value]
    unnamed = any(isinstance(one, str) and one.startswith("#") for one in names)
    return () if unnamed else ((place.pointer, (value,)),)


def written(world: World, slot: FieldDef | None, value: object) -> object:
    """Return a stored value as tests write it."""
    if slot is None or value is None:
        return None
    if kind_of(slot) in OF_PEOPLE | OF_RECORDS:
        listed = value if isinstance(value, list) else [value]
        names = [world.name_of(slot, one) for one in listed]
        return names if isinstance(value, list) else names[0]
    return slot.type.shown_as(slot).to_json(slot, value)


def plain(number: object) -> object:
    """Return a figure as tests write it: rounded as far as it is compared, whole where it is whole."""
    if not isinstance(number, float):
        return number
    rounded = half_away(number, DIGITS)
    return int(rounded) if float(rounded).is_integer() else float(rounded)


def same(slot: FieldDef, one: object, other: object) -> bool:
    """Tell whether two stored values are the same: numbers but for the last digits, several in any order."""
    if isinstance(one, list) and isinstance(other, list) and kind_of(slot) in MANY:
        return sorted(map(str, one)) == sorted(map(str, other))
    return agree(one, other)


def agree(one: object, other: object) -> bool:
    """Tell whether two values agree; numbers but for the last digits."""
    if isinstance(one, float | int) and isinstance(other, float | int):
        return half_away(float(one), DIGITS) == half_away(float(other), DIGITS)
    return one == other


def shown(world: World, slot: FieldDef, value: object) -> object:
    """Return a stored value as people read it; records and people as the test calls them."""
    if value is None or value == []:
        return Term(N_("nothing"))
    if isinstance(value, list):
        return ", ".join(str(shown(world, slot, one)) for one in value)
    if kind_of(slot) in OF_RECORDS | OF_PEOPLE:
        return world.called(slot, value)
    if isinstance(value, bool):
        return Term(N_("yes") if value else N_("no"))
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(world.live.app.context.time_zone)).strftime("%Y-%m-%d %H:%M:%S")
    option = slot.option(value) if isinstance(value, str) else None
    return option.label if option else slot.type.shown_as(slot).to_text(slot, value)


def says(fault: Fault, words: str) -> bool:
    """Tell whether a fault says these words in any language of the config."""
    return any(words in _in_language(fault, language) for language in LANGUAGES)


def _in_language(fault: Fault, language: str) -> str:
    facts: Mapping[str, object] = {
        name: fact.pick(language) if isinstance(fact, Label) else fact for name, fact in fault.facts.items()
    }
    return fault.template.format(**facts)
