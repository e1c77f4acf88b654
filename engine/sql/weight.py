"""How large an expression becomes as SQL: what a database cannot take is evaluated record by record instead."""

from __future__ import annotations

import sqlite3

from sqlalchemy import ClauseElement
from sqlalchemy.sql.elements import BinaryExpression, Case, Cast, ColumnClause, Grouping
from sqlalchemy.sql.functions import FunctionElement

from engine.sql.functions._base import NoSqlForm
from rules.errors import N_, Fault

#: Parts of the SQL text; SQL has no names for values used twice, so that nesting can multiply them.
MOST_PARTS = 20_000
#: SQLite before 3.46 parses with a stack of 100 places; the statement around needs some of them.
MOST_PLACES = 72 if sqlite3.sqlite_version_info < (3, 46) else 900
#: Places of the parser's stack that each level takes.
_PLACES: tuple[tuple[type[ClauseElement], int], ...] = (
    (Grouping, 1),
    (BinaryExpression, 2),
    (Cast, 2),
    (FunctionElement, 5),
    (Case, 6),
)


class TooLarge(NoSqlForm):
    """An expression is too large, or nested too deep, for the database."""

    def __init__(self) -> None:
        template = N_("This expression is nested too deep for the database, so it is evaluated record by record.")
        super().__init__("", "", Fault("too_deep_for_sql", template))


def within_limits(value: ClauseElement, dialect: str) -> None:
    """Raise TooLarge for SQL that the database would refuse or drown in."""
    parts, places = _weigh(value, {})
    if parts > MOST_PARTS or (dialect == "sqlite" and places > MOST_PLACES):
        raise TooLarge


def _weigh(element: ClauseElement, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return the parts of an element and the depth of the parser's stack; shared parts are weighed once, counted often."""
    found = known.get(id(element))
    if found is None:
        below = () if isinstance(element, ColumnClause) else element.get_children()
        weights = [_weigh(child, known) for child in below if isinstance(child, ClauseElement)]
        own = next((places for kind, places in _PLACES if isinstance(element, kind)), 1)
        found = known[id(element)] = (1 + sum(w[0] for w in weights), own + max((w[1] for w in weights), default=0))
    return found
