"""How large an expression becomes as SQL: what a database cannot take is evaluated record by record instead."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BooleanClauseList,
    Case,
    Cast,
    ColumnClause,
    Grouping,
    UnaryExpression,
)
from sqlalchemy.sql.functions import FunctionElement

from engine.sql.functions._base import NoSqlForm
from rules.errors import N_, Fault

#: Parts of the SQL text; SQL has no names for values used twice, so that nesting can multiply them.
MOST_PARTS = 20_000
#: SQLite before 3.46 parses with a stack of 100 places; the statement around needs some of them.
MOST_PLACES = 84 if sqlite3.sqlite_version_info < (3, 46) else 900


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
    """Return the parts of an element and the parser's stack it needs; shared parts are weighed once, counted often."""
    found = known.get(id(element))
    if found is None:
        parts, places = 1, 1
        for before, child in _below(element):
            more, deeper = _weigh(child, known)
            parts, places = parts + more, max(places, before + deeper)
        found = known[id(element)] = parts, places
    return found


def _below(element: Any) -> Iterator[tuple[int, Any]]:
    """Yield what stands below an element, each with the places that the parser holds before it."""
    match element:
        case ColumnClause():
            return
        case BinaryExpression():
            yield from ((0, element.left), (4 if element.operator.__name__ == "between_op" else 2, element.right))
        case BooleanClauseList():
            yield from ((2, clause) for clause in element.clauses)
        case Grouping():
            yield 1, element.element
        case UnaryExpression():
            yield 1, element.element
        case Cast():
            yield 2, element.clause
        case Case():
            for test, value in element.whens:
                yield from ((4, test), (6, value))
            if element.else_ is not None:
                yield 4, element.else_
        case FunctionElement():
            yield from ((5 if place else 3, clause) for place, clause in enumerate(element.clauses))
        case _:
            yield from ((5, child) for child in element.get_children())
