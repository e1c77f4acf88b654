from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from engine.db import Base, create_system_tables, load_row_modules, make_engine
from engine.migrations import VERSION_TABLE, upgrade, versions

if TYPE_CHECKING:
    from sqlalchemy import Connection


VERSIONS = "engine.migrations.versions"


def revisions() -> list[str]:
    """Return the names of the modules of all revisions, the oldest first."""
    return sorted(one.name for one in iter_modules(versions.__path__) if one.name[0].isdigit())


def newest() -> str:
    return revisions()[-1].partition("_")[0]


def differences(connection: Connection) -> list[object]:
    load_row_modules()
    context = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "target_metadata": Base.metadata}
    )
    return list(compare_metadata(context, Base.metadata))


def test_revisions_make_the_very_tables_of_a_fresh_database(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        upgrade(connection)

        assert differences(connection) == []
    engine.dispose()


def test_fresh_database_is_at_the_newest_revision(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    create_system_tables(engine)
    with engine.begin() as connection:
        fresh = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
        connection.execute(text(f"DELETE FROM {VERSION_TABLE}"))

    with engine.connect() as connection:
        found = differences(connection)
    engine.dispose()

    assert (fresh, found) == (newest(), [])


def test_older_database_is_upgraded_at_start(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL)"))

    create_system_tables(engine)

    with engine.connect() as connection:
        assert inspect(connection).has_table("sw_person")
        assert connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == newest()
    engine.dispose()


def test_database_of_the_first_revision_gets_channels_and_keeps_its_people(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    create_system_tables(engine)
    with engine.begin() as connection:  # as the first revision left it
        connection.execute(text("DROP INDEX ix_sw_notification_bundle_id"))
        for later in reversed([import_module(f"{VERSIONS}.{name}") for name in revisions() if name > "0003"]):
            for table in reversed(later.TABLES):
                connection.execute(text(f"DROP TABLE {table}"))
            for table, columns in getattr(later, "COLUMNS", {}).items():
                for column in columns:
                    connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP FUNCTION sw_audit_refuse()"))
        connection.execute(text("DROP TABLE sw_channel"))
        connection.execute(text("DROP TABLE sw_preference"))
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
        person = "INSERT INTO sw_person (id, sign_in, name, locale, active, is_admin, session_stamp)"
        connection.execute(text(f"{person} VALUES (1, 'alice', 'Alice', '', true, false, 'x')"))
        connection.execute(text("UPDATE sw_person SET region = 'north'"))

    create_system_tables(engine)

    with engine.connect() as connection:
        assert differences(connection) == []
        assert connection.scalar(text("SELECT name FROM sw_person")) == "Alice"
        assert connection.execute(text("SELECT kind, name FROM sw_team")).all() == [("region", "north")]
    engine.dispose()


def test_journal_loses_its_key_to_people_and_nothing_else(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        upgrade(connection, "0010")
        connection.execute(
            text("INSERT INTO sw_change (at, via, verb, person_id) VALUES ('2026-03-02 01:00', 'form', 'create', NULL)")
        )
        assert inspect(connection).get_foreign_keys("sw_change")

    create_system_tables(engine)

    with engine.connect() as connection:
        assert inspect(connection).get_foreign_keys("sw_change") == []
        assert differences(connection) == []
        assert connection.scalar(text("SELECT verb FROM sw_change")) == "create"
    engine.dispose()
