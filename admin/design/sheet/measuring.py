"""The measure of a tile: one of the app's, chosen in words, or one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin.design.sheet._base import Control, ControlType, Place, draw, register
from admin.design.sheet._measures import measure_words
from admin.design.sheet.nested import members, read_members, shown_member
from engine.design.pointers import ABSENT, value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.datastructures import MultiDict

#: Stands for “one of its own” among the keys of measures.
OWN = "="


@register
class MeasureControl(ControlType):
    """A measure of the app by its key, or one written out."""

    kind = "measure"
    rank = 2

    def fits(self, place: Place) -> bool:
        """Fit what is a name or a measure, unless something else stands there."""
        held = value_at(place.content, place.pointer)
        either = isinstance(place.whole.get("type"), list) and "agg" in place.whole.get("properties", {})
        return either and (held is ABSENT or isinstance(held, str | dict))

    def draw(self, place: Place, value: Any) -> Control:
        """Show the measures of the app, and the members of its own."""
        which = OWN if isinstance(value, dict) else value if isinstance(value, str) else ""
        known = [(key, self._said(place, key)) for key, _ in place.candidates()]
        known += [(which, which)] if which not in ("", OWN, *dict(known)) else []
        held = value if isinstance(value, dict) else {}
        inner = [draw(one, held.get(one.step, ABSENT)) for one in members(place)]
        return self.control(
            place, value, inner=inner, value=which, options=[(key, said, key == which) for key, said in known],
            more={"own": OWN, "said": measure_words(place.desk, held) if "agg" in held else ""},
        )  # fmt: skip

    def _said(self, place: Place, key: str) -> str:
        measure = place.desk.source.app["measures"][key].value
        held = measure if isinstance(measure, dict) else {}
        words = measure_words(place.desk, held) if "agg" in held else ""
        return " – ".join(filter(None, (place.desk.label_of({**held, "key": key}), words)))

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return what shows a member of its own measure."""
        own = isinstance(value_at(place.content, place.pointer), dict)
        return place.name if not way else shown_member(place, way) if own else None

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the key that was chosen, or the measure that was filled in; a first one may be filled in without a choice."""
        if f"{place.name}~" not in data:
            return old
        which = data[f"{place.name}~"]
        if which not in ("", OWN):
            return which
        if not which and old is not ABSENT:
            return ABSENT
        own = read_members(place, data, old if isinstance(old, dict) else {})
        return own if own.get("of") or old == own else ABSENT
