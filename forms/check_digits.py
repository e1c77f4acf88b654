"""Check digits of article numbers (EAN-13, EAN-8, UPC-A), and which signs each kind of barcode can show."""

from __future__ import annotations

#: Symbology -> number of digits, the check digit included.
ARTICLE_NUMBERS = {"ean13": 13, "ean8": 8, "upca": 12}
#: Most characters of the others.
LONGEST = {"code128": 80, "qr": 500}


def check_digit(digits: str) -> str:
    """Return the check digit of an article number without one: digits weigh 3 and 1 in turn, from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_complete(number: str) -> bool:
    """Tell whether the last digit of an article number is the check digit of the others."""
    return check_digit(number[:-1]) == number[-1]
