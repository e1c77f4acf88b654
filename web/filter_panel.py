"""The filter panel of a list: one typed control per field, filled with what the address asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

from engine.records.filters import IS
from web import i18n
from web.filters import PREFIX, FieldFilter, Filters, filterable, say, shown_type
from web.widgets import Look, lookup_address
from web.words import gettext

if TYPE_CHECKING:
    from forms.defs import FieldDef

INPUT_TYPES = {"date": "date", "datetime": "datetime-local", "time": "time"}


@dataclass(frozen=True)
class FilterControl:
    """The control of one field."""

    field: FieldDef
    name: str
    kind: str
    active: bool
    empty: bool
    texts: Sequence[str] = ()
    low: str = ""
    high: str = ""
    input_type: str = "text"
    options: Sequence[tuple[str, str]] = ()
    lookup: str = ""
    #: (id, title) of what is chosen, for the search-as-you-type select.
    chosen: Sequence[tuple[str, str]] = ()


def filter_controls(
    fields: Mapping[str, FieldDef], filters: Filters, look: Look, first: Sequence[str]
) -> list[FilterControl]:
    """Return the controls of all fields: those in use on top, then `first` (the columns of the list), then the others."""
    order = {key: place for place, key in enumerate(first)}
    found = sorted(filterable(fields), key=lambda one: (filters.of(one.key) is None, order.get(one.key, len(order))))
    return [_control(field, filters.of(field.key), look) for field in found]


def _control(field: FieldDef, active: FieldFilter | None, look: Look) -> FilterControl:
    type_ = shown_type(field)
    given = dict(active.args) if active else {}
    texts = [value for name, value in active.args if name == PREFIX + field.key] if active else []
    chosen = [(str(value), str(say(field, value, look))) for value in active.values(IS)] if active else []
    lookup = _lookup(field, look)
    return FilterControl(
        field=field,
        name=PREFIX + field.key,
        kind=type_.filter,
        active=active is not None,
        empty=active is not None and active.kind == "empty",
        texts=[title for _, title in chosen] if lookup else texts,
        low=given.get(f"{PREFIX}{field.key}.min", ""),
        high=given.get(f"{PREFIX}{field.key}.max", ""),
        input_type=INPUT_TYPES.get(type_.key, "text"),
        options=_options(field),
        lookup=lookup,
        chosen=chosen if lookup else (),
    )


def _lookup(field: FieldDef, look: Look) -> str:
    """Return where values are asked for; whoever ever stood there is looked for, whatever may be chosen today."""
    if shown_type(field).lookup == "people":
        return url_for("lookup.people", app_key=look.live.key)
    return lookup_address(look, field, shown_type(field).lookup)


def _options(field: FieldDef) -> list[tuple[str, str]]:
    if shown_type(field).key == "yes_no":
        return [("yes", gettext("Yes")), ("no", gettext("No"))]
    return [(option.key, str(i18n.told(option.label))) for option in field.options]
