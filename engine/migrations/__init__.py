"""Revisions of the system tables; the tables of apps are migrated by publishing, never from here."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

#: The table that remembers which revision a database has.
VERSION_TABLE = "sw_migration"


def upgrade(connection: Connection) -> None:
    """Bring an older database to the newest revision, inside the transaction that is open."""
    command.upgrade(_config(connection), "head")


def stamp(connection: Connection) -> None:
    """Mark a database whose tables were just created as being at the newest revision."""
    command.stamp(_config(connection), "head")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
