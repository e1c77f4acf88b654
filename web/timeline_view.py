"""A timeline: records as bars over weeks, a month or a quarter, in groups; a table whose bars are small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from babel import dates as babel_dates

from engine.okr.cycle import add_months, period_of, today_in
from engine.records.cells import Cell, cells
from engine.records.filters import column_of
from engine.records.spans import Placing, touches
from web import here, i18n
from web.fields import look_at, visible_fields
from web.filters import say
from web.kinds import Asked, Drawer, Entry
from web.words import gettext

if TYPE_CHECKING:
    from forms.defs import FieldDef

#: zoom -> days of one column of the head.
ZOOMS = {"week": 1, "month": 1, "quarter": 7}
#: Bars of one group that are drawn; groups that are drawn.
MOST_BARS, MOST_GROUPS = 60, 30
#: Units of a bar's picture per day.
DAY = 10


@dataclass(frozen=True)
class Bar:
    """One row: the record, and where its bar stands in the picture; `open` ends go on outside it."""

    entry: Entry
    x: int
    width: int
    open_left: bool
    open_right: bool


@dataclass(frozen=True)
class Group:
    """The bars of one group."""

    label: str
    count: int
    bars: Sequence[Bar]

    @property
    def more(self) -> int:
        return self.count - len(self.bars)


@dataclass(frozen=True)
class Unit:
    """One column of the head."""

    short: str
    long: str
    is_today: bool
    is_weekend: bool


@dataclass(frozen=True)
class Timeline:
    """The records of a form that touch a span of days."""

    asked: Asked
    placing: Placing
    zoom: str
    day: date

    @property
    def first(self) -> date:
        """Return the first day: a Monday, but of a month its first."""
        if self.zoom == "month":
            return self.day.replace(day=1)
        begin = self.day if self.zoom == "week" else period_of(self.day, "quarter").start
        assert begin is not None
        return begin - timedelta(days=begin.weekday())

    @property
    def last(self) -> date:
        if self.zoom == "month":
            return add_months(self.first, 1) - timedelta(days=1)
        if self.zoom == "week":
            return self.first + timedelta(days=13)
        end = period_of(self.day, "quarter").end
        assert end is not None
        return end + timedelta(days=6 - end.weekday())

    @property
    def length(self) -> int:
        """Return how many days are drawn."""
        return (self.last - self.first).days + 1

    @property
    def title(self) -> str:
        if self.zoom == "month":
            return i18n.period(self.day, "month")
        return gettext("%(first)s to %(last)s", first=i18n.day(self.first), last=i18n.day(self.last))

    @property
    def today(self) -> date:
        return today_in(here.now(), self.asked.live.app.context.time_zone)

    @property
    def today_x(self) -> int | None:
        """Return where today's line stands."""
        return (self.today - self.first).days * DAY + DAY // 2 if self.first <= self.today <= self.last else None

    @property
    def units(self) -> list[Unit]:
        """Return the columns of the head."""
        step = ZOOMS[self.zoom]
        days = [self.first + timedelta(days=number) for number in range(0, self.length, step)]
        return [self._unit(day, step) for day in days]

    def _unit(self, day: date, step: int) -> Unit:
        holds = day <= self.today < day + timedelta(days=step)
        short = str(day.day)
        if step > 1 or (self.zoom == "week" and (day.day == 1 or day == self.first)):
            short = str(babel_dates.format_skeleton("MMMd", day, locale=i18n.locale()))
        return Unit(short, i18n.full_day(day), holds, step == 1 and day.weekday() > 4)

    def url(self, day: date, zoom: str = "") -> str:
        """Return the address of the page that shows a day."""
        return self.asked.url(day=day.isoformat(), zoom=zoom or self.zoom)

    @property
    def earlier(self) -> str:
        return self.url(self._step(-1))

    @property
    def later(self) -> str:
        return self.url(self._step(1))

    def _step(self, way: int) -> date:
        if self.zoom == "week":
            return self.day + timedelta(days=7 * way)
        return add_months(self.day.replace(day=1), way if self.zoom == "month" else 3 * way)

    @property
    def lane(self) -> FieldDef | None:
        """Return the field that makes the groups."""
        return visible_fields(self.asked.live, self.asked.form.key).get(self.asked.named("lanes"))

    def groups(self) -> list[Group]:
        """Return the groups in their order, each with its first bars; the statements are the same for any number."""
        found = self._cells()
        drawer = Drawer(self.asked, [one for cell in found for one in cell.records], self.placing)
        lane = self.lane
        if lane is None:
            return [self._group(cell, "", drawer) for cell in found]
        look = look_at(self.asked.live, [lane], [{lane.key: cell.key[0]} for cell in found])
        named = [(say(lane, cell.key[0], look) or gettext("None"), cell) for cell in found]
        orders = {option.key: place for place, option in enumerate(lane.options)}
        named.sort(key=lambda one: (one[1].key[0] is None, orders.get(one[1].key[0], len(orders)), one[0]))
        return [self._group(cell, label, drawer) for label, cell in named[:MOST_GROUPS]]

    def _group(self, cell: Cell, label: str, drawer: Drawer) -> Group:
        bars = [bar for record in cell.records if (bar := self._bar(drawer.entry(record)))]
        return Group(label, cell.count, bars)

    def _cells(self) -> list[Cell]:
        asked, lane = self.asked, self.lane

        def by(source: Any) -> list[Any]:
            return [column_of(source, asked.live, asked.form.key, lane.key)] if lane else []

        return cells(
            here.db(),
            asked.live,
            asked.form.key,
            here.viewer(),
            here.now(),
            by,
            within=lambda source: [touches(source, self.placing, self.first, self.last)],
            most=MOST_BARS,
            sort=asked.settings.sort or (self.placing.start,),
            **asked.question,
        )

    def _bar(self, entry: Entry) -> Bar | None:
        if not entry.first:
            return None
        begins, ends = date.fromisoformat(entry.first), date.fromisoformat(entry.last)
        first, last = max(begins, self.first), min(ends, self.last)
        x, width = (first - self.first).days * DAY, ((last - first).days + 1) * DAY
        return Bar(entry, x, max(width, DAY), begins < self.first, ends > self.last)
