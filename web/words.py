"""Sentences in the visitor's language, with types: `gettext` and `ngettext` as pages and views use them."""

from __future__ import annotations

import flask_babel


def gettext(text: str, /, **facts: object) -> str:
    """Say a sentence with its %(facts)s filled in."""
    return str(flask_babel.gettext(text, **facts))


def ngettext(one: str, many: str, num: int, /, **facts: object) -> str:
    """Say a sentence about a number of things."""
    return str(flask_babel.ngettext(one, many, num, **facts))
