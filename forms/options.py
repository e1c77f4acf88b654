"""Finding the option a person means: by key, or by label in any language."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from forms.text import folded, written

if TYPE_CHECKING:
    from forms.defs import FieldDef, Option


#: Options -> their names, kept while the very same tuple is in use: an import asks thousands of times.
_NAMES: dict[int, tuple[tuple[Option, ...], dict[str, str]]] = {}
_MOST_KEPT = 1000


def names_of(field: FieldDef) -> dict[str, str]:
    """Return every folded name of the options with its key; a key goes before a label."""
    kept = _NAMES.get(id(field.options))
    if kept is None or kept[0] is not field.options:
        if len(_NAMES) >= _MOST_KEPT:
            _NAMES.clear()
        kept = _NAMES[id(field.options)] = (field.options, _names(field.options))
    return kept[1]


def _names(options: tuple[Option, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for option in options:
        names.setdefault(folded(option.key), option.key)
    for option in options:
        for text in option.label.texts.values():
            names.setdefault(folded(text), option.key)
    return names


def find_option(field: FieldDef, raw: object) -> str | None:
    """Return the key of the option that a text names."""
    text = written(raw)
    return None if text is None else names_of(field).get(folded(text))


def nearest(field: FieldDef, raw: object) -> str:
    """Return the key of the option that was probably meant, or ''."""
    names = names_of(field)
    found = get_close_matches(folded((written(raw) or "")[:100]), names, n=1, cutoff=0.6)
    return names[found[0]] if found else ""
