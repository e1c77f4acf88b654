"""Naming what is declared elsewhere: one field, stage, role or form, or a list of them in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design.sheet._base import WRITTEN, Control, ControlType, Place, register
from admin.design.sheet.choosing import in_order
from engine.design.names_in_tests import person_label
from engine.design.pointers import ABSENT, value_at

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

#: Members whose order means something.
_ORDERED = frozenset({"columns", "sort", "order", "card", "fields", "sections"})


@register
class NameControl(ControlType):
    """The name of one thing."""

    kind = "select"

    def fits(self, place: Place) -> bool:
        """Fit texts that name what can be listed."""
        found = place.named()
        text = place.whole.get("type") == "string"
        return text and found is not None and found.kind not in WRITTEN

    def draw(self, place: Place, value: Any) -> Control:
        """Show what there is; a name that is not known stays, as it is written."""
        known = place.candidates()
        text = value if isinstance(value, str) else ""
        if text and text not in dict(known):
            known.append((text, text))
        options = [(one, label, one == text) for one, label in known]
        return self.control(place, value, value=text, options=options, more={"none": _nobody(place)})

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the name."""
        return (data[place.name].strip() or ABSENT) if place.name in data else old


def _nobody(place: Place) -> str:
    """Return who acts or looks in a test where nobody is named; nothing for all other names."""
    if place.noun != "test" or place.step != "user":
        return ""
    name = value_at(place.content, "/user") if place.pointer != "/user" else ABSENT
    if not isinstance(name, str):
        return str(gettext("An administrator"))
    who = place.desk.told(person_label(place.desk.examined, place.content, name))
    return str(gettext("As in the whole test: %(who)s", who=who))


@register
class NamesControl(ControlType):
    """A list of names: ticked, and where their order counts, put in order."""

    kind = "names"
    rank = 5

    def fits(self, place: Place) -> bool:
        """Fit lists of such names."""
        items = place.whole.get("items")
        if place.whole.get("type") not in ("array", ["array", "string"], ["string", "array"]) or not items:
            return False
        found = place.inside("0", items).named()
        return found is not None and found.kind not in WRITTEN and items.get("type", "string") == "string"

    def draw(self, place: Place, value: Any) -> Control:
        """Show what is chosen first, in its order, then the rest."""
        listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        chosen = [one for one in listed if isinstance(one, str)]
        known = dict(place.candidates(f"{place.pointer}/0"))
        known |= {one: one for one in chosen if one not in known}
        any_ = "*" in chosen
        known.pop("*", None)
        rest = [one for one in known if one not in chosen]
        options = [(one, known[one], one in chosen) for one in [*(one for one in chosen if one in known), *rest]]
        more = {"ordered": place.step in _ORDERED, "any": any_, "can_any": "then" in place.whole}
        return self.control(place, value, options=_told_apart(options), more=more)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the ticked names in the order of the form; a name that stood alone stays alone."""
        if f"{place.name}~" not in data:
            return old
        ticked = data.getlist(place.name)
        if "*" in ticked:
            return "*"
        if isinstance(old, str) and ticked == [old]:
            return old
        if place.step in _ORDERED:
            return ticked if ticked or old == [] else ABSENT
        return in_order(ticked, old)


def _told_apart(options: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    """Return sorts in words: upwards and downwards of one field are two entries."""
    down = {one for one, _, _ in options if one.startswith("-")}
    if not down:
        return options
    return [(one, f"{label} {'↓' if one in down else '↑'}", chosen) for one, label, chosen in options]
