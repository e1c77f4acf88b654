"""Whether a text names a time zone."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    """Return the names of all IANA time zones of this machine."""
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Tell whether this is an IANA time zone."""
    return name in zones()
