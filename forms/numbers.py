"""Reading numbers as people write them, and writing them so that they read back identically."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

from forms.text import plain

#: Above this a double no longer counts in steps that a person expects.
LARGEST = Decimal(10**15)
#: What is closer to 0 is 0: products of a few such numbers would leave the range of doubles, which PostgreSQL refuses.
SMALLEST = Decimal("1e-15")

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
#: Multipliers people write behind a number in Chinese and Japanese.
_MULTIPLIERS = {"千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "百萬": 10**6, "亿": 10**8, "億": 10**8}
_LONGER_FIRST = sorted(_MULTIPLIERS, key=len, reverse=True)
#: Longest text that can still be a number; Decimal takes time on more.
_LONGEST = 60


def read_number(raw: object) -> Decimal | None:
    """Return the number a text or JSON number means, or None when it is none or could mean two."""
    number = _read(raw)
    return number if number is None or abs(number) >= SMALLEST else Decimal(0)


def _read(raw: object) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return Decimal(raw) if abs(raw) <= 10**18 else None
    if isinstance(raw, float):
        return Decimal(repr(raw)) if math.isfinite(raw) else None
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else None
    return _read_text(plain(raw)) if isinstance(raw, str) and len(raw) <= _LONGEST else None


def _read_text(text: str) -> Decimal | None:
    for word in () if text.isascii() else _LONGER_FIRST:
        if text.endswith(word):
            number = _digits(text.removesuffix(word).rstrip())
            return None if number is None else number * _MULTIPLIERS[word]
    return _digits(text)


def _digits(text: str) -> Decimal | None:
    if "," in text and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif not _PLAIN.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the patterns above admit only what Decimal reads
        return None


def is_ambiguous(raw: object) -> bool:
    """Tell whether a text has digits and separators that different countries read differently."""
    text = plain(raw) if isinstance(raw, str) and len(raw) <= _LONGEST else ""
    return bool(re.fullmatch(r"[+-]?[\d.,' ]*[.,' ][\d.,' ]*", text, re.ASCII)) and read_number(raw) is None


def decimals_of(number: Decimal) -> int:
    """Return how many digits stand behind the point, trailing zeros aside."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0:
        exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number_text(value: float) -> str:
    """Return the shortest text of a number that reads back identically."""
    text = repr(float(value))
    return text.removesuffix(".0")
