"""Objects of a test with a line for each name that there is: fields, moves, rules, rights; left open where nothing is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design.sheet._base import Control, ControlType, Place, draw, read, register, type_at
from admin.vocabulary import value_word
from engine.design.pointers import ABSENT, value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.datastructures import MultiDict

#: Lines that are always shown; those that say something, or must, come first, and what is more is folded away.
FEW = 5


@register
class EachControl(ControlType):
    """A line for each name."""

    kind = "each"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit objects of a test whose keys can be listed."""
        whole, held = place.whole, value_at(place.content, place.pointer)
        keyed = whole.get("type") == "object" and not whole.get("properties")
        sound = held is ABSENT or (isinstance(held, dict) and "" not in held)
        return place.noun == "test" and keyed and sound and bool(place.candidates(f"{place.pointer}/x"))

    def draw(self, place: Place, value: Any) -> Control:
        """Show what is said first, then all other names."""
        held = value if isinstance(value, dict) else {}
        known = dict(place.candidates(f"{place.pointer}/x"))
        lines = {key: self._line(place, key, held.get(key, ABSENT), known.get(key, key)) for key in _names(held, known)}
        asked = [key for key, one in lines.items() if key in held or one.required]
        inner = [lines[key] for key in dict.fromkeys([*asked, *lines])]
        first = max(len(asked), FEW)
        return self.control(place, value, inner=inner, more={"first": first if len(inner) > first + 1 else len(inner)})

    def _line(self, place: Place, key: str, value: Any, label: str) -> Control:
        word = value_word("form", ("permissions", "actions"), key) if place.step == "rights" else None
        inner = _inside(place, key)
        return replace(draw(inner, value), label=gettext(word) if word else label, help="")

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return what shows the value of a name, or what is inside it."""
        if not way:
            return place.name
        inner = _inside(place, way[0])
        known = dict(place.candidates(f"{place.pointer}/x"))
        held = value_at(place.content, place.pointer)
        shown = way[0] in known or (isinstance(held, dict) and way[0] in held)
        return type_at(inner).within(inner, way[1:]) if shown else place.name

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return what the lines say; those that were not posted stay."""
        found = dict(old) if isinstance(old, dict) else {}
        for key in _names(found, dict(place.candidates(f"{place.pointer}/x"))):
            value = read(_inside(place, key), data, found.get(key, ABSENT))
            if value is ABSENT:
                found.pop(key, None)
            else:
                found[key] = value
        return found if found or old == {} else ABSENT


def _names(held: dict[str, Any], known: dict[str, str]) -> list[str]:
    return [*held, *(one for one in known if one not in held)]


def _inside(place: Place, key: str) -> Place:
    rest = place.whole.get("additionalProperties")
    return place.inside(key, rest if isinstance(rest, dict) else {})
