"""Lists of more than plain names: fields that are unique together, and columns of a table with their totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin.design.sheet._base import Control, ControlType, Place, draw, read, register
from engine.design.pointers import ABSENT, value_at

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict


@register
class GroupsControl(ControlType):
    """A list of lists of names: each is ticked by itself."""

    kind = "groups"

    def fits(self, place: Place) -> bool:
        """Fit lists of lists."""
        items = place.whole.get("items")
        return place.whole.get("type") == "array" and isinstance(items, dict) and items.get("type") == "array"

    def draw(self, place: Place, value: Any) -> Control:
        """Show each group with its names."""
        held = value if isinstance(value, list) else []
        inner = [draw(place.inside(str(at), place.whole["items"]), one) for at, one in enumerate(held)]
        return self.control(place, value, inner=inner)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the groups; one in which nothing is ticked goes."""
        if f"{place.name}~" not in data:
            return old
        held = old if isinstance(old, list) else []
        order = [int(one) for one in data.getlist(f"{place.name}~") if one.isascii() and one.isdigit() and len(one) < 4]
        before = {at: held[at] if at < len(held) else ABSENT for at in dict.fromkeys(order)}
        found = [read(place.inside(str(at), place.whole["items"]), data, one) for at, one in before.items()]
        kept = [one for one in found if one is not ABSENT and one != []]
        return kept if kept or old == [] else ABSENT


@register
class ColumnsControl(ControlType):
    """Columns of a table in order, each with what the line below it shows."""

    kind = "columns"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit lists of names of which some are objects with a field and a total, as long as no field stands twice."""
        items, held = place.whole.get("items"), value_at(place.content, place.pointer)
        fields = [field_of(one) for one in held] if isinstance(held, list) else []
        told_apart = all(fields) and len(set(fields)) == len(fields)
        return isinstance(items, dict) and {"field", "total"} <= items.get("properties", {}).keys() and told_apart

    def draw(self, place: Place, value: Any) -> Control:
        """Show the columns first, in their order, then the other fields of the rows."""
        held = {field_of(one): one for one in value if field_of(one)} if isinstance(value, list) else {}
        known = dict(place.candidates(f"{place.pointer}/0"))
        names = [*held, *(one for one in known if one not in held)]
        options = [(one, known.get(one, one), one in held) for one in names]
        return self.control(place, value, options=options, more={"totals": [self._totals(place, held.get(one)) for one in names]})  # fmt: skip

    def _totals(self, place: Place, column: Any) -> list[tuple[str, str, bool]]:
        total = place.inside("0", place.whole["items"]).inside("total", place.whole["items"]["properties"]["total"])
        held = column.get("total", "") if isinstance(column, dict) else ""
        words = list(total.whole["enum"])
        words += [held] if held and held not in words else []
        return [(one, total.word(one), one == held) for one in words]

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the ticked columns in the order of the form; one that did not change stays as it was written."""
        if f"{place.name}~" not in data:
            return old
        held = {field_of(one): one for one in old} if isinstance(old, list) else {}
        found = [self._column(one, data.get(f"{place.name}/{one}~total", ""), held) for one in data.getlist(place.name)]
        return found if found or old == [] else ABSENT

    def _column(self, field: str, total: str, held: dict[str, Any]) -> Any:
        before = held.get(field)
        if isinstance(before, dict) and before.get("total", "") == total:
            return before
        return {"field": field, "total": total} if total else field


def field_of(column: Any) -> str:
    """Return the field of a column, written alone or with a total; empty for none."""
    found = column.get("field") if isinstance(column, dict) else column
    return found if isinstance(found, str) else ""
