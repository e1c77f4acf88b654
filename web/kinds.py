"""Ways to look at the records of a form beside the list, and what an address or a view asks of each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from engine.config.views import serves
from engine.records.spans import Placing
from engine.rights import EDIT, may
from forms.views import FIELD_SETTINGS, ViewSettings
from rules.errors import N_
from rules.types import Kind
from web import here, i18n
from web.fields import displays, look_at, sure_fields, title_of, visible_fields
from web.filters import Filters
from web.kind_tools import tools
from web.list_query import ENDPOINTS, NOTHING, ListQuery, read_query
from web.widgets import Display, Look
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef
    from rules.checked import Checked

#: kind -> (icon, name); the order of the switch.
NAMES = {
    "table": ("list", N_("List")),
    "board": ("layout-kanban", N_("Board")),
    "calendar": ("calendar", N_("Calendar")),
    "cards": ("layout-board", N_("Cards")),
    "timeline": ("timeline", N_("Timeline")),
}
#: Lines on a card at most, when nobody chose them.
MOST_FACTS = 4
_DAYS = frozenset({Kind.DATE, Kind.DATETIME})


@dataclass(frozen=True)
class KindLink:
    """One entry of the switch between the ways to look."""

    kind: str
    url: str

    @property
    def icon(self) -> str:
        return NAMES[self.kind][0]

    @property
    def label(self) -> str:
        return gettext(NAMES[self.kind][1])


@dataclass(frozen=True)
class Asked:
    """What an address asks: a view's settings with those of the address over them, as far as the viewer may use them."""

    live: Live
    form: FormDef
    kind: str
    settings: ViewSettings
    condition: Checked | None = None
    q: str = ""
    filters: Filters = field(default_factory=Filters)
    #: What every link of the page carries along: the view, what is searched, the fields that were chosen.
    kept: tuple[tuple[str, str], ...] = ()
    #: Something that the address names is hidden from the viewer, or gone.
    reduced: bool = False
    query: ListQuery = field(default_factory=lambda: ListQuery(""))

    @property
    def narrowed(self) -> bool:
        """Tell whether less than all records is asked for."""
        return bool(self.q or self.condition or self.filters.items)

    def named(self, setting: str) -> str:
        """Return the field that serves as something, or nothing."""
        return self.settings.fields.get(setting, "")

    def url(self, **changes: object) -> str:
        """Return the address with something changed; what is empty is left out."""
        return address(self.live, self.form.key, self.kind, self.kept, **changes)

    @property
    def question(self) -> dict[str, Any]:
        """Return what the engine is asked."""
        return {"where": self.condition, "text": self.q, "filters": self.filters.asked}


def address(
    live: Live, form_key: str, kind: str, kept: Sequence[tuple[str, str]], endpoint: str = "", /, **changes: object
) -> str:
    """Return the address of a way to look, or of a part of it, with arguments that may come several times."""
    several: dict[str, list[str]] = {}
    for name, value in kept:
        several.setdefault(name, []).append(value)
    args: dict[str, Any] = {name: values for name, values in several.items() if name not in changes}
    args |= {name: str(value) for name, value in changes.items() if value not in ("", None)}
    return url_for(endpoint or ENDPOINTS[kind], app_key=live.key, form_key=form_key, **args)


def asked(live: Live, form: FormDef, kind: str) -> Asked:
    """Read the address: `view` names a view; the fields that serve, conditions, `q` and filters may be named beside it."""
    query = read_query(address(live, form.key, kind, ()), request.args, live, form.key, kind)
    named = {name: request.args[name] for name in FIELD_SETTINGS if request.args.get(name)}
    unused = any(key not in (NOTHING, query.settings.fields.get(name)) for name, key in named.items())
    return Asked(
        live,
        form,
        kind,
        query.settings,
        query.condition,
        query.q,
        query.filters,
        tuple(query.args(page=1)),
        reduced=unused and not query.lost,
        query=query,
    )


def kind_links(live: Live, form: FormDef, query: ListQuery | None = None) -> list[KindLink]:
    """Return the ways to look that this viewer has (a hidden date means no calendar), with what narrows the page."""
    fits: dict[str, Callable[[], bool]] = {
        "board": lambda: live.pipeline(form.key) is not None,
        "calendar": lambda: placing_of(live, form, {}, "date") is not None,
        "timeline": lambda: (found := placing_of(live, form, {}, "start")) is not None and found.spans,
        "cards": lambda: bool(visible_fields(live, form.key)),
    }
    kinds = [kind for kind in NAMES if kind not in fits or fits[kind]()]
    return [KindLink(kind, address(live, form.key, kind, query.narrowing if query else ())) for kind in kinds]


def placing_of(live: Live, form: FormDef, chosen: Mapping[str, str], setting: str) -> Placing | None:
    """Return where records stand in time: by what was chosen, else by the form's first range or first dates."""
    sure = sure_fields(live, form.key)
    start, end = chosen.get(setting, ""), chosen.get("end", "")
    if start:
        made = Placing(live, form.key, start, end if end != start else "")
        return replace(made, end="") if made.is_range else made
    own = [one for one in form.fields if one.key in sure and serves(setting, one)]
    ranges = [one for one in own if one.type.shown_as(one).key == "date_range"]
    if ranges and (setting == "start" or own[0] is ranges[0]):
        return Placing(live, form.key, ranges[0].key)
    if not own:
        return None
    if setting == "date" and not end:
        return Placing(live, form.key, own[0].key)
    typed = [one for one in own if not one.is_derived] or own
    later = end or next((one.key for one in typed[1:]), "")
    return Placing(live, form.key, typed[0].key, later)


def can_place(live: Live, placing: Placing, record: Record) -> bool:
    """Tell whether the viewer may put a record on another day; rows are asked when it is done."""
    fields = [slot for key in (placing.start, placing.end) if (slot := live.form(placing.form).by_key.get(key))]
    wanted = 2 if placing.end else 1
    return (
        may(here.viewer(), "update", live, placing.form)
        and len(fields) == wanted
        and all(record.access.get(one.key) == EDIT and not one.is_derived for one in fields)
    )


def facts_of(asked_: Asked) -> list[FieldDef]:
    """Return the fields that a card tells beside its title."""
    live, form = asked_.live, asked_.form
    seen = visible_fields(live, form.key)
    columns = [key for key in form.list_columns if key not in ("owner", "stage")][:MOST_FACTS]
    keys = asked_.settings.columns or form.card_fields or columns
    shown = dict.fromkeys(key for key in keys if key in seen and key != form.title)
    return [seen[key] for key in shown]


@dataclass(frozen=True)
class Entry:
    """A record on a calendar, a card or a bar: its title, where it is, what is told of it, its colour."""

    id: int
    version: int
    title: str
    url: str
    place_url: str = ""
    color: str = ""
    color_label: str = ""
    facts: Sequence[Display] = ()
    #: Its day, or its first and last.
    first: str = ""
    last: str = ""
    said: str = ""


class Drawer:
    """Makes entries of records, with one look for all of them."""

    def __init__(self, asked_: Asked, records: Sequence[Record], placing: Placing | None = None) -> None:
        self.asked, self.placing = asked_, placing
        self.facts = facts_of(asked_)
        seen = visible_fields(asked_.live, asked_.form.key)
        self.color = seen.get(asked_.named("color") or "stage") or next(filter(is_coloured, seen.values()), None)
        self.cover = seen.get(asked_.named("cover")) or next((one for one in seen.values() if is_picture(one)), None)
        more = [one for one in (self.cover,) if one is not None]
        self.look: Look = look_at(asked_.live, [*self.facts, *more], [record.values for record in records])

    def entry(self, record: Record) -> Entry:
        """Return one record, ready to be drawn."""
        live, key = self.asked.live, self.asked.form.key
        names: dict[str, Any] = {"app_key": live.key, "form_key": key, "record_id": record.id}
        color, label = self._color(record)
        stands = self.placing.days(record.values) if self.placing else None
        moves = self.placing is not None and can_place(live, self.placing, record)
        return Entry(
            record.id,
            record.version,
            title_of(live, record),
            url_for("records.show", **names),
            url_for("calendar.place", **names) if moves else "",
            color,
            label,
            [one for one in displays(self.facts, record, self.look, small=True) if not one.empty],
            stands[0].isoformat() if stands else "",
            stands[1].isoformat() if stands else "",
            self._said(record),
        )

    def picture(self, record: Record) -> str:
        """Return the address of the small picture that tops a card."""
        held = record.get(self.cover.key) if self.cover else None
        files = [self.look.file(str(one)) for one in held] if isinstance(held, list | tuple) else []
        return next((one.small_url for one in files if one.small_url), "")

    def _color(self, record: Record) -> tuple[str, str]:
        value = record.get(self.color.key) if self.color else None
        option = self.color.option(str(value)) if self.color and value is not None else None
        return (option.color or "gray", str(i18n.told(option.label))) if option else ("", "")

    def _said(self, record: Record) -> str:
        """Say when a record is: its hour on a calendar by moments, its days otherwise."""
        if self.placing is None or (stands := self.placing.days(record.values)) is None:
            return ""
        if not self.placing.spans:
            value = record.get(self.placing.start)
            is_moment = self.placing.kind(self.placing.start) is Kind.DATETIME
            return f"{value.astimezone(here.zone(self.asked.live)):%H:%M}" if is_moment else ""  # type: ignore[attr-defined]  # a moment
        first, last = (i18n.day(one) for one in stands)
        return first if first == last else gettext("%(first)s to %(last)s", first=first, last=last)


def is_picture(one: FieldDef) -> bool:
    """Tell whether a field holds pictures."""
    return one.type.shown_as(one).key == "image"


def is_coloured(one: FieldDef) -> bool:
    """Tell whether the options of a field have colours."""
    return one.type.shown_as(one).kind is Kind.CHOICE and any(option.color for option in one.options)


def frame(asked_: Asked) -> dict[str, Any]:
    """Return what the head of every such page shows."""
    live, form = asked_.live, asked_.form
    return {
        "live": live,
        "form": form,
        "pipeline": live.pipeline(form.key),
        "asked": asked_,
        "kinds": kind_links(live, form, asked_.query),
        "kind": asked_.kind,
        "q": asked_.q,
        **tools(live, form, asked_.query, facts_of(asked_)),
        "can": {verb: may(here.viewer(), verb, live, form.key) for verb in ("create", "update")},
    }
