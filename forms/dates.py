"""Reading dates and moments as people write them: year first, in ISO, with slashes or in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from forms.text import plain
from rules.moments import cut

_DATE = r"(?P<year>\d{4})(?:-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})|/(?P<m2>\d{1,2})/(?P<d2>\d{1,2})|\.(?P<m3>\d{1,2})\.(?P<d3>\d{1,2})"
_DATE += r"|年 ?(?P<m4>\d{1,2})月 ?(?P<d4>\d{1,2})[日号號]|(?P<m5>\d{2})(?P<d5>\d{2}))"
_TIME = r"(?P<hour>\d{1,2})(?:[:时時点點](?P<minute>\d{1,2})(?:[:分](?P<second>\d{1,2})(?:\.(?P<part>\d{1,9}))?)?分?秒?|[时時点點])"
_ZONE = r"(?P<zone>Z|[+-]\d{2}:?\d{2})"
_ONLY_DATE = re.compile(_DATE, re.ASCII)
_MOMENT = re.compile(f"{_DATE}(?:(?:[T ] ?|(?<=[日号號]))(?P<time>{_TIME}) ?{_ZONE}?)?", re.ASCII)
#: Years in which no zone leads beyond those that are kept.
_PLAIN_MOMENT = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?", re.ASCII)
#: Day or month first: two countries read it differently.
_TURNED = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}", re.ASCII)
#: Years outside are slips of the hand, and databases disagree about them.
FIRST_YEAR, LAST_YEAR = 1000, 9998
_LONGEST = 60


def read_date(raw: object) -> date | None:
    """Return the date a text means; a moment only counts when it is midnight."""
    if isinstance(raw, datetime):
        return None
    if isinstance(raw, date):
        return raw if FIRST_YEAR <= raw.year <= LAST_YEAR else None
    if not isinstance(raw, str) or len(raw) > _LONGEST:
        return None
    found = _MOMENT.fullmatch(plain(raw))
    if found is None or (found["time"] and (_clock(found) != (0, 0, 0, 0) or found["zone"])):
        return None
    return _date(found)


def read_moment(raw: object, zone: str) -> datetime | None:
    """Return the moment a text means, in UTC, to the millisecond; without an offset it is local time in `zone`."""
    if isinstance(raw, datetime):
        return None if raw.tzinfo is None else _utc(raw)
    if not isinstance(raw, str) or len(raw) > _LONGEST:
        return None
    found = _MOMENT.fullmatch(plain(raw))
    day = _date(found) if found else None
    if found is None or day is None:
        return None
    clock = _clock(found) if found["time"] else (0, 0, 0, 0)
    try:
        local = datetime(day.year, day.month, day.day, *clock, tzinfo=_zone(found["zone"], zone))
    except ValueError:
        return None
    moment = _utc(local)
    exists = moment is not None and moment.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)
    return moment if exists else None


def plain_moments(zone: str) -> Callable[[str], datetime | None]:
    """Return what reads local moments as machines write them, made once for many; None is for `read_moment`."""
    offset_at = ZoneInfo(zone).utcoffset

    def of(text: str) -> datetime | None:
        if not _PLAIN_MOMENT.fullmatch(text):
            return None
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            return None
        offset = offset_at(local)
        # Where clocks are put back or forward, a moment is there twice, or not at all.
        is_one = offset is not None and offset == offset_at(local.replace(fold=1))
        return (local - offset).replace(tzinfo=UTC) if is_one and offset is not None else None

    return of


def is_turned(raw: object) -> bool:
    """Tell whether a text looks like a date with the day or month first."""
    return isinstance(raw, str) and len(raw) <= _LONGEST and bool(_TURNED.match(plain(raw)))


def _date(found: re.Match[str]) -> date | None:
    month = found["m1"] or found["m2"] or found["m3"] or found["m4"] or found["m5"]
    day = found["d1"] or found["d2"] or found["d3"] or found["d4"] or found["d5"]
    try:
        result = date(int(found["year"]), int(month), int(day))
    except ValueError:
        return None
    return result if FIRST_YEAR <= result.year <= LAST_YEAR else None


def _clock(found: re.Match[str]) -> tuple[int, int, int, int]:
    """Return hour, minute, second and microsecond; what is finer than a millisecond is cut off."""
    milliseconds = int((found["part"] or "").ljust(3, "0")[:3])
    return int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0), milliseconds * 1000


def _zone(offset: str | None, zone: str) -> timezone | ZoneInfo:
    if not offset:
        return ZoneInfo(zone)
    if offset == "Z":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _utc(moment: datetime) -> datetime | None:
    try:
        result = cut(moment)
    except OverflowError:
        return None
    return result if FIRST_YEAR <= result.year <= LAST_YEAR else None
