"""SQL forms of the functions, one module per group of the registry in rules/functions."""

from __future__ import annotations

import sqlite3
from importlib import import_module
from pkgutil import iter_modules

from engine.sql.functions._base import FORMS, NoSqlForm, form_of, has_form
from engine.sql.sqlite import register

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def register_sqlite(connection: sqlite3.Connection) -> None:
    """Give a SQLite connection the functions that the SQL forms call."""
    register(connection)


__all__ = ["FORMS", "NoSqlForm", "form_of", "has_form", "register_sqlite"]
