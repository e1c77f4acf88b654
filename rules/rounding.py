"""Rounding half away from zero, the one way every evaluator does it."""

from __future__ import annotations

import math

#: Scaled values from here on have no decimals left that could be rounded.
NO_DECIMALS = 2.0**50
#: 1.005 is kept as 1.00499999999999989: one part in 2**52 mends what binary numbers cannot hold.
MEND = 1 + 2.0**-52


def factor(digits: int) -> float:
    """Return what a number is multiplied by before its half is added; SQL uses the same figure."""
    return 10.0**digits * MEND if digits >= 0 else MEND / 10.0**-digits


def half_away(number: float, digits: int = 0) -> float:
    """Round to so many decimals (negative: tens, hundreds); a half goes away from zero."""
    scaled = abs(number) * factor(digits)
    if scaled >= NO_DECIMALS:
        return number
    whole = math.floor(scaled + 0.5)
    rounded = whole / 10.0**digits if digits >= 0 else whole * 10.0**-digits
    return rounded if number >= 0 else 0.0 - rounded
