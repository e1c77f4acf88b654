"""Revisions of the system tables; the tables of apps are migrated by publishing, never from here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, select, table

if TYPE_CHECKING:
    from alembic.config import Config

#: The table that remembers which revision a database has.
VERSION_TABLE = "sw_migration"


def is_newest(connection: Connection) -> bool:
    """Tell whether a database is at the newest revision already, without loading what upgrades it.

    Files of revisions are called by their revision, `0001_first_tables.py`, so the last one names the newest.
    """
    newest = max(path.stem.partition("_")[0] for path in Path(__file__).parent.glob("versions/[0-9]*.py"))
    return bool(connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE))) == newest)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring an older database to a revision, as a rule the newest, inside the transaction that is open."""
    from alembic import command  # most starts need no upgrade, and starts should be quick

    command.upgrade(_config(connection), revision)


def stamp(connection: Connection) -> None:
    """Mark a database whose tables were just created as being at the newest revision."""
    from alembic import command

    command.stamp(_config(connection), "head")


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
