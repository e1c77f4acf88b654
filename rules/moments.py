"""Moments are kept to the millisecond, in UTC: fine enough for every log we met, and exact in SQLite's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def cut(moment: datetime) -> datetime:
    """Return an aware moment in UTC, without what is finer than a millisecond.

    >>> cut(datetime.fromisoformat("2026-03-02T10:00:00.123999+08:00")).isoformat()
    '2026-03-02T02:00:00.123000+00:00'
    """
    if moment.tzinfo is UTC and not moment.microsecond % 1000:
        return moment  # as nearly all are: a record holds many, and an import a million
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@lru_cache(maxsize=512)
def iso(moment: datetime) -> str:
    """Write an aware moment in ISO, in UTC; milliseconds only where there are some.

    >>> iso(datetime.fromisoformat("2026-03-02T10:00:00+08:00"))
    '2026-03-02T02:00:00Z'
    """
    moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")
