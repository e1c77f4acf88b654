"""The picture of a form, chosen by how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design.sheet._base import Control, ControlType, Place, register
from admin.vocabulary.pictures import PICTURES
from engine.design.pointers import ABSENT

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict


@register
class IconControl(ControlType):
    """One picture of many."""

    kind = "icon"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit `icon`."""
        return place.step == "icon" and place.whole.get("type") == "string"

    def draw(self, place: Place, value: Any) -> Control:
        """Show the pictures, and among them one that was written."""
        chosen = value if isinstance(value, str) else ""
        known = {**PICTURES, **({} if not chosen or chosen in PICTURES else {chosen: chosen})}
        options = [(name, gettext(word), name == chosen) for name, word in known.items()]
        return self.control(place, value, value=chosen, options=options)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the name of the picture."""
        return (data[place.name].strip() or ABSENT) if place.name in data else old
