"""Finding the option a person means: by key, or by label in any language."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from forms.text import folded, written

if TYPE_CHECKING:
    from forms.defs import FieldDef


def names_of(field: FieldDef) -> dict[str, str]:
    """Return every folded name of the options with its key; a key goes before a label."""
    names: dict[str, str] = {}
    for option in field.options:
        names.setdefault(folded(option.key), option.key)
    for option in field.options:
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
