"""What differs between two configs, in words: the rows of a table, the same before publishing and before going back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext

from admin.difference_values import saying
from admin.difference_words import Ordered, ordering, placing
from engine.design.diff import diff, reordered
from engine.templates.three_way import NONE

if TYPE_CHECKING:
    from engine.config.desk import Desk as Bench
    from engine.config.source import Source
    from engine.templates.three_way import Difference

#: Differences shown; a config that came whole from elsewhere may have thousands.
MOST = 300
WORDS = {
    "added": lazy_gettext("added"),
    "removed": lazy_gettext("removed"),
    "changed": lazy_gettext("changed"),
}
PILLS = {"added": "good", "removed": "bad", "changed": "warn"}


@dataclass(frozen=True)
class Row:
    """One difference."""

    kind: str
    where: str
    before: str
    after: str

    @property
    def word(self) -> Any:
        """Return what happens there."""
        return WORDS[self.kind]

    @property
    def pill(self) -> str:
        """Return the colour of it."""
        return PILLS[self.kind]


@dataclass(frozen=True)
class Changes:
    """What differs; `more` is how many rows are left out."""

    rows: list[Row]
    orders: list[Ordered]
    more: int


def changes(bench: Bench, before: Source, after: Source) -> Changes:
    """Return what differs between two configs; conditions are read over the forms of the bench."""
    found, sources = diff(before, after), (before, after)
    place, in_words, said = placing(*sources), ordering(*sources), saying(bench, *sources)
    rows = [Row(_kind(one), place(one), *said(one)) for one in found[:MOST]]
    return Changes(rows, [in_words(one) for one in reordered(*sources)], max(0, len(found) - MOST))


def _kind(one: Difference) -> str:
    return "added" if one.ours is NONE else "removed" if one.theirs is NONE else "changed"
