"""Configs in words: what each member of a file, each value it may have, and each field type is called.

A path is the way to a member without the places in lists: `("fields", "max_length")`, `("notify", "actions", "do")`.
Of maps the key may be in it: `("measures", "won", "agg")`. Texts are in the language of the visitor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext

from admin.vocabulary import alert, app, config_test, dashboard, fields, forms, okr, pipeline, shared
from admin.vocabulary._words import Words, find
from admin.vocabulary.tiles import TILE_WORDS, TileWords
from admin.vocabulary.types import FIELD_TYPE_WORDS, GROUPS, FieldTypeWords
from admin.vocabulary.values import VALUES
from rules.errors import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Noun -> end of the path -> words.
PROPERTIES: Mapping[str, Mapping[str, Words]] = {
    "app": app.PROPERTIES,
    "form": fields.PROPERTIES | forms.PROPERTIES,
    "pipeline": pipeline.PROPERTIES,
    "okr": okr.PROPERTIES,
    "alert": alert.PROPERTIES,
    "dashboard": dashboard.PROPERTIES,
    "test": config_test.PROPERTIES,
}
_YES_NO = {True: N_("Yes"), False: N_("No")}
#: Members that hold the key of a field type.
_TYPES = (("fields", "type"), ("fields", "result"))


def property_label(noun: str, path: tuple[str, ...], kind: str = "") -> str:
    """Return what a member is called; `kind` is the type of the field it belongs to, if it belongs to one."""
    found = words_of(noun, path, kind)
    return gettext(found.label) if found else path[-1].replace("_", " ").capitalize()


def property_help(noun: str, path: tuple[str, ...], kind: str = "") -> str:
    """Return a sentence about a member; nothing where there is none."""
    found = words_of(noun, path, kind)
    return gettext(found.help) if found else ""


def words_of(noun: str, path: tuple[str, ...], kind: str = "") -> Words | None:
    """Return the words for a member, not yet translated: the field type's, the noun's, or those of every noun."""
    own = fields.KINDS.get(f"{kind}.{path[-1]}") if kind and path[:-1] == ("fields",) else None
    return own or find(path, PROPERTIES.get(noun, {}), shared.PROPERTIES)


def value_label(noun: str, path: tuple[str, ...], value: object) -> str:
    """Return what a value of a member is called; the value itself where it has no word."""
    word = value_word(noun, path, value)
    return gettext(word) if word else str(value)


def value_word(noun: str, path: tuple[str, ...], value: object) -> str | None:
    """Return the word for a value, not yet translated; None where it has none."""
    if isinstance(value, bool):
        return _YES_NO[value]
    if noun == "form" and path in _TYPES and str(value) in FIELD_TYPE_WORDS:
        return FIELD_TYPE_WORDS[str(value)].label
    words = find(path, VALUES.get(noun, {}), VALUES[""])
    return words.get(str(value)) if words else None


__all__ = [
    "FIELD_TYPE_WORDS",
    "GROUPS",
    "TILE_WORDS",
    "FieldTypeWords",
    "TileWords",
    "Words",
    "find",
    "property_help",
    "property_label",
    "value_label",
    "value_word",
    "words_of",
]
