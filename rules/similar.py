"""Guesses what was meant by a mistyped word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Words longer than this are no slip of the pen, and comparing them costs time.
_LONGEST = 60


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or nothing."""
    if len(word) > _LONGEST:
        return ""
    by_fold = {k.casefold(): k for k in known if len(k) <= _LONGEST}
    folded = word.casefold()
    if folded in by_fold:
        return by_fold[folded]
    found = get_close_matches(folded, by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""
