"""Expressions in the words of those who write them: names of fields and measures stand for their keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from admin.condition_words import fields_of
from forms.labels import Label
from web.i18n import language

if TYPE_CHECKING:
    from engine.config.desk import Desk as Bench

_BEGUN = re.compile(r"(?<![\w.\"'])[^\W\d]\w*$")


def keys_of_fields(bench: Bench, form: str) -> dict[str, str]:
    """Return the key of each field of a form by its names; what two fields are called names none, nor does a word like “and”."""
    return _by_name((key, one.label) for key, one in fields_of(bench, form).items())


def keys_of_measures(*around: Any) -> dict[str, str]:
    """Return the key of each measure by its names, of objects that hold some, the innermost first."""
    held = [one["measures"] for one in around if isinstance(one, dict) and isinstance(one.get("measures"), dict)]
    return _by_name(
        (key, Label.of(one.get("label"), key)) for part in held for key, one in part.items() if isinstance(one, dict)
    )


def names_of_measures(*around: Any) -> dict[str, str]:
    """Return how measures are called in the viewer's language, by key, of objects that hold some, the innermost first."""
    held = [
        one["measures"] for one in reversed(around) if isinstance(one, dict) and isinstance(one.get("measures"), dict)
    ]
    return {
        key: Label.of(one.get("label"), key).pick(language()) or key
        for part in held
        for key, one in part.items()
        if isinstance(one, dict)
    }


def named_here(text: str, place: int, keys: Mapping[str, str]) -> tuple[int, list[tuple[str, str]]]:
    """Return where the name at a place begins, and what it may become: (name, key) of names that hold what is written."""
    begun = _BEGUN.search(text[:place])
    if begun is None:
        return place, []
    return begun.start(), [(name, key) for name, key in keys.items() if begun[0].casefold() in name.casefold()]


def _by_name(labelled: Iterable[tuple[str, Label]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for key, label in labelled:
        for name in label.texts.values():
            found.setdefault(name, set()).add(key)
    keys = set().union(*found.values())
    return {
        name: next(iter(held))
        for name, held in found.items()
        if len(held) == 1 and name not in keys and not iskeyword(name)
    }
