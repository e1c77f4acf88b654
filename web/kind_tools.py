"""The bar above a board, calendar, cards or timeline: views, filters, conditions, what serves for what, saving all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from engine.config.views import serves
from rules.errors import N_
from web import i18n
from web.fields import look_at, sure_fields, visible_fields
from web.filter_panel import filter_controls
from web.filters import chip
from web.list_query import NOTHING, ListQuery
from web.view_panel import Choice, panel_of, where_chip
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef
    from web.widgets import Look

#: Kind -> what of it a field serves for, and whether a card has lines to choose.
SERVE = {
    "board": ("lanes",),
    "calendar": ("date", "color"),
    "cards": ("cover", "color"),
    "timeline": ("start", "end", "lanes", "color"),
}
WITH_LINES = ("board", "calendar", "cards")
_WORDS = {
    "date": N_("Placed by"),
    "start": N_("Begins with"),
    "end": N_("Ends with"),
    "lanes": N_("Lanes"),
    "cover": N_("Picture"),
    "color": N_("Colour by"),
}


@dataclass(frozen=True)
class Chip:
    """What narrows a list, as a sentence, and the address without it."""

    text: Markup | str
    without: str


@dataclass(frozen=True)
class Serving:
    """What a field may serve for, and which fields can."""

    name: str
    label: str
    choices: Sequence[Choice]


def tools(live: Live, form: FormDef, query: ListQuery, lines: Sequence[FieldDef]) -> dict[str, Any]:
    """Return what the bar shows; `lines` are the fields that a card tells."""
    filters = query.filters
    wanted = [{one.field: value} for one in filters.asked for value in one.values]
    look = look_at(live, [one.field for one in filters.items], wanted)
    keys = [one.key for one in lines]
    return {
        "query": query,
        "here_url": query.path,
        "panel": panel_of(live, form, query, lines),
        "filter_controls": filter_controls(sure_fields(live, form.key), filters, look, keys),
        "chips": chips_of(live, form.key, query, look),
        "servings": [_serving(live, form, query, name) for name in SERVE.get(query.kind, ())],
        "card_lines": _lines(live, form, keys) if query.kind in WITH_LINES else [],
    }


def chips_of(live: Live, form_key: str, query: ListQuery, look: Look) -> list[Chip]:
    """Return what narrows a list, each with the address without it."""
    found = [Chip(gettext("Contains “%(text)s”", text=query.q), query.url(q=""))] if query.q else []
    if query.where:
        found.append(Chip(where_chip(live, form_key, query), query.without("where")))
    filters = query.filters
    return found + [
        Chip(chip(one, look), query.url(filters=filters.args_without(one.field.key))) for one in filters.items
    ]


def _serving(live: Live, form: FormDef, query: ListQuery, name: str) -> Serving:
    now = query.settings.fields.get(name, "")
    of_view: Mapping[str, str] = query.view.settings.fields if query.view else {}
    none = gettext("None") if name == "lanes" else gettext("As the form has it")
    fields = [one for one in sure_fields(live, form.key).values() if serves(name, one) and one.key != "stage"]
    choices = [(one.key, str(i18n.told(one.label)), one.key == now) for one in fields]
    return Serving(name, gettext(_WORDS[name]), [(NOTHING if name in of_view else "", none, not now), *choices])


def _lines(live: Live, form: FormDef, keys: Sequence[str]) -> list[Choice]:
    seen = visible_fields(live, form.key)
    order = [*keys, *(key for key in seen if key not in keys)]
    return [(key, str(i18n.told(seen[key].label)), key in keys) for key in order if key in seen and key != form.title]
