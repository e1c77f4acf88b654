"""What the address of a list says: a view, search text, filters, order, columns, page, and the figure behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from engine.records.expressions import condition_from
from engine.views import Settled, View, found, settle
from forms.views import FIELD_SETTINGS, MOST_LETTERS, TOTALS, ViewSettings
from rules.errors import Fault, RuleError
from web import here
from web.fields import sure_fields
from web.filters import Filters, filterable, read_filters

if TYPE_CHECKING:
    from engine.releases import Live
    from rules.checked import Checked

#: What records are shown as -> the page that does.
ENDPOINTS = {
    "table": "lists.show",
    "board": "board.show",
    "calendar": "calendar.show",
    "cards": "cards.show",
    "timeline": "timeline.show",
}
PAGE_SIZE = 50
#: Nobody reads so far by hand; beyond it a filter serves better.
LAST_PAGE = 10_000
#: What an address says for "nothing" where the view says something.
NOTHING = "-"
#: Settings of a view that an address may say otherwise.
OVER = ("where", "columns", "group", "totals", "pinned", "sort", *FIELD_SETTINGS)
#: Begins the name under which the panel asks what a column is added up to.
TOTAL = "t."


@dataclass(frozen=True)
class ListQuery:
    """A list's address, read."""

    path: str
    #: What the records are shown as.
    kind: str = "table"
    q: str = ""
    #: Fields with commas between them, as the address has it; `order` is what holds.
    sort: str = ""
    page: int = 1
    #: `okr/key_result/measure`, or the name of a figure of a dashboard.
    measure: str = ""
    filters: Filters = field(default_factory=Filters)
    #: The expression that narrows the list, as far as the viewer may ask it.
    where: str = ""
    condition: Checked | None = None
    view: View | None = None
    views: tuple[View, ...] = ()
    #: The settings that hold: those of the view with those of the address over them.
    settings: ViewSettings = field(default_factory=ViewSettings)
    #: Column -> pixels, as the view has them and as this person made them.
    widths: Mapping[str, int] = field(default_factory=dict)
    #: Name -> text of what the address says otherwise than the view.
    over: tuple[tuple[str, str], ...] = ()
    #: What of the view fell away for this viewer; the view that was asked for does not exist for them.
    lost: tuple[str, ...] = ()
    missing: bool = False

    @property
    def narrowed(self) -> bool:
        """Tell whether anything narrows the list."""
        return bool(self.q or self.filters.items or self.measure or self.where)

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE_SIZE

    @property
    def order(self) -> tuple[str, ...] | None:
        """Return the fields that order the list; None: as the form has it."""
        return self.settings.sort or None

    @property
    def changed(self) -> bool:
        """Tell whether the address says something that the view does not."""
        return bool(self.over or self.filters.items or self.q)

    def args(
        self,
        *,
        q: str | None = None,
        sort: str | None = None,
        page: int | None = None,
        measure: str | None = None,
        filters: Sequence[tuple[str, str]] | None = None,
        **over: str,
    ) -> list[tuple[str, str]]:
        """Return the arguments of the address, some of them changed; what is empty is left out."""
        number = self.page if page is None else page
        held = {**dict(self.over), **over, **({} if sort is None else {"sort": self._or_nothing("sort", sort)})}
        named = [
            ("view", over.get("view", self.view.key if self.view else "")),
            ("q", self.q if q is None else q),
            ("measure", self.measure if measure is None else measure),
            *(self.filters.args if filters is None else filters),
            *((name, held.get(name, "")) for name in OVER),
            ("page", str(number) if number > 1 else ""),
        ]
        return [(name, value) for name, value in named if value]

    def _or_nothing(self, name: str, text: str) -> str:
        """Return what an address says to mean this, or nothing at all."""
        return text or (NOTHING if self.view and self.view.settings.stored.get(_STORED.get(name, name)) else "")

    def url(self, **changes: object) -> str:
        """Return the address, changed; every change but of the page starts at the first page."""
        changes.setdefault("page", 1)
        args = self.args(**changes)  # type: ignore[arg-type]  # the names are those of args()
        return self.path + ("?" + urlencode(args) if args else "")

    def without(self, name: str) -> str:
        """Return the address with nothing for one of the settings."""
        return self.url(**{name: self._or_nothing(name, "")})

    @property
    def narrowing(self) -> list[tuple[str, str]]:
        """Return what narrows the records, to be carried to another way to look at them."""
        where = [("where", self.where)] if self.where else []
        return [*([("q", self.q)] if self.q else []), *self.filters.args, *where]

    @property
    def kept_args(self) -> list[tuple[str, str]]:
        """Return what the filter panel carries along."""
        return self.args(filters=(), page=1)

    def kept_but(self, *names: str) -> list[tuple[str, str]]:
        """Return what a panel carries along that asks for these itself."""
        return [(name, value) for name, value in self.args(page=1) if name not in names]

    def toggled(self, key: str) -> str:
        """Return the order after a click on a header: up, down, then as the form has it."""
        now = self.settings.sort[0] if len(self.settings.sort) == 1 else ""
        return {key: f"-{key}", f"-{key}": ""}.get(now, key)

    def added(self, key: str) -> str:
        """Return the order after a click with the shift key: the column is added, turned round, or taken out."""
        now = list(self.settings.sort)
        if key in now:
            now[now.index(key)] = f"-{key}"
        elif f"-{key}" in now:
            now.remove(f"-{key}")
        else:
            now.append(key)
        return ",".join(now[-3:])


_STORED = {"where": "filter"}


def read_query(path: str, args: MultiDict[str, str], live: Live, form_key: str, kind: str = "table") -> ListQuery:
    """Read an address; an unknown column or a silly page number falls back to the default."""
    fields = sure_fields(live, form_key)
    text = args.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    views, widths = found(here.db(), live, form_key, here.viewer())
    view = next((one for one in views if one.key == args.get("view")), None)
    over = _over(args)
    settled, faults = _settled(live, form_key, view, over)
    filters = read_filters(args, live, form_key, filterable(fields))
    said = _said(over, settled, faults)
    return ListQuery(
        path=path,
        kind=kind,
        q=" ".join(args.get("q", "").split())[:200],
        sort=said.get("sort", ""),
        page=min(max(page, 1), LAST_PAGE),
        measure=args.get("measure", "")[:MOST_LETTERS],
        filters=replace(filters, faults=(*filters.faults, *faults)),
        where=settled.settings.filter,
        condition=settled.condition,
        view=view,
        views=views,
        settings=settled.settings,
        widths={**settled.settings.widths, **widths.get(view.key if view else "", {})},
        over=tuple(said.items()),
        lost=settled.lost,
        missing=bool(args.get("view")) and view is None,
    )


def _over(args: MultiDict[str, str]) -> dict[str, str]:
    """Return what an address says otherwise than the view; a panel may say one thing in several arguments."""
    found = {name: ",".join(filter(None, args.getlist(name))) for name in ("columns", "sort") if name in args}
    found |= {name: args[name] for name in ("where", "group", "pinned", "totals", *FIELD_SETTINGS) if args.get(name)}
    asked = [f"{name[len(TOTAL) :]}:{args[name]}" for name in args if name.startswith(TOTAL) and args[name] in TOTALS]
    if asked or any(name.startswith(TOTAL) for name in args):
        found["totals"] = ",".join(asked) or NOTHING
    return {name: text[:MOST_LETTERS].strip() for name, text in found.items() if text.strip()}


def _settled(live: Live, form_key: str, view: View | None, over: dict[str, str]) -> tuple[Settled, tuple[Fault, ...]]:
    """Return the settings that hold; a filter typed into the address is refused, not narrowed down."""
    base = view.settings if view else ViewSettings()
    user, where = here.viewer(), over.get("where", "")
    faults: tuple[Fault, ...] = ()
    typed = None
    if where and where != NOTHING:
        try:
            typed = condition_from(live, form_key, where, user)
        except RuleError as error:
            faults = error.faults[:3]
    of_view = settle(live, form_key, replace(base, filter="" if where else base.filter), user)
    wanted = _with(replace(of_view.settings, widths=base.widths), over)
    found = settle(live, form_key, wanted, user)
    held = replace(found.settings, filter=where if typed is not None else found.settings.filter)
    return Settled(held, typed if typed is not None else found.condition, of_view.lost), faults


def _with(settings: ViewSettings, over: dict[str, str]) -> ViewSettings:
    said = {name: "" if text == NOTHING else text for name, text in over.items()}
    lists = {name: tuple(filter(None, said[name].split(","))) for name in ("columns", "sort") if name in said}
    pairs = [one.partition(":") for one in said.get("totals", "").split(",") if ":" in one]
    totals = {key: agg for key, _, agg in pairs if agg in TOTALS}
    pinned = int(said["pinned"]) if said.get("pinned", "") in tuple("012345") and said.get("pinned") else 0
    serving = {**settings.fields, **{name: said[name] for name in FIELD_SETTINGS if name in said}}
    return replace(
        settings,
        fields={name: key for name, key in serving.items() if key},
        columns=tuple(dict.fromkeys(lists.get("columns", settings.columns)))[:50],
        sort=tuple(dict.fromkeys(lists.get("sort", settings.sort)))[:3],
        group=said.get("group", settings.group),
        totals=totals if "totals" in said else settings.totals,
        pinned=pinned if "pinned" in said else settings.pinned,
    )


def _said(over: dict[str, str], settled: Settled, faults: tuple[Fault, ...]) -> dict[str, str]:
    """Return what the address says, as far as it holds."""
    held = settled.settings
    now = {
        "where": "" if faults else held.filter,
        "columns": ",".join(held.columns),
        "group": held.group,
        "totals": ",".join(f"{key}:{agg}" for key, agg in held.totals.items()),
        "pinned": str(held.pinned) if held.pinned else "",
        "sort": ",".join(held.sort),
        **{name: held.fields.get(name, "") for name in FIELD_SETTINGS},
    }
    return {
        name: NOTHING if over[name] == NOTHING else now[name]
        for name in OVER
        if name in over and (now[name] or over[name] == NOTHING)
    }
