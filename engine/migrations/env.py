"""Run revisions on the connection that the caller holds."""

from __future__ import annotations

from alembic import context

from engine.db import Base, load_row_modules
from engine.migrations import VERSION_TABLE

load_row_modules()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    # The caller's transaction is the only one: a half upgraded database must not exist.
    transactional_ddl=False,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
