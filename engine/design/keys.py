"""Keys for what a person only gives a name: from its Latin letters, of Chinese by their usual sounds."""

from __future__ import annotations

import re
from collections.abc import Collection

from forms.system import RESERVED_KEYS
from rules.pinyin import has_han, sounds

#: Longest key that is made up; people read them in exports.
LONGEST = 30


def key_for(name: str, taken: Collection[str], fallback: str = "item", longest: int = LONGEST) -> str:
    """Return a key for a name that nothing else has: `annual_leave`, `qing_jia`, `field_2`."""
    key = _plain(name)[:longest].strip("_") or fallback
    if not key[0].isalpha():
        key = f"{fallback}_{key}"[:longest].strip("_")
    used = {*taken, *RESERVED_KEYS}
    if key not in used:
        return key
    stem = key[: longest - 4].rstrip("_")
    return next(made for number in range(2, 10_000) if (made := f"{stem}_{number}") not in used)


def _plain(name: str) -> str:
    """Return a name in Latin letters and digits with single underscores between."""
    latin = sounds(name) if has_han(name) else name
    return re.sub("[^a-z0-9]+", "_", latin.lower()).strip("_")
