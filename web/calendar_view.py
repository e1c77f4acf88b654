"""A calendar of records: a month or a week in the app's time zone, each day with its first records and how many more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from babel import dates as babel_dates
from flask import url_for

from engine.okr.cycle import add_months, today_in
from engine.records.cells import Cell, cells
from engine.records.spans import Placing, day_of, touches
from rules.types import Kind
from web import here, i18n
from web.kinds import Asked, Drawer, Entry, address
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record

MODES = ("month", "week")
#: Records of one day that are drawn; the list has the others.
MOST = {"month": 4, "week": 30}
#: A new record of a moment begins with the working day.
FIRST_HOUR = "09:00"


@dataclass(frozen=True)
class Day:
    """One square."""

    date: date
    entries: Sequence[Entry]
    more: int
    more_url: str
    new_url: str
    is_today: bool
    outside: bool

    @property
    def iso(self) -> str:
        return self.date.isoformat()

    @property
    def long(self) -> str:
        return i18n.full_day(self.date)


@dataclass(frozen=True)
class Calendar:
    """The records of a form on the days of a month or week."""

    asked: Asked
    placing: Placing
    mode: str
    day: date

    @property
    def first(self) -> date:
        """Return the Monday that the first row begins with."""
        begin = self.day if self.mode == "week" else self.day.replace(day=1)
        return begin - timedelta(days=begin.weekday())

    @property
    def last(self) -> date:
        """Return the Sunday that the last row ends with."""
        end = self.day if self.mode == "week" else add_months(self.day.replace(day=1), 1) - timedelta(days=1)
        return end + timedelta(days=6 - end.weekday())

    @property
    def title(self) -> str:
        if self.mode == "month":
            return i18n.period(self.day, "month")
        return gettext("%(first)s to %(last)s", first=i18n.day(self.first), last=i18n.day(self.last))

    @property
    def weekdays(self) -> list[str]:
        names = babel_dates.get_day_names("abbreviated", "stand-alone", locale=i18n.locale())
        return [names[number] for number in range(7)]

    def url(self, day: date, mode: str = "") -> str:
        """Return the address of the page that shows a day."""
        return self.asked.url(day=day.isoformat(), mode=mode or self.mode)

    @property
    def earlier(self) -> str:
        return self.url(add_months(self.day.replace(day=1), -1) if self.mode == "month" else self.day - timedelta(7))

    @property
    def later(self) -> str:
        return self.url(add_months(self.day.replace(day=1), 1) if self.mode == "month" else self.day + timedelta(7))

    @property
    def today(self) -> date:
        return today_in(here.now(), self.asked.live.app.context.time_zone)

    def days(self) -> list[Day]:
        """Return every day with its records; the number of statements does not depend on how many there are."""
        found = self._cells()
        records = [record for cell in found for record in cell.records]
        drawer = Drawer(self.asked, records, self.placing)
        count = (self.last - self.first).days + 1
        every = [self.first + timedelta(days=number) for number in range(count)]
        standing = self._standing(found, every)
        beyond = {begin: cell.count - len(cell.records) for cell in found if (begin := day_in(cell.key[0]))}
        made = {record.id: drawer.entry(record) for record in records}
        return [self._day(day, [made[one.id] for one in standing[day]], beyond) for day in every]

    def _cells(self) -> list[Cell]:
        asked, most = self.asked, MOST[self.mode]
        # Of a day on which long ones began before, all that are seen have begun there.
        return cells(
            here.db(),
            asked.live,
            asked.form.key,
            here.viewer(),
            here.now(),
            lambda source: [day_of(source, self.placing)],
            within=lambda source: [touches(source, self.placing, self.first, self.last)],
            most=most,
            sort=asked.settings.sort or (self.placing.start,),
            **asked.question,
        )

    def _standing(self, found: Sequence[Cell], every: Sequence[date]) -> dict[date, list[Record]]:
        """Return the records that stand on each day: those that last longer on all of theirs."""
        standing: dict[date, list[Record]] = {day: [] for day in every}
        for cell in sorted(found, key=lambda one: str(one.key[0])):
            for record in cell.records:
                stands = self.placing.days(record.values)
                if stands is None:
                    continue
                day = max(stands[0], self.first)
                while day <= min(stands[1], self.last):
                    standing[day].append(record)
                    day += timedelta(days=1)
        return standing

    def _day(self, day: date, entries: Sequence[Entry], beyond: dict[date, int]) -> Day:
        most = MOST[self.mode]
        more = max(0, len(entries) - most) + beyond.get(day, 0)
        outside = self.mode == "month" and day.month != self.day.month
        link = self._more_url(day) if more else ""
        return Day(day, entries[:most], more, link, self._new_url(day), day == self.today, outside)

    def _more_url(self, day: date) -> str:
        """Return the list of a day; what lasts several days has no such list, but a week with more room."""
        if self.placing.is_range:
            return self.url(day, "week") if self.mode == "month" else ""
        name = f"f.{self.placing.start}"
        ends: dict[str, object] = {f"{name}.min": day.isoformat(), f"{name}.max": day.isoformat()}
        return address(self.asked.live, self.asked.form.key, "table", self.asked.kept, **ends)

    def _new_url(self, day: date) -> str:
        placing, text = self.placing, day.isoformat()
        at = f"{text} {FIRST_HOUR}" if placing.kind(placing.start) is Kind.DATETIME else text
        values: dict[str, Any] = {placing.start: [text, text] if placing.is_range else at}
        names: dict[str, Any] = {"app_key": self.asked.live.key, "form_key": self.asked.form.key}
        return url_for("records.new", **(names | values | {"-next": self.url(day)}))


def day_in(value: object) -> date | None:
    """Return the day of a cell, whatever the database calls it."""
    if isinstance(value, date):
        return value
    return date.fromisoformat(value[:10]) if isinstance(value, str) else None


def day_asked(text: str, today: date) -> date:
    """Return the day that an address names; today when it makes no sense, or no calendar reaches so far."""
    try:
        day = date.fromisoformat(text if len(text) != len("2026-03") else f"{text}-01")
    except ValueError:
        return today
    return day if 1900 <= day.year <= 2900 else today
