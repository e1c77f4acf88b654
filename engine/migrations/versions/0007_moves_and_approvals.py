"""Where releases sent records, and who approved which version of a draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ()
#: table -> columns added to it, for whoever goes back by hand; those of drafts go with their table.
COLUMNS = {"sw_release": ("moved",)}


def upgrade() -> None:
    """Add the columns."""
    op.add_column("sw_release", sa.Column("moved", json_type()))
    op.add_column("sw_config_draft", sa.Column("approved_by", id_column_type()))
    op.add_column("sw_config_draft", sa.Column("approved_at", UtcDateTime()))
    op.add_column("sw_config_draft", sa.Column("approved_version", sa.Integer()))


def downgrade() -> None:
    """Not offered: what releases moved could not be undone any more."""
    raise NotImplementedError
