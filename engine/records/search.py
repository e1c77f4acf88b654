"""The search text of a record, and the condition that finds words in it: folded once, the same on both databases.

Every searchable field is one segment: unit separator, field, record separator, folded text. Fields are spelt in
capitals, which folded words never hold, so no word finds a field's name, and a search can be kept to the fields that
somebody may see. The title has a second segment beside it: how its Chinese names are typed with Latin letters.

At the end stand the marks of pairs of Chinese characters, in capitals too. They tell nothing by themselves: with them
an index of three letters serves words of two characters. An index only narrows down; what decides is the exact test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.records.narrowing import GRAM, PIECE, TEXT, Narrowing, marks_of, narrowed
from forms.defs import FieldDef, FormDef
from forms.text import folded
from rules.pinyin import spelt

_FIELD = "\x1f"
#: Words looked for at once; more are of no use to a person, and each costs a scan of the text.
MOST_WORDS = 8
#: Longer texts are searched up to here.
MOST_CHARACTERS = 20_000


#: Keys hold lower letters, digits and the underscore; no two of them are spelt alike.
_SPELT = {"z": "ZZ", "_": "ZX", **{str(digit): f"Z{chr(65 + digit)}" for digit in range(10)}}


@lru_cache(maxsize=4096)
def _spelt(key: str) -> str:
    return "".join(_SPELT.get(char, char.upper()) for char in key)


def searchable(form: FormDef) -> tuple[FieldDef, ...]:
    """Return the fields whose text the search box finds."""
    return form.searchable


def search_text(form: FormDef, row: Mapping[str, object]) -> str | None:
    """Return the segments of a record, and the marks of its pairs of characters."""
    return search_texts(form, [row])[0]


def search_texts(form: FormDef, rows: Sequence[Mapping[str, object]]) -> list[str | None]:
    """Return the search texts of many records: what is to be known of a field is found out once."""
    if not form.searchable:
        return [None] * len(rows)
    return texts_of_columns(form, {field.key: [row.get(field.key) for row in rows] for field in form.searchable})


def texts_of_columns(form: FormDef, columns: Mapping[str, Sequence[object]]) -> list[str | None]:
    """Return the search texts of many records that are given column by column, with one for each searchable field."""
    parts = (_segments(form, field, columns[field.key]) for field in form.searchable)
    return list(map(_joined, zip(*parts, strict=True)))


#: A segment, with how it is typed behind it; and its text, where that has characters beyond ASCII.
_Segment = tuple[str, str]
_NOTHING: _Segment = ("", "")


def _segments(form: FormDef, field: FieldDef, values: Sequence[object]) -> Iterable[_Segment]:
    make = partial(_segment, field, _marker(field.key), is_title=field.key == form.title)
    if not field.options or any(isinstance(value, list) for value in values):
        return map(make, values)
    known = {value: make(value) for value in set(values)}  # a few options, however many records
    return [known[value] for value in values]


def _segment(field: FieldDef, marker: str, value: object, *, is_title: bool) -> _Segment:
    if value is None or not (text := folded(_words_of(field, value))[:MOST_CHARACTERS]):
        return _NOTHING
    if text.isascii():  # which has neither Chinese names nor pairs of their characters
        return f"{marker}{text}", ""
    letters = spelt(text) if is_title else ""
    typed = f"{_marker(field.key, letters=True)}{letters}" if letters else ""
    return f"{marker}{text}{typed}", text


def _joined(parts: Sequence[_Segment]) -> str | None:
    made = "".join([part[0] for part in parts])
    texts = [part[1] for part in parts if part[1]]
    return f"{made}{_FIELD}{marks_of(*texts) if texts else ''}" if made else None


def segments(text: str | None) -> dict[str, str]:
    """Return field as it is spelt -> text of a search text; for those who look up what a field holds."""
    pairs = (part.split(TEXT, 1) for part in (text or "").split(_FIELD) if TEXT in part)
    return {pair[0]: pair[1] for pair in pairs}


def segment_of(parts: Mapping[str, str], key: str) -> str:
    """Return the text of a field among the segments of a search text."""
    return parts.get(_spelt(key), "")


def _marker(key: str, *, letters: bool = False) -> str:
    return f"{_FIELD}{_spelt(key)}{GRAM if letters else ''}{TEXT}"


def _words_of(field: FieldDef, value: object) -> str:
    """Return what a person may look for: the text, or the labels of an option in every language."""
    if field.options:
        keys = value if isinstance(value, list) else [value]
        options = [option for key in keys if (option := field.option(str(key)))]
        return " ".join(text for option in options for text in dict.fromkeys(option.label.texts.values()))
    return field.type.plain(field, value)


def words_in(text: str) -> list[str]:
    """Return the words to look for, folded."""
    return folded(text).split()[:MOST_WORDS]


def finds(
    column: ColumnElement[str],
    form: FormDef,
    text: str,
    visible: Iterable[str],
    dialect: str,
    *,
    letters: bool = True,
    how: Narrowing = Narrowing.ALL,
    partly: Mapping[str, ColumnElement[bool]] | None = None,
) -> ColumnElement[bool]:
    """Return the condition that every word stands in some visible field; `letters`: or in how its title is typed.

    `partly` names fields that are visible on the records that meet a condition.
    """
    seen = frozenset(visible)
    fields = [field.key for field in searchable(form)]
    shown = [key for key in fields if key in seen]
    words = words_in(text)
    if not words:
        return sa.true()
    near = narrowed(column, words, dialect, how)
    if len(shown) == len(fields) and letters and all(map(_may_be_letters, words)):
        # What narrows on PostgreSQL is exact for words that its index knows; a second test would mislead the planner.
        left = words if dialect == "sqlite" else [word for word in words if len(word) < PIECE]
        return sa.and_(*near, *(_position(column, word, dialect) > 0 for word in left))
    masked = {key: test for key, test in (partly or {}).items() if key in fields and key not in seen}
    where: dict[str, ColumnElement[bool]] = {**dict.fromkeys(shown, sa.true()), **masked}

    def stands(word: str) -> Iterator[ColumnElement[bool]]:
        for key, test in where.items():
            typed = letters and key == form.title and _may_be_letters(word)
            for marker in (_marker(key), *([_marker(key, letters=True)] if typed else [])):
                yield sa.and_(test, _in_segment(column, marker, word, dialect))

    tests = (sa.or_(sa.false(), *stands(word)) for word in words)
    return sa.and_(*near, *tests)


def _may_be_letters(word: str) -> bool:
    """Tell whether a word may be how a name is typed: a single letter says too little."""
    return len(word) > 1 or not word.isascii()


def says_of(column: ColumnElement[str], key: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition that a search text holds something of a field."""
    return _position(column, _marker(key), dialect) > 0


def _in_segment(column: ColumnElement[str], marker: str, word: str, dialect: str) -> ColumnElement[bool]:
    start = _position(column, marker, dialect)
    rest = sa.func.substr(column, start + len(marker))
    segment = sa.func.substr(rest, 1, _position(rest, _FIELD, dialect) - 1)
    return sa.and_(start > 0, _position(segment, word, dialect) > 0)


def _position(text: ColumnElement[str], part: str, dialect: str) -> ColumnElement[int]:
    found = sa.func.instr(text, part) if dialect == "sqlite" else sa.func.strpos(text, part)
    return sa.type_coerce(found, sa.Integer)
