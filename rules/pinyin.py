"""Chinese names as they are typed with Latin letters: whole syllables, and their first letters."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")
#: Names are short; of a longer text nobody types the letters.
LONGEST = 80
#: Readings kept of one name: a few characters are read in more ways than one (曾, 单, 乐).
READINGS = 4


def has_han(text: str) -> bool:
    """Tell whether a text holds Chinese characters."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=4096)
def spelt(text: str) -> str:
    """Return what finds the Chinese names in a text: `zhangsan zs` for 张三; empty when it holds none."""
    found: dict[str, None] = {}
    for run in _HAN.findall(text[:LONGEST]):
        for syllables in _readings(run):
            found["".join(syllables)] = None
            found["".join(one[:1] for one in syllables)] = None
    return " ".join(found)


def sounds(text: str) -> str:
    """Return a text with each Chinese character as it usually sounds, between spaces: `qing jia 2` for 请假2."""
    from pypinyin import lazy_pinyin  # a large dictionary: only those who meet Chinese names load it

    return " ".join(lazy_pinyin(text[:LONGEST]))


@lru_cache(maxsize=4096)
def _readings(run: str) -> list[tuple[str, ...]]:
    """Return the readings of a name: the usual one, and the others of its first character, a surname perhaps."""
    from pypinyin import Style, lazy_pinyin, pinyin  # a large dictionary: only those who meet Chinese names load it

    usual = tuple(lazy_pinyin(run, errors="ignore"))
    if not usual:
        return []
    found = pinyin(run[0], style=Style.NORMAL, heteronym=True, errors="ignore")
    others = [other for other in (found[0] if found else ()) if other.isascii()]
    firsts = dict.fromkeys([usual[0], *others])
    return [(first, *rest) for first, rest in islice(product(firsts, [usual[1:]]), READINGS)]
