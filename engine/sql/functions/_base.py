"""The registry of SQL forms: one function here per function of the language that both databases can compute alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.sql.literals import Sql
from rules.errors import N_, Fault
from rules.tree import Call

if TYPE_CHECKING:
    from engine.sql.compile import Compiler

BOTH = ("sqlite", "postgresql")
#: Builds the SQL of a call. A condition may be NULL where it is no.
Form = Callable[["Compiler", Call], Sql]

FORMS: dict[tuple[str, str], Form] = {}


class NoSqlForm(EngineError):  # noqa: N818 - an answer: evaluate record by record instead
    """An expression calls a function that the database cannot compute with the same meaning."""

    def __init__(self, function: str, dialect: str, fault: Fault | None = None) -> None:
        template = N_("{function} cannot run inside the database, so this is evaluated record by record.")
        super().__init__(fault or Fault("no_sql_form", template, {"function": function, "dialect": dialect}))
        self.function = function


def form(*names: str, dialects: tuple[str, ...] = BOTH) -> Callable[[Form], Form]:
    """Register the SQL form of a function for some databases."""

    def register(build: Form) -> Form:
        for name in names:
            for dialect in dialects:
                FORMS[name, dialect] = build
        return build

    return register


def form_of(name: str, dialect: str) -> Form:
    """Return the SQL form of a function, or raise NoSqlForm."""
    found = FORMS.get((name, dialect))
    if found is None:
        raise NoSqlForm(name, dialect)
    return found


def has_form(name: str, dialect: str) -> bool:
    """Tell whether a function has a SQL form on a database."""
    return (name, dialect) in FORMS
