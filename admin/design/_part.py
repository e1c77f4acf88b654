"""One file of a draft while it is designed, and what the buttons of every designer do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from admin.design._desk import desk
from admin.design.sheet import pointer_of
from engine.config.spot import Spot
from engine.design.pointers import ABSENT, moved, value_at, with_value


def label_of(part: Part) -> str:
    chosen = part.chosen
    return desk().label_of(chosen) if isinstance(chosen, dict) else part.at


@dataclass
class Part:
    """One file while it is designed: `content` is changed by the edit at hand, `at` is the pointer of what is chosen."""

    path: str
    content: Any
    at: str = ""
    #: What was said of the edit, for the list of edits.
    note: str = ""
    #: Where the answer leads, when not back to the designer.
    onward: str = ""
    #: How what is chosen is called in the list of edits.
    name_of: Callable[[Part], str] = label_of

    @cached_property
    def key(self) -> str:
        """Return the part's key as the address has it."""
        return self.path.rpartition("/")[2].removesuffix(".json")

    @property
    def spot(self) -> Spot:
        """Return the file as a place."""
        return Spot(self.content, self.path)

    @property
    def chosen(self) -> Any:
        """Return what is chosen, ABSENT where nothing stands."""
        return value_at(self.content, self.at)

    def put(self, pointer: str, value: Any) -> None:
        """Put a value into the content."""
        self.content = with_value(self.content, pointer, value)


#: A button of a designer: changes the part by what was posted.
Act = Callable[[Part], None]

#: Buttons that store the sheet as it is.
SHEET = frozenset({"save", "condition"})
#: Buttons that only put something new in: whatever others changed meanwhile, nothing of it is overwritten.
ADDING = frozenset(
    {"new", "section", "stage", "transition", "objective", "entry", "filter", "step", "person", "record"}
)
#: Buttons that only draw the sheet again.
INSIDE = frozenset({"add", "remove", "up", "down", "change"})


def _nothing(part: Part) -> None:
    """Store the sheet as it was posted."""
    part.note = gettext("changed “%(what)s”", what=_named(part)) if part.at else gettext("changed the properties")


def _condition(part: Part) -> None:
    """Store the sheet, then go on to the conditions of one of its properties."""
    pointer = pointer_of(part.content, part.at, request.form["-act"].partition(":")[2])
    back = request.form.get("-back", "")
    part.onward = url_for("design.condition", app_key=desk().app_key, path=part.path, at=pointer, back=back)


def _take(part: Part) -> None:
    """Take the chosen thing away, or the whole file where nothing is chosen."""
    if not part.at:
        part.content, part.note = ABSENT, gettext("took it away")
        return
    part.note = gettext("took “%(what)s” away", what=_named(part))
    part.put(part.at, ABSENT)
    part.at = ""


def _shift(part: Part, by: int) -> None:
    above, _, step = part.at.rpartition("/")
    part.content = moved(part.content, part.at, int(step) + by)
    last = len(value_at(part.content, above)) - 1
    part.note = gettext("moved “%(what)s”", what=_named(part))
    part.at = f"{above}/{max(0, min(last, int(step) + by))}"


def _drop(part: Part) -> None:
    """Move an item of a list, dragged to a place: `what` is its pointer, `place` where it goes."""
    what, place = request.form.get("what", ""), request.form.get("place", 0, type=int)
    part.content = moved(part.content, what, place)
    part.note = gettext("changed the order")
    part.at = ""


def _named(part: Part) -> str:
    return part.name_of(part)


#: Buttons of every designer.
COMMON: Mapping[str, Act] = {
    "save": _nothing,
    "condition": _condition,
    "take": _take,
    "earlier": lambda part: _shift(part, -1),
    "later": lambda part: _shift(part, 1),
    "drop": _drop,
}
