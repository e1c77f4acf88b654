"""Our own functions inside SQLite, for what its SQL cannot say: local time, case, working days, mathematics it may lack."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from rules.functions import dates, text
from rules.scope import RuleContext

_handed = threading.local()


def register(connection: sqlite3.Connection) -> None:
    """Register every function on a connection."""
    for name, (arity, function) in FUNCTIONS.items():
        connection.create_function(name, arity, function, deterministic=True)
    if not _has_mathematics(connection):
        for name, mathematical in MATHEMATICS.items():
            connection.create_function(name, 1, mathematical, deterministic=True)


@contextmanager
def handed_over(values: Mapping[Any, Any]) -> Iterator[None]:
    """Let the statements of this thread look up what was worked out beforehand, with `sw_anew` and `sw_is_anew`.

    The functions are always there: SQLite lets none come or go while any statement of a connection is half read.
    """
    _handed.values = values
    try:
        yield
    finally:
        del _handed.values


def _anew(key: object) -> object:
    return _handed.values.get(key)


def _is_anew(key: object) -> bool:
    return key in _handed.values


def _has_mathematics(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT trunc(1.5), sqrt(4.0), ceil(1.5), sign(-1.0)")
    except sqlite3.OperationalError:
        return False
    return True


def _or_empty(function: Callable[[float], float]) -> Callable[[float | None], float | None]:
    def strict(value: float | None) -> float | None:
        return None if value is None else float(function(value))

    return strict


MATHEMATICS = {
    "ceil": _or_empty(math.ceil),
    "trunc": _or_empty(math.trunc),
    "sqrt": _or_empty(math.sqrt),
    "sign": _or_empty(lambda value: (value > 0) - (value < 0)),
}


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(moment: str, zone: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(_zone(zone))


def local_date(moment: str | None, zone: str) -> str | None:
    """Return the date of a stored moment in a time zone."""
    return None if moment is None else _local(moment, zone).date().isoformat()


def local_time(moment: str | None, zone: str) -> str | None:
    """Return the date and time of a stored moment in a time zone."""
    return None if moment is None else _local(moment, zone).replace(tzinfo=None).isoformat(" ")


def _dates(function: str, calendar: str, *values: object) -> Any:
    return getattr(dates, function)(RuleContext(calendar=calendar), *values)


def workdays_between(calendar: str, start: str | None, end: str | None) -> float | None:
    """Count the working days after one date up to another."""
    if start is None or end is None:
        return None
    found: float | None = _dates("workdays_between", calendar, date.fromisoformat(start), date.fromisoformat(end))
    return found


def add_workdays(calendar: str, day: str | None, count: float | None) -> str | None:
    """Return the date so many working days later."""
    if day is None or count is None:
        return None
    found: date | None = _dates("add_workdays", calendar, date.fromisoformat(day), count)
    return None if found is None else found.isoformat()


def is_workday(calendar: str, day: str | None) -> bool:
    """Tell whether people work on a date."""
    return day is not None and bool(_dates("is_workday", calendar, date.fromisoformat(day)))


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is empty when one of its arguments is."""

    def strict(*values: object) -> object:
        return None if None in values else function(*values)

    return strict


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "sw_local_date": (2, local_date),
    "sw_local_datetime": (2, local_time),
    "sw_workdays_between": (3, workdays_between),
    "sw_add_workdays": (3, add_workdays),
    "sw_is_workday": (2, is_workday),
    "sw_lower": (1, _strict(text.lower)),
    "sw_upper": (1, _strict(text.upper)),
    "sw_initials": (1, _strict(text.initials)),
    "sw_text": (-1, _strict(text.text_of)),
    "sw_anew": (1, _anew),
    "sw_is_anew": (1, _is_anew),
}
