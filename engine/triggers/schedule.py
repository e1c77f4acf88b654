"""Times of the calendar: every Monday at nine, the first working day of the month, or a cron line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from engine.clock import DAY, Clock
from engine.config.schema_parts import array, enum, obj, text
from engine.okr.cycle import add_months
from engine.triggers._base import Trigger, register, time_of, time_schema
from rules.cron import is_cron, walls
from rules.errors import N_
from rules.scope import Shape
from rules.types import DATE, DATETIME

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_DAYS = ("last", "first_working_day", "last_working_day")
EVERY = ("day", "working_day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
#: Occasions looked at after a long absence; of more, the latest.
MOST = 100
#: Days looked ahead for the next occasion: 29 February may be eight years away.
HORIZON = timedelta(days=366 * 9)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every day, week, month … on some days at a time, or a cron line; `once`: only what begins to hold is told."""

    every: str
    on: tuple[str | int, ...]
    of_day: time
    cron: str
    once: bool


@register
class Scheduled(Trigger):
    """A time of the calendar, in the app's zone and by its working days."""

    key = "schedule"
    is_calendar = True
    schema = obj(
        {
            "every": enum(EVERY, "How often."),
            "on": array(
                {"type": ["string", "integer"], "minimum": 1, "maximum": 31, "maxLength": 20},
                "Days of the week (monday …) or of the month: 1 to 31, last, first_working_day, last_working_day.",
                31,
                1,
            ),
            "at": time_schema("At this time; midnight without it."),
            "cron": text("Instead: minute hour day month weekday, as 0 9 * * 1-5.", 100),
            "fires": enum(
                ("each_time", "once"), "Anew each time the condition holds then, or once until it no longer does."
            ),
        },
        description="Times of the calendar at which the rule is looked at.",
    )
    needs_form = False

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        if spot["cron"].is_given == spot["every"].is_given:
            desk.add(spot.fault("alert.schedule", N_("Write “every” or “cron”: which times are meant?")))
        if spot["cron"].text and not is_cron(spot["cron"].text):
            template = N_("“{line}” is no cron line; write it as 0 9 * * 1.")
            desk.add(spot["cron"].fault("alert.cron", template, line=spot["cron"].text))
        self._check_days(desk, spot)

    def _check_days(self, desk: Desk, spot: Spot) -> None:
        every = spot["every"].text
        known: tuple[str, ...] = WEEKDAYS if every == "week" else MONTH_DAYS if every in MONTHS else ()
        if spot["on"].is_given and spot["every"].is_given and not known:
            desk.add(
                spot["on"].fault("alert.schedule", N_("Only weeks, months, quarters and years have days to name."))
            )
            return
        for number in range(len(spot["on"].value) if isinstance(spot["on"].value, list) else 0):
            day = spot["on"][number]
            if isinstance(day.value, int) and every == "week":
                desk.add(day.fault("alert.schedule", N_("A day of the week is written as monday.")))
            elif day.text:
                desk.named(day, known, "alert.schedule", N_("“{name}” is no such day."))

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        days = spot["on"].value
        on = tuple(days) if isinstance(days, list) else ()
        of_day = time_of(spot["at"], time()) or time()
        return Calendar(spot["every"].text, on, of_day, spot["cron"].text, spot["fires"].text == "once")

    def names(self, desk: Desk, rule: Spot, spot: Spot) -> Shape:
        return {"today": DATE.never_empty(), "now": DATETIME.never_empty()}

    def is_by_occasion(self, given: Calendar) -> bool:
        return not given.once

    def occasions(self, clock: Clock, given: Calendar, after: datetime, until: datetime) -> Sequence[datetime]:
        found = takewhile(lambda one: one <= until, _from(clock, given, after))
        latest: list[datetime] = []
        for one in found:
            latest = [*latest[-MOST + 1 :], one]
        return latest

    def next_occasion(self, clock: Clock, given: Calendar, after: datetime) -> datetime | None:
        return next(iter(islice(_from(clock, given, after), 1)), None)


def _from(clock: Clock, given: Calendar, after: datetime) -> Iterator[datetime]:
    """Go through the occasions after a moment, in order."""
    if given.cron:
        yield from _by_cron(clock, given.cron, after)
        return
    day = clock.today(after)
    until = day + HORIZON
    while day <= until:
        if _is_on(clock, given, day) and (at := clock.at(day, given.of_day)) > after:
            yield at
            until = day + HORIZON
        day += DAY


def _by_cron(clock: Clock, line: str, after: datetime) -> Iterator[datetime]:
    """Go through the times of a cron line on the wall; one that daylight saving leaves out comes after the gap."""
    for wall in walls(line, clock.local(after) - timedelta(hours=3)):
        if (at := clock.moment(wall)) > after:
            after = at
            yield at


def _is_on(clock: Clock, given: Calendar, day: date) -> bool:
    if given.every == "day":
        return True
    if given.every == "working_day":
        return clock.is_workday(day)
    if given.every == "week":
        return WEEKDAYS[day.weekday()] in (given.on or ("monday",))
    if (day.month - 1) % MONTHS[given.every]:
        return False
    return any(_is_month_day(clock, one, day) for one in given.on or (1,))


def _is_month_day(clock: Clock, wanted: str | int, day: date) -> bool:
    """Tell whether a day is the wanted one of its month; the 31st of a shorter month is its last day."""
    first = day.replace(day=1)
    last = add_months(first, 1) - DAY
    if wanted == "last":
        return day == last
    if wanted == "first_working_day":
        return day == clock.workday_from(first)
    if wanted == "last_working_day":
        return day == clock.workday_from(last, -1)
    return day == min(last, first + (int(wanted) - 1) * DAY)
