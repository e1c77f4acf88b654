"""Whether two texts probably name the same customer: names of companies and people, telephone numbers, addresses."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from forms.text import folded
from rules.pinyin import has_han, spelt

#: What companies are called besides their name; longer ones first.
_FORMS = (
    "股份有限公司|有限责任公司|有限責任公司|集团有限公司|集團有限公司|有限公司|分公司|总公司|總公司|公司|集团|集團|"
    "株式会社|有限会社|合同会社"
)
_LATIN_FORMS = (
    "co ltd|company limited|limited|ltd|inc|incorporated|corporation|corp|company|co|llc|llp|plc|"
    "gmbh co kg|gmbh|ag|kg|ohg|sa|sas|sarl|srl|spa|bv|nv|oy|ab|as|kk|pte ltd|pty ltd|holdings|holding|group"
)
_HAN_FORM = re.compile(f"(?:{_FORMS})$")
_LATIN_FORM = re.compile(f"\\b(?:{_LATIN_FORMS})$")
_SIGNS = re.compile(r"[^\w]+")
_DIGITS = re.compile(r"\D+")
#: Digits at the end of a telephone number that tell it from others; what stands before is a matter of taste.
TELLING_DIGITS = 8
#: How like two names must be, 1 being the same.
LIKE = 0.86
#: Letters of a fragment by which names are looked for, and fragments of one name.
FRAGMENT, MOST_FRAGMENTS = 3, 8


def core(text: str) -> str:
    """Return what is particular about a name: folded, without signs and without the form of the company."""
    name = _SIGNS.sub(" ", folded(text)).strip()
    while True:
        shorter = _HAN_FORM.sub("", _LATIN_FORM.sub("", name)).strip()
        if not shorter or shorter == name:
            return name
        name = shorter


def names_alike(one: str, other: str) -> bool:
    """Tell whether two names are probably the same customer's."""
    first, second = sorted((core(one).replace(" ", ""), core(other).replace(" ", "")), key=len)
    if not first or not second:
        return False
    if first == second or _spoken_alike(first, second):
        return True
    telling = 3 if has_han(first) else 6
    if len(first) >= telling and first in second:
        return True
    return len(first) >= 5 and SequenceMatcher(None, first, second, autojunk=False).ratio() >= LIKE


def _spoken_alike(one: str, other: str) -> bool:
    """Tell whether two Chinese names sound the same, in whatever characters: 冯辅可 and 馮輔可."""
    if len(one) < 2 or not (has_han(one) and has_han(other)) or len(one) != len(other):
        return False
    return spelt(one).split()[:1] == spelt(other).split()[:1]


def digits(text: str) -> str:
    """Return the digits that tell a telephone number from others, without its extension."""
    return _DIGITS.sub("", folded(text).split("x")[0])[-TELLING_DIGITS:]


def phones_alike(one: str, other: str) -> bool:
    """Tell whether two telephone numbers are the same but for codes and signs."""
    return len(digits(one)) >= 7 and digits(one) == digits(other)


def emails_alike(one: str, other: str) -> bool:
    """Tell whether two e-mail addresses are the same but for case."""
    return "@" in one and folded(one) == folded(other)


def fragments(text: str) -> list[str]:
    """Return pieces of a name of which those that are alike have at least one."""
    name = core(text)
    if not has_han(name):
        words = [word for word in name.split() if len(word) >= FRAGMENT]
        return (words or [name])[:MOST_FRAGMENTS]
    whole = name.replace(" ", "")
    threes = [whole[start : start + FRAGMENT] for start in range(len(whole) - FRAGMENT + 1)] or [whole]
    return [*dict.fromkeys(threes)][: MOST_FRAGMENTS - 1] + spelt(whole).split()[:1]
