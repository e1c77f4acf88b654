"""Choosing one or several of the words that a schema knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin.design.sheet._base import Control, ControlType, Place, register
from engine.design.pointers import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.datastructures import MultiDict


@register
class ConstantControl(ControlType):
    """What is fixed, such as a field's type, and what editors alone need."""

    kind = "constant"
    rank = 0

    def fits(self, place: Place) -> bool:
        """Fit constants."""
        return "const" in place.whole or place.step == "$schema"

    def draw(self, place: Place, value: Any) -> Control:
        """Show nothing."""
        return self.control(place, value)

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return None."""
        return None

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return it as it is."""
        return old


@register
class EnumControl(ControlType):
    """One of several words, or numbers."""

    kind = "select"
    rank = 2

    def fits(self, place: Place) -> bool:
        """Fit what lists its values."""
        return isinstance(place.whole.get("enum"), list)

    def draw(self, place: Place, value: Any) -> Control:
        """Show the words in the viewer's language."""
        known = list(place.whole["enum"])
        known += [] if value is ABSENT or value in known else [value]
        options = [(str(one), place.word(one), one == value) for one in known]
        return self.control(
            place, value, options=options, value="" if value is ABSENT else str(value), more={"color": place.piece == "color"}
        )  # fmt: skip

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the word as the schema has it."""
        if place.name not in data:
            return old
        text = data[place.name]
        known = [*place.whole["enum"], *([] if old is ABSENT else [old])]
        return next((one for one in known if str(one) == text), text or ABSENT)


@register
class EnumsControl(ControlType):
    """Several of a few words."""

    kind = "checks"

    def fits(self, place: Place) -> bool:
        """Fit lists of words that are listed."""
        items = place.whole.get("items")
        return place.whole.get("type") == "array" and isinstance(items, dict) and "enum" in items

    def draw(self, place: Place, value: Any) -> Control:
        """Show a box per word."""
        chosen = value if isinstance(value, list) else []
        known = [*place.whole["items"]["enum"], *(one for one in chosen if one not in place.whole["items"]["enum"])]
        options = [(str(one), place.word(one), one in chosen) for one in known]
        return self.control(place, value, options=options)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the ticked words, those that stood there before in their old order."""
        if f"{place.name}~" not in data:
            return old
        return in_order(data.getlist(place.name), old)


def in_order(ticked: list[str], old: Any) -> Any:
    """Return what was ticked: first what stood there, in its order; ABSENT for nothing, unless an empty list stood there."""
    before = [one for one in old if one in ticked] if isinstance(old, list) else []
    found = [*before, *(one for one in ticked if one not in before)]
    return found if found or old == [] else ABSENT
