"""The search text of a record, and the condition that finds words in it: folded once, the same on both databases.

Every searchable field is one segment: unit separator, field, record separator, folded text. Fields are spelt in
capitals, which folded words never hold, so no word finds a field's name, and a search can be kept to the fields that
somebody may see. The title has a second segment beside it: how its Chinese names are typed with Latin letters.

At the end stand the marks of pairs of Chinese characters, in capitals too. They tell nothing by themselves: with them
an index of three letters serves words of two characters. An index only narrows down; what decides is the exact test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from forms.defs import FieldDef, FormDef
from forms.text import folded
from rules.pinyin import spelt

_FIELD, _TEXT, _GRAM = "\x1f", "\x1e", "\x1d"
#: Words looked for at once; more are of no use to a person, and each costs a scan of the text.
MOST_WORDS = 8
#: Longer texts are searched up to here.
MOST_CHARACTERS = 20_000
#: Pieces of one word that an index is asked for.
MOST_PIECES = 12
#: Letters of a piece that an index knows.
PIECE = 3
#: Scripts written without spaces, in which two characters are a word.
_DENSE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]{2,}")


#: Keys hold lower letters, digits and the underscore; no two of them are spelt alike.
_SPELT = {"z": "ZZ", "_": "ZX", **{str(digit): f"Z{chr(65 + digit)}" for digit in range(10)}}


def _spelt(key: str) -> str:
    return "".join(_SPELT.get(char, char.upper()) for char in key)


def searchable(form: FormDef) -> tuple[FieldDef, ...]:
    """Return the fields whose text the search box finds."""
    return tuple(field for field in form.fields if field.type.searchable or field.key == form.title)


def search_text(form: FormDef, row: Mapping[str, object]) -> str | None:
    """Return the segments of a record, and the marks of its pairs of characters."""
    made, texts = [], []
    for field in searchable(form):
        text = folded(_words_of(field, row.get(field.key)))[:MOST_CHARACTERS]
        if not text:
            continue
        texts.append(text)
        made.append(f"{_marker(field.key)}{text}")
        if field.key == form.title and (letters := spelt(text)):
            made.append(f"{_marker(field.key, letters=True)}{letters}")
    return "".join((*made, _FIELD, marks_of(*texts))) if made else None


def marks_of(*texts: str) -> str:
    """Return the marks of all pairs of Chinese, Japanese or Korean characters in some texts."""
    found = {mark: None for text in texts for mark in _marks(text)}
    return f"{_GRAM}{_GRAM.join(found)}{_GRAM}" if found else ""


def _marks(text: str) -> Iterator[str]:
    """Return three capitals for each pair; different pairs may share them."""
    for run in _DENSE.findall(text):
        for one, two in pairwise(run):
            number = (ord(one) * 7919 + ord(two)) % 17_576
            yield f"{chr(65 + number // 676)}{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}"


def segments(text: str | None) -> dict[str, str]:
    """Return field as it is spelt -> text of a search text; for those who look up what a field holds."""
    pairs = (part.split(_TEXT, 1) for part in (text or "").split(_FIELD) if _TEXT in part)
    return {pair[0]: pair[1] for pair in pairs}


def segment_of(parts: Mapping[str, str], key: str) -> str:
    """Return the text of a field among the segments of a search text."""
    return parts.get(_spelt(key), "")


def _marker(key: str, *, letters: bool = False) -> str:
    return f"{_FIELD}{_spelt(key)}{_GRAM if letters else ''}{_TEXT}"


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
    column: ColumnElement[str], form: FormDef, text: str, visible: Iterable[str], dialect: str, *, letters: bool = True
) -> ColumnElement[bool]:
    """Return the condition that every word stands in some visible field; `letters`: or in how its title is typed."""
    seen = frozenset(visible)
    fields = [field.key for field in searchable(form)]
    shown = [key for key in fields if key in seen]
    words = words_in(text)
    if not words:
        return sa.true()
    near = _narrowed(column, words, dialect)
    if len(shown) == len(fields) and letters and all(map(_may_be_letters, words)):
        return sa.and_(*near, *(_position(column, word, dialect) > 0 for word in words))
    plain = [_marker(key) for key in shown]
    typed = [_marker(key, letters=True) for key in shown if key == form.title and letters]
    tests = (
        sa.or_(
            sa.false(),
            *(_in_segment(column, one, word, dialect) for one in plain + (typed if _may_be_letters(word) else [])),
        )
        for word in words
    )
    return sa.and_(*near, *tests)


def _may_be_letters(word: str) -> bool:
    """Tell whether a word may be how a name is typed: a single letter says too little."""
    return len(word) > 1 or not word.isascii()


def _in_segment(column: ColumnElement[str], marker: str, word: str, dialect: str) -> ColumnElement[bool]:
    start = _position(column, marker, dialect)
    rest = sa.func.substr(column, start + len(marker))
    segment = sa.func.substr(rest, 1, _position(rest, _FIELD, dialect) - 1)
    return sa.and_(start > 0, _position(segment, word, dialect) > 0)


def _position(text: ColumnElement[str], part: str, dialect: str) -> ColumnElement[int]:
    found = sa.func.instr(text, part) if dialect == "sqlite" else sa.func.strpos(text, part)
    return sa.type_coerce(found, sa.Integer)


def _narrowed(column: ColumnElement[str], words: Iterable[str], dialect: str) -> list[ColumnElement[bool]]:
    """Return conditions that an index serves and that everything found meets; none for words too short for it."""
    table = getattr(column, "table", None)
    if dialect == "sqlite":
        pieces = list(dict.fromkeys(piece for word in words for piece in pieces_of(word)))
        if not pieces or not isinstance(table, sa.Table) or table.name.endswith("__history"):
            return []
        index = sa.table(index_table(table.name), sa.column("rowid", sa.Integer), sa.column(index_table(table.name)))
        asked = " AND ".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
        return [table.c.id.in_(sa.select(index.c.rowid).where(index.c[index_table(table.name)].op("MATCH")(asked)))]
    whole = [word for word in words if len(word) >= PIECE]
    marks = dict.fromkeys(f"{_GRAM}{mark}{_GRAM}" for word in words for mark in _some(list(_marks(word))))
    return [sa.type_coerce(column, sa.Text).contains(part, autoescape=True) for part in (*whole, *marks)]


def pieces_of(word: str) -> list[str]:
    """Return pieces of a word of which every text with the word has all: its threes of letters, marks of its pairs."""
    threes = [word[start : start + PIECE] for start in range(len(word) - PIECE + 1)]
    return _some(threes) + ([] if threes else list(_marks(word)))


def _some(pieces: list[str]) -> list[str]:
    """Return pieces spread over a word; a dozen say as much as all of them."""
    return pieces[:: max(1, -(-len(pieces) // MOST_PIECES))]


def index_table(name: str) -> str:
    """Name the table of SQLite that indexes the search texts of another."""
    return f"{name}__search"
