"""Cron lines: times on the wall, without a zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cronsim import CronSim, CronSimError


def is_cron(line: str) -> bool:
    """Tell whether a text is a cron line of five fields."""
    if len(line.split()) != 5:
        return False
    try:
        CronSim(line, datetime(2001, 1, 1))  # noqa: DTZ001 - any moment does
    except CronSimError:
        return False
    return True


def walls(line: str, after: datetime) -> Iterator[datetime]:
    """Go through the times after one, as long as there are any within 50 years."""
    try:
        yield from CronSim(line, after)
    except CronSimError:
        return
