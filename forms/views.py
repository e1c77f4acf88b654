"""What a view of a form is: a kind of screen and its settings, declared in a config or saved by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forms.labels import Label

if TYPE_CHECKING:
    from rules.checked import Checked

#: Kinds of screens that show the records of a form.
KINDS = ("table", "board", "calendar", "cards", "timeline")
#: What a column may be added up to.
TOTALS = ("count", "sum", "avg", "min", "max")
#: Periods that a date may be grouped by.
PERIODS = ("day", "week", "month", "quarter", "half_year", "year")
#: Settings that name one field: where it stands on the calendar or the timeline, its lanes, picture and colour.
FIELD_SETTINGS = ("date", "start", "end", "lanes", "cover", "color")

#: Bounds of what a view may hold.
MOST_COLUMNS = 50
MOST_SORTED = 3
MOST_PINNED = 5
NARROWEST, WIDEST = 60, 900
MOST_LETTERS = 2_000


@dataclass(frozen=True)
class ViewSettings:
    """How a view looks; what is empty is as the form has it."""

    columns: tuple[str, ...] = ()
    #: Column -> pixels.
    widths: Mapping[str, int] = field(default_factory=dict)
    #: Columns at the beginning that stay in sight.
    pinned: int = 0
    #: Fields, `-field` going down.
    sort: tuple[str, ...] = ()
    #: A field, or `field:month` for a date.
    group: str = ""
    #: Column -> what it is added up to.
    totals: Mapping[str, str] = field(default_factory=dict)
    #: An expression.
    filter: str = ""
    #: `date`, `start`, `end`, `lanes`, `cover`, `color` -> the field that serves for it.
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, object]) -> ViewSettings:
        """Read settings as they are stored; what makes no sense is left out."""
        return cls(
            _names(given.get("columns"))[:MOST_COLUMNS],
            {key: width_of(value) for key, value in _pairs(given.get("widths")) if isinstance(value, int)},
            _whole(given.get("pinned")),
            _names(given.get("sort"))[:MOST_SORTED],
            _text(given.get("group")),
            {key: str(value) for key, value in _pairs(given.get("totals")) if value in TOTALS},
            _text(given.get("filter"))[:MOST_LETTERS],
            {key: name for key in FIELD_SETTINGS if (name := _text(given.get(key)))},
        )

    @property
    def stored(self) -> dict[str, object]:
        """Return the settings as they are stored, without what is empty."""
        all_: dict[str, object] = {
            "columns": list(self.columns),
            "widths": dict(self.widths),
            "pinned": self.pinned,
            "sort": list(self.sort),
            "group": self.group,
            "totals": dict(self.totals),
            "filter": self.filter,
            **self.fields,
        }
        return {key: value for key, value in all_.items() if value}

    @property
    def grouped(self) -> tuple[str, str]:
        """Return the field that the records are grouped by, and the period of a date."""
        key, _, period = self.group.partition(":")
        return key, period

    @property
    def names(self) -> frozenset[str]:
        """Return the fields that are named anywhere but in the filter."""
        sorts = (one.removeprefix("-") for one in self.sort)
        found = {*self.columns, *self.widths, *sorts, self.grouped[0], *self.totals, *self.fields.values()}
        return frozenset(found - {""})


@dataclass(frozen=True)
class ViewDef:
    """A view that the config declares; for these roles, or for everybody who may read the form."""

    key: str
    label: Label
    kind: str = "table"
    settings: ViewSettings = field(default_factory=ViewSettings)
    roles: tuple[str, ...] = ()
    #: The filter, checked.
    condition: Checked | None = None


def width_of(value: int) -> int:
    """Return a width within what a column may have."""
    return max(NARROWEST, min(WIDEST, value))


def _names(value: object) -> tuple[str, ...]:
    held = value if isinstance(value, list | tuple) else ()
    return tuple(dict.fromkeys(one for one in held if isinstance(one, str) and one))


def _pairs(value: object) -> list[tuple[str, object]]:
    return [(str(key), one) for key, one in value.items()] if isinstance(value, Mapping) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return max(0, min(MOST_PINNED, value)) if isinstance(value, int) and not isinstance(value, bool) else 0
