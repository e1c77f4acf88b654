"""Dates relative to the moment of cloning, as demonstration records write them: `@-12d`, `@q:0.4+6h`, `@pq:0.5+30d?`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.okr.cycle import period_of, previous, today_in

#: `@` · the running quarter so far or the previous quarter with a share of it · offsets · a time of day · `?`.
_SHAPE = re.compile(
    r"@(?:(?P<base>p?q):(?P<share>[01](?:\.\d{1,6})?))?(?P<offsets>(?:[+-]\d{1,5}[hdw])*)"
    r"(?: (?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d))?(?P<past>\?)?"
)
_OFFSET = re.compile(r"([+-]\d+)([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def is_relative(text: str) -> bool:
    """Tell whether a cell is written as a moment relative to now."""
    return text.startswith("@") and _SHAPE.fullmatch(text) is not None


def resolve(text: str, now: datetime, zone: str) -> datetime | None:
    """Return the UTC moment a cell means; None for one that ends in `?` and lies ahead of `now`."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hours = sum(int(count) * _HOURS[unit] for count, unit in _OFFSET.findall(found["offsets"]))
    moment = _base(found["base"], float(found["share"] or 0), now, zone) + timedelta(hours=hours)
    if found["hour"]:
        local = moment.astimezone(ZoneInfo(zone))
        clock = time(int(found["hour"]), int(found["minute"]))
        moment = datetime.combine(local.date(), clock, ZoneInfo(zone)).astimezone(UTC)
    return None if found["past"] and moment > now else moment.replace(microsecond=0)


def cell(text: str, now: datetime, zone: str, *, as_date: bool) -> str:
    """Return a relative cell as an ISO date of the zone, or an ISO moment; an empty text when it is left out."""
    moment = resolve(text, now, zone)
    if moment is None:
        return ""
    return moment.astimezone(ZoneInfo(zone)).date().isoformat() if as_date else moment.isoformat()


def _base(base: str | None, share: float, now: datetime, zone: str) -> datetime:
    if not base:
        return now
    quarter = period_of(today_in(now, zone), "quarter")
    if base == "q":
        start, end = quarter.moments(zone)
        end = now
    else:
        start, end = previous(quarter).moments(zone)
    assert start is not None  # a quarter is closed on both sides
    assert end is not None
    return start + (end - start) * share
