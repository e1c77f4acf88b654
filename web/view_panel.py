"""The panel that arranges a table: its columns, order, groups and totals; and whom a view can be shared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.config.views import can_group
from engine.views import sharable_roles
from forms.views import MOST_PINNED, MOST_SORTED, PERIODS
from rules.errors import N_
from rules.types import Kind
from web import here, i18n
from web.criteria_words import in_words
from web.fields import sure_fields, visible_fields
from web.list_query import ENDPOINTS, TOTAL, ListQuery
from web.list_table import WORDS
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef

_PERIODS = {
    "day": N_("by day"),
    "week": N_("by week"),
    "month": N_("by month"),
    "quarter": N_("by quarter"),
    "half_year": N_("by half-year"),
    "year": N_("by year"),
}
_NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY})
_DAYS = frozenset({Kind.DATE, Kind.DATETIME})

Choice = tuple[str, str, bool]


@dataclass(frozen=True)
class Line:
    """A field in the panel: whether it is a column, and what it is added up to."""

    key: str
    label: str
    shown: bool
    total_name: str = ""
    totals: Sequence[Choice] = ()


@dataclass(frozen=True)
class Tab:
    """A view above the list."""

    label: str
    url: str
    current: bool
    icon: str
    shared: bool = False
    mine: bool = False


@dataclass(frozen=True)
class Panel:
    """Everything the panels of a list need."""

    lines: Sequence[Line]
    sorts: Sequence[Sequence[Choice]]
    groups: Sequence[Choice]
    pinned: Sequence[Choice]
    tabs: Sequence[Tab]
    roles: Sequence[Choice]
    name: str
    said: str
    build_url: str
    keep_url: str
    widths_url: str


def panel_of(live: Live, form: FormDef, asked: ListQuery, columns: Sequence[FieldDef]) -> Panel:
    """Return the panels of a list."""
    names: dict[str, Any] = {"app_key": live.key, "form_key": form.key}
    sure = sure_fields(live, form.key)
    order = [*asked.settings.sort, *[""] * (MOST_SORTED - len(asked.settings.sort))][:MOST_SORTED]
    sortable = [one for one in sure.values() if one.type.sortable]
    view = asked.view
    return Panel(
        _lines(live, form, asked, columns),
        [_sorts(sortable, now) for now in order],
        [("", gettext("No groups"), not asked.settings.group), *_groups(sure.values(), asked.settings.group)],
        [(str(one), str(one), one == asked.settings.pinned) for one in range(MOST_PINNED + 1)],
        _tabs(live, form, asked),
        [
            (role.key, str(i18n.told(role.label)), view is not None and role.key in view.roles)
            for role in sharable_roles(live, form.key)
        ],
        str(i18n.told(view.label)) if view else "",
        in_words(live, form.key, asked.where) if asked.where else "",
        url_for("views.build", **names),
        url_for("views.keep", **names),
        url_for("views.widths", **names),
    )


def where_chip(live: Live, form_key: str, asked: ListQuery) -> str:
    """Say the condition of a list."""
    return in_words(live, form_key, asked.where)


def _lines(live: Live, form: FormDef, asked: ListQuery, columns: Sequence[FieldDef]) -> list[Line]:
    """Return the columns in their order, then all other fields."""
    shown = {one.key for one in columns}
    others = [one for one in visible_fields(live, form.key).values() if one.key not in shown]
    sure = sure_fields(live, form.key)
    return [_line(one, one.key in shown, one.key in sure, asked) for one in (*columns, *others)]


def _line(one: FieldDef, shown: bool, sure: bool, asked: ListQuery) -> Line:
    label = str(i18n.told(one.label))
    if not sure:
        return Line(one.key, label, shown)
    now = asked.settings.totals.get(one.key, "")
    fits = WORDS if one.type.rule_type(one).kind in _NUMBERS else ("count",)
    totals = [("", "—", not now), *((key, gettext(WORDS[key]), key == now) for key in fits)]
    return Line(one.key, label, shown, TOTAL + one.key, totals)


def _sorts(fields: Sequence[FieldDef], now: str) -> list[Choice]:
    found: list[Choice] = [("", "—", not now)]
    for one in fields:
        label = i18n.told(one.label)
        found.append((one.key, gettext("%(field)s, upwards", field=label), now == one.key))
        found.append((f"-{one.key}", gettext("%(field)s, downwards", field=label), now == f"-{one.key}"))
    return found


def _groups(fields: Any, now: str) -> list[Choice]:
    found: list[Choice] = []
    for one in fields:
        if not can_group(one):
            continue
        label = str(i18n.told(one.label))
        if one.type.rule_type(one).kind in _DAYS:
            keys = [(f"{one.key}:{period}", f"{label} · {gettext(_PERIODS[period])}") for period in PERIODS]
        else:
            keys = [(one.key, label)]
        found += [(key, text, key == now) for key, text in keys]
    return found


def _tabs(live: Live, form: FormDef, asked: ListQuery) -> list[Tab]:
    """Return the views of a form as tabs: all records first, shown as they are now."""
    views, current = asked.views, asked.view
    icons = {"board": "layout-kanban", "calendar": "calendar", "cards": "layout-board", "timeline": "timeline"}
    names: dict[str, Any] = {"app_key": live.key, "form_key": form.key}
    every = Tab(
        gettext("All records"), url_for(ENDPOINTS[asked.kind], **names), current is None, icons.get(asked.kind, "list")
    )
    return [
        every,
        *(
            Tab(
                str(i18n.told(one.label)),
                url_for(ENDPOINTS[one.kind], **names, view=one.key),
                current is not None and current.key == one.key,
                icons.get(one.kind, "table"),
                bool(one.roles) and not one.declared,
                one.owner_id == here.viewer().id,
            )
            for one in views
        ),
    ]
