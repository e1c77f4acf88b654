"""The search text of a record, and the condition that finds words in it: folded once, the same on both databases.

Every searchable field is one segment: unit separator, field, record separator, folded text. Fields are spelt in
capitals, which folded words never hold, so no word finds a field's name, and a search can be kept to the fields that
somebody may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from forms.defs import FieldDef, FormDef
from forms.text import folded

_FIELD, _TEXT = "\x1f", "\x1e"
#: Words looked for at once; more are of no use to a person, and each costs a scan of the text.
MOST_WORDS = 8
#: Longer texts are searched up to here.
MOST_CHARACTERS = 20_000


#: Keys hold lower letters, digits and the underscore; no two of them are spelt alike.
_SPELT = {"z": "ZZ", "_": "ZX", **{str(digit): f"Z{chr(65 + digit)}" for digit in range(10)}}


def _spelt(key: str) -> str:
    return "".join(_SPELT.get(char, char.upper()) for char in key)


def searchable(form: FormDef) -> tuple[FieldDef, ...]:
    """Return the fields whose text the search box finds."""
    return tuple(field for field in form.fields if field.type.searchable or field.key == form.title)


def search_text(form: FormDef, row: Mapping[str, object]) -> str | None:
    """Return the segments of a record."""
    made = [
        f"{_FIELD}{_spelt(field.key)}{_TEXT}{text}"
        for field in searchable(form)
        if (text := folded(_words_of(field, row.get(field.key)))[:MOST_CHARACTERS])
    ]
    return "".join((*made, _FIELD)) if made else None


def _words_of(field: FieldDef, value: object) -> str:
    """Return what a person may look for: the text, or the labels of an option in every language."""
    if value is None:
        return ""
    if field.options:
        keys = value if isinstance(value, list) else [value]
        options = [option for key in keys if (option := field.option(str(key)))]
        return " ".join(text for option in options for text in dict.fromkeys(option.label.texts.values()))
    return field.type.plain(field, value)


def words_in(text: str) -> list[str]:
    """Return the words to look for, folded."""
    return folded(text).split()[:MOST_WORDS]


def finds(
    column: ColumnElement[str], form: FormDef, text: str, visible: Iterable[str], dialect: str
) -> ColumnElement[bool]:
    """Return the condition that every word stands in some visible field."""
    seen = frozenset(visible)
    fields = [field.key for field in searchable(form)]
    shown = [key for key in fields if key in seen]
    words = words_in(text)
    if not words:
        return sa.true()
    if len(shown) == len(fields):
        return sa.and_(*(_position(column, word, dialect) > 0 for word in words))
    return sa.and_(*(sa.or_(sa.false(), *(_in_segment(column, key, word, dialect) for key in shown)) for word in words))


def _in_segment(column: ColumnElement[str], key: str, word: str, dialect: str) -> ColumnElement[bool]:
    marker = f"{_FIELD}{_spelt(key)}{_TEXT}"
    start = _position(column, marker, dialect)
    rest = sa.func.substr(column, start + len(marker))
    segment = sa.func.substr(rest, 1, _position(rest, _FIELD, dialect) - 1)
    return sa.and_(start > 0, _position(segment, word, dialect) > 0)


def _position(text: ColumnElement[str], part: str, dialect: str) -> ColumnElement[int]:
    found = sa.func.instr(text, part) if dialect == "sqlite" else sa.func.strpos(text, part)
    return sa.type_coerce(found, sa.Integer)
