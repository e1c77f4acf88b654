"""Reading times of day and stretches of time as people write them."""

from __future__ import annotations

import re
from decimal import Decimal

from forms.numbers import number_text, read_number
from forms.text import plain

_HALF = {"上午": "am", "早上": "am", "下午": "pm", "晚上": "pm", "am": "am", "pm": "pm", "a.m.": "am", "p.m.": "pm"}
_TIME = re.compile(
    r"(?P<before>上午|早上|下午|晚上)? ?(?P<hour>\d{1,2})"
    r"(?::(?P<m1>\d{2})(?::00)?|[点點时時](?:(?P<half>半)|(?P<m2>\d{1,2})分?)?)"
    r" ?(?P<after>am|pm|a\.m\.|p\.m\.)?",
    re.ASCII,
)
_HOURS = r"(?:hours|hour|hrs|hr|h|小时|小時|时|時|个小时|個小時)"
_MINUTES = r"(?:minutes|minute|mins|min|m|分钟|分鐘|分)"
_AMOUNT = r"\d{1,9}(?:\.\d{1,4})?"
_WORDS = re.compile(rf"(?:(?P<hours>{_AMOUNT}) ?{_HOURS})? ?(?:(?P<minutes>{_AMOUNT}) ?{_MINUTES})?", re.ASCII)
_CLOCK = re.compile(r"(?P<hours>\d{1,7}):(?P<minutes>[0-5]\d)", re.ASCII)
_LONGEST = 60
#: Most minutes kept: longer than any job, short enough to be counted exactly.
_MOST = 10**9


def read_time(raw: object) -> str | None:
    """Return the time of day as HH:MM, or None when the text is none."""
    found = _TIME.fullmatch(plain(raw).lower()) if isinstance(raw, str) and len(raw) <= _LONGEST else None
    if found is None or (found["before"] and found["after"]):
        return None
    minute = 30 if found["half"] else int(found["m1"] or found["m2"] or 0)
    hour = _hour(int(found["hour"]), _HALF.get(found["before"] or found["after"] or "", ""), latin=bool(found["after"]))
    return None if hour is None or minute > 59 else f"{hour:02}:{minute:02}"


def _hour(hour: int, half: str, *, latin: bool) -> int | None:
    """Return the hour of the day; am and pm go with the hours 1 to 12 alone."""
    if latin and not 1 <= hour <= 12:
        return None
    if half == "pm" and hour < 12:
        return hour + 12
    if half == "am" and hour >= 12:
        return 0 if hour == 12 else None
    return hour if hour < 24 else None


def read_duration(raw: object) -> int | None:
    """Return the whole minutes of a length of time; a number without a unit is minutes."""
    number = read_number(raw)
    if number is not None:
        return _whole(number)
    if not isinstance(raw, str) or len(raw) > _LONGEST:
        return None
    text = " ".join(plain(raw).lower().split())
    found = _CLOCK.fullmatch(text) or _WORDS.fullmatch(text)
    if found is None or not (found["hours"] or found["minutes"]):
        return None
    return _whole(Decimal(found["hours"] or 0) * 60 + Decimal(found["minutes"] or 0))


def _whole(minutes: Decimal) -> int | None:
    return int(minutes) if minutes == minutes.to_integral_value() and 0 <= minutes <= _MOST else None


def duration_text(minutes: float) -> str:
    """Return hours and minutes so that they read back; what is no whole number stays a number."""
    if not minutes.is_integer() or minutes < 0:
        return number_text(minutes)
    hours, rest = divmod(int(minutes), 60)
    return " ".join([*([f"{hours}h"] if hours else []), *([f"{rest}m"] if rest or not hours else [])])
