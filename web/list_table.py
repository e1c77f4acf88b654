"""The table of a list: its columns and rows, which cells can be changed in place, its groups and totals."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import url_for

from engine.records.grouping import GroupRow, Groups, groups
from engine.records.query import Drill, Page, query
from engine.rights import EDIT, may
from forms.criteria.writing import plain_number, quoted
from rules.errors import N_
from rules.types import OF_PEOPLE, OF_RECORDS, Kind
from web import here, i18n
from web.fields import displays, sure_fields, title_of
from web.filters import PREFIX, say, shown_type
from web.list_query import NOTHING, ListQuery
from web.widgets import Display, Look
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef

#: Columns of a form that names none, and what every list shows beside its own fields.
MOST_COLUMNS = 7
#: Groups on one page; their records stand below them when there are no more than so many.
GROUPS, MOST_IN_GROUPS = 50, 200
#: Widgets that need more room than a cell has.
ROOMY = frozenset(
    {"files", "image", "signature", "rich_text", "long_text", "json", "location", "address", "barcode", "sub_table"}
)
NUMBERS = ("number", "integer", "money", "percent", "duration", "rating")


@dataclass(frozen=True)
class Column:
    """One column: its field, whether it is sorted by, and where a click on its head leads."""

    field: FieldDef
    sort_url: str
    direction: str
    numeric: bool
    #: Where a click with the shift key leads, and its place among several.
    add_url: str = ""
    place: int = 0
    width: int = 0
    pinned: bool = False

    @property
    def key(self) -> str:
        return self.field.key


@dataclass(frozen=True)
class Cell:
    """One cell: what it shows, and whether it may be changed there."""

    display: Display
    edits: bool = False


@dataclass(frozen=True)
class Row:
    """One record of the list."""

    id: int
    url: str
    title: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class GroupView:
    """A group: what its records share, their totals by column, its records, or where they are."""

    label: Display | None
    text: str
    count: int
    totals: Mapping[str, Total]
    url: str = ""
    rows: Sequence[Row] = field(default_factory=list)


def columns_of(form: FormDef, fields: Mapping[str, FieldDef], chosen: Sequence[str] = ()) -> list[FieldDef]:
    """Return the columns: those chosen, or the title first, then those the form names, or its first few fields."""
    few = tuple(field.key for field in form.fields if field.type.key != "long_text")[:MOST_COLUMNS]
    keys = dict.fromkeys(chosen or (form.title, *(form.list_columns or few)))
    shown = [fields[key] for key in keys if key in fields]
    return shown or list(fields.values())[:1]


def head(live: Live, form: FormDef, columns: Sequence[FieldDef], asked: ListQuery) -> list[Column]:
    """Return the columns with their heads."""
    sure = sure_fields(live, form.key)
    return [_column(one, asked, form, sure, place < asked.settings.pinned) for place, one in enumerate(columns)]


def _column(one: FieldDef, asked: ListQuery, form: FormDef, sure: Container[str], pinned: bool) -> Column:
    order = asked.order or form.list_sort[:1]
    keys = [name.removeprefix("-") for name in order]
    place = keys.index(one.key) if one.key in keys else -1
    direction = "" if place < 0 else "descending" if order[place].startswith("-") else "ascending"
    sorts = one.type.sortable and one.key in sure
    return Column(
        one,
        asked.url(sort=asked.toggled(one.key)) if sorts else "",
        direction,
        one.type.shown_as(one).key in NUMBERS,
        asked.url(sort=asked.added(one.key)) if sorts else "",
        place + 1 if len(keys) > 1 else 0,
        asked.widths.get(one.key, 0),
        pinned,
    )


def row_of(live: Live, form: FormDef, columns: Sequence[FieldDef], record: Record, look: Look) -> Row:
    """Return a record as a row."""
    names: dict[str, Any] = {"app_key": live.key, "form_key": form.key, "record_id": record.id}
    writes = may(here.viewer(), "update", live, form.key)
    shown = displays(columns, record, look, small=True)
    return Row(
        record.id,
        url_for("records.show", **names),
        title_of(live, record),
        [Cell(one, writes and can_edit(form, one.field, record)) for one in shown],
    )


def can_edit(form: FormDef, one: FieldDef, record: Record) -> bool:
    """Tell whether a value may be changed in its cell; what the record itself forbids is said when somebody tries."""
    typed = one.key in form.by_key or one.key == "owner"
    fits = not (one.is_derived or one.type.assigned or one.type.widget in ROOMY)
    return typed and fits and record.access.get(one.key) == EDIT


def grouped_by(live: Live, form_key: str, asked: ListQuery, key: str, offset: int, drill: Drill | None) -> Groups:
    """Return a page of groups with their totals; without a key one group of everything."""
    return groups(
        here.db(),
        live,
        form_key,
        here.viewer(),
        here.now(),
        by=key,
        period=asked.settings.grouped[1],
        totals=asked.settings.totals,
        where=asked.condition,
        text=asked.q,
        filters=asked.filters.asked,
        measure=drill,
        limit=GROUPS,
        offset=offset,
    )


def records_in(live: Live, form: FormDef, asked: ListQuery, drill: Drill | None) -> Page:
    """Return all records of a list that is short enough to stand below its groups."""
    order = asked.order or tuple(one for one in form.list_sort if one.lstrip("-") in sure_fields(live, form.key))
    return query(
        here.db(),
        live,
        form.key,
        here.viewer(),
        here.now(),
        where=asked.condition,
        text=asked.q,
        filters=asked.filters.asked,
        sort=order,
        limit=MOST_IN_GROUPS,
        measure=drill,
        titles=(),
        count=False,
    )


def group_views(
    live: Live,
    form: FormDef,
    asked: ListQuery,
    found: Sequence[GroupRow],
    page: Page,
    columns: Sequence[FieldDef],
    look: Look,
) -> list[GroupView]:
    """Return the groups, ready to be drawn."""
    key, period = asked.settings.grouped
    fields = sure_fields(live, form.key)
    by = fields[key]
    adding = [fields[one] for one in asked.settings.totals]
    zone, pills = here.zone(live), by.type.shown_as(by).kind is Kind.CHOICE
    below: dict[object, list[Row]] = {}
    for record in page.records:
        value = _shared(record.get(key), period, zone)
        below.setdefault(value, []).append(row_of(live, form, columns, record, look))
    return [
        GroupView(
            Display(by, one.value, look, small=True) if pills and one.value is not None else None,
            _group_text(by, one.value, period, look),
            one.count,
            total_displays(adding, asked, one, look),
            _inside(asked, by, period, one.value),
            below.get(one.value, []),
        )
        for one in found
    ]


@dataclass(frozen=True)
class Total:
    """What a column comes to: said in a word, and shown as its values are."""

    word: str
    text: str = ""
    display: Display | None = None


WORDS = {"count": N_("Count"), "sum": N_("Sum"), "avg": N_("Average"), "min": N_("Smallest"), "max": N_("Largest")}


def total_displays(adding: Sequence[FieldDef], asked: ListQuery, row: GroupRow, look: Look) -> dict[str, Total]:
    """Return what the columns come to."""
    found = {}
    for one in adding:
        agg = asked.settings.totals[one.key]
        word = gettext(WORDS[agg])
        value = row.totals.get(one.key)
        if agg == "count":
            found[one.key] = Total(word, i18n.number(row.count))
        elif value is not None:
            found[one.key] = Total(word, display=Display(one, _short(value), look, small=True))
    return found


def _short(value: object) -> object:
    return round(value, 2) if isinstance(value, float) else value


def _shared(value: object, period: str, zone: ZoneInfo) -> object:
    """Return what a record shares with its group."""
    if not period or value is None:
        return value
    day = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return first_day(day, period) if isinstance(day, date) else value


def first_day(day: date, period: str) -> date:
    """Return the first day of the period that a day lies in; weeks begin on Monday."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}.get(period)
    return day if months is None else day.replace(month=(day.month - 1) // months * months + 1, day=1)


def last_day(first: date, period: str) -> date:
    """Return the last day of a period that begins on a day."""
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}.get(period, 0)
    if not months:
        return first + timedelta(days=6 if period == "week" else 0)
    after = first.month - 1 + months
    if first.year + after // 12 > 9999:
        return date.max
    return date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)


def _group_text(by: FieldDef, value: object, period: str, look: Look) -> str:
    if value is None:
        return gettext("Empty")
    if not period or not isinstance(value, date):
        return say(by, value, look)
    if named := i18n.period(value, period):
        return named
    first, last = i18n.day(value), last_day(value, period)
    return first if last == value else gettext("%(first)s to %(last)s", first=first, last=i18n.day(last))


def _inside(asked: ListQuery, by: FieldDef, period: str, value: object) -> str:
    """Return the address of the records of one group alone."""
    name = PREFIX + by.key
    others = [
        pair for pair in asked.filters.args if pair[0] not in (name, f"{name}.min", f"{name}.max", f"{name}.empty")
    ]
    group = NOTHING if asked.view and asked.view.settings.group else ""
    if value is None:
        return asked.url(group=group, filters=[*others, (f"{name}.empty", "1")])
    kind = shown_type(by).kind
    if isinstance(value, date):
        last = last_day(value, period) if period else value
        return asked.url(
            group=group, filters=[*others, (f"{name}.min", value.isoformat()), (f"{name}.max", last.isoformat())]
        )
    if isinstance(value, bool):
        return asked.url(group=group, filters=[*others, (name, "yes" if value else "no")])
    if kind in (Kind.CHOICE, *OF_PEOPLE, *OF_RECORDS):
        return asked.url(group=group, filters=[*others, (name, str(value))])
    test = _equals(by, value)
    return asked.url(group=group, where=f"({asked.where}) and {test}" if asked.where else test)


def _equals(by: FieldDef, value: object) -> str:
    kind = by.type.rule_type(by).kind
    if kind is Kind.MONEY:
        scale = by.type.rule_type(by).scale
        return f"{by.key} == {plain_number(Decimal(str(value)).scaleb(-scale))}"
    if isinstance(value, int | float):
        return f"{by.key} == {plain_number(Decimal(repr(value)))}"
    return f"{by.key} == {quoted(str(value))}"
