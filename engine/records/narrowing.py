"""What an index does for a search: it narrows a million records down to few, of which the exact test decides.

Indexes know threes of letters, and marks of pairs of Chinese characters. A word of two letters has none: it is looked
for where words begin, and anywhere in the latest records alone; else it would be looked for in every text there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import TypeGuard

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

#: Between the field and its text, and around marks.
TEXT, GRAM = "\x1e", "\x1d"
#: Pieces of one word that an index is asked for.
MOST_PIECES = 12
#: Letters of a piece that an index knows.
PIECE = 3
#: Hits that are taken from an index at most, the latest first.
COMMON = 10_000
#: Hits looked for before a word is called common on SQLite: more would cost more than what they save.
PROBED = 2_000
#: Records of a page: of `count` hits among `of` records, a page is met after PAGE * of / count records. When these are
#: fewer than the hits, which the index would have looked up and sorted, the word is common, too.
PAGE = 50
#: The latest records, in which words are looked for that an index does not know.
LATEST = 50_000
#: Scripts written without spaces, in which two characters are a word.
_DENSE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]{2,}")


class Narrowing(Enum):
    """How an index serves."""

    #: Everything is found; words that no index knows are looked for in every text.
    ALL = "all"
    #: As ALL, but such words are looked for in the latest records.
    LIST = "list"
    #: As LIST, the index asked first and no longer than anybody counts.
    COUNT = "count"
    #: No index: a common word is soon met.
    NONE = "none"
    #: Only the latest records that the index names: a few hits are wanted, and no other condition thins them out.
    FEW = "few"


def marks_of(*texts: str) -> str:
    """Return the marks of all pairs of Chinese, Japanese or Korean characters in some texts."""
    found = {mark: None for text in texts for mark in _marks(text)}
    return f"{GRAM}{GRAM.join(found)}{GRAM}" if found else ""


def _marks(text: str) -> Iterator[str]:
    """Return three capitals for each pair; different pairs may share them."""
    for run in _DENSE.findall(text):
        for one, two in pairwise(run):
            number = (ord(one) * 7919 + ord(two)) % 17_576
            yield f"{chr(65 + number // 676)}{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}"


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


def is_indexed(words: Iterable[str]) -> bool:
    """Tell whether an index knows at least one of some words."""
    return any(map(pieces_of, words))


def is_current(table: object) -> TypeGuard[sa.Table]:
    """Tell whether a table is the one that indexes belong to, not its history."""
    return isinstance(table, sa.Table) and not table.name.endswith("__history")


def is_common(session: Session, table: sa.FromClause, words: Sequence[str]) -> bool:
    """Tell whether so many records may hold some words that their index would only be in the way.

    PostgreSQL's planner knows by itself.
    """
    if session.get_bind().dialect.name != "sqlite" or not is_indexed(words) or not is_current(table):
        return False
    some = _matching(table, _pieces(words)).limit(PROBED + 1).subquery()
    last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
    count, of = session.execute(sa.select(sa.func.count(), last).select_from(some)).one()
    return bool(count > PROBED or count * count > PAGE * (of or 0))


def narrowed(
    column: ColumnElement[str], words: Sequence[str], dialect: str, how: Narrowing
) -> list[ColumnElement[bool]]:
    """Return conditions that an index serves and that everything meets which is to be found."""
    table = getattr(column, "table", None)
    if not is_current(table) or how is Narrowing.NONE:
        return _like(column, words) if dialect != "sqlite" else []
    if not is_indexed(words):
        return [] if how is Narrowing.ALL else [table.c.id.in_(_short(table, words, dialect))]
    if dialect == "sqlite":
        return _by_index(table, words, how)
    like = _like(column, words)
    return [table.c.id.in_(_latest_like(table, words))] if how is Narrowing.FEW else like


def _by_index(table: sa.Table, words: Sequence[str], how: Narrowing) -> list[ColumnElement[bool]]:
    found = _matching(table, _pieces(words))
    if how is Narrowing.COUNT:  # as a join, it ends as soon as enough are counted
        index = found.selected_columns[0].table
        return [index.c.rowid == table.c.id, index.c[index_table(table.name)].op("MATCH")(_all(_pieces(words)))]
    if how is Narrowing.FEW:
        found = found.order_by(found.selected_columns[0].desc()).limit(COMMON)
    return [table.c.id.in_(found)]


def _pieces(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(piece for word in words for piece in pieces_of(word)))


def _all(pieces: Iterable[str], join: str = " AND ") -> str:
    return join.join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def _matching(table: sa.Table, pieces: Sequence[str], join: str = " AND ") -> sa.Select[tuple[int]]:
    name = index_table(table.name)
    index = sa.table(name, sa.column("rowid", sa.Integer), sa.column(name))
    return sa.select(index.c.rowid).where(index.c[name].op("MATCH")(_all(pieces, join)))


def _like(column: ColumnElement[str], words: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return what serves pg_trgm."""
    words = list(words)
    whole = [word for word in words if len(word) >= PIECE]
    marks = dict.fromkeys(f"{GRAM}{mark}{GRAM}" for word in words for mark in _some(list(_marks(word))))
    return [sa.type_coerce(column, sa.Text).contains(part, autoescape=True) for part in (*whole, *marks)]


def _latest_like(table: sa.Table, words: Sequence[str]) -> sa.Select[tuple[int]]:
    other = table.alias()
    return sa.select(other.c.id).where(*_like(other.c.search_text, words)).order_by(other.c.id.desc()).limit(COMMON)


def _short(table: sa.Table, words: Sequence[str], dialect: str) -> sa.Select[tuple[int]]:
    """Return the records in which short words are looked for: where words begin with one, and the latest ones."""
    other, last = table.alias(), table.alias()
    reach = sa.select(last.c.id).order_by(last.c.id.desc()).limit(1).offset(LATEST).scalar_subquery()
    text, word = sa.type_coerce(other.c.search_text, sa.Text), max(words, key=len)
    position = sa.func.instr(text, word) if dialect == "sqlite" else sa.func.strpos(text, word)
    latest = sa.select(other.c.id).where(other.c.id > sa.func.coalesce(reach, 0), position > 0)
    if len(word) != PIECE - 1:
        return latest
    begins = [f" {word}", f"{TEXT}{word}"]
    if dialect == "sqlite":
        found = _matching(table, begins, " OR ")
        found = found.order_by(found.selected_columns[0].desc()).limit(COMMON)
    else:
        first = table.alias()
        column = sa.type_coerce(first.c.search_text, sa.Text)
        starts = sa.or_(*(column.contains(one, autoescape=True) for one in begins))
        found = sa.select(first.c.id).where(starts).order_by(first.c.id.desc()).limit(COMMON)
    both = sa.union_all(sa.select(found.subquery()), latest).subquery()
    return sa.select(both.c[0])


def reaches_all(session: Session, table: sa.FromClause, words: Sequence[str]) -> bool:
    """Tell whether a search looked at every record: of long words it does, of short ones unless there are very many."""
    if is_indexed(words) or not is_current(table):
        return True
    return session.scalar(sa.select(table.c.id).order_by(table.c.id.desc()).limit(1).offset(LATEST)) is None
