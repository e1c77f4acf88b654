"""Expressions with other words in them: names that people read in place of keys, or keys in place of names."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: A quoted text, which stays as it is, or a name, with the way on from it: not what stands behind a dot, and no function.
_WORDS = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.])([^\W\d]\w*)((?:\.[^\W\d]\w*)*)(?!\w|\s*\()""")


def reworded(text: str, words: Mapping[str, str]) -> str:
    """Return an expression with other words where these stand, be it a whole way or the first name of one.

    Quoted texts and functions stay.
    """

    def other(found: re.Match[str]) -> str:
        quoted, name, way = found.groups()
        return quoted or words.get(name + way) or words.get(name, name) + way

    return _WORDS.sub(other, text) if words else text
