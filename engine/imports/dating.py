"""Dates that begin with the day or the month: which order a column is in is asked, and never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from forms.text import plain

#: Day first and month first, as a mapping names them.
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
ORDERS = (DAY_FIRST, MONTH_FIRST)
_TURNED = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})(?:[T, ]+(\d.*))?", re.ASCII)
#: Longer texts are no dates.
_LONGEST = 60
#: Years of two digits from here on are of the last century.
_PIVOT = 70


def possible_orders(texts: Iterable[str]) -> tuple[str, ...] | None:
    """Return the orders in which every turned date of a column makes sense; None when it holds no turned dates."""
    left: list[str] | None = None
    for text in texts:
        match = _TURNED.fullmatch(plain(text)) if len(text) < _LONGEST else None
        if match is not None:
            left = [order for order in (ORDERS if left is None else left) if _date(match, order) is not None]
    return None if left is None else tuple(left)


def turned(text: str, order: str) -> str:
    """Return a turned date year first; ValueError for one that is none in this order, any other text as it is."""
    match = _TURNED.fullmatch(plain(text))
    if match is None:
        return text
    found = _date(match, order)
    if found is None:
        raise ValueError(text)
    return f"{found.isoformat()} {match[5]}" if match[5] else found.isoformat()


def _date(match: re.Match[str], order: str) -> date | None:
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if len(match[4]) == 2:
        year += 1900 if year >= _PIVOT else 2000
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        return None
