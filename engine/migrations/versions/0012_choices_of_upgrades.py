"""What was chosen in an upgrade that is not done yet, so that it can be gone on with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import json_type

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ()


def upgrade() -> None:
    """Add a column to both tables that say where an app came from."""
    for table in ("sw_app_origin", "sw_app_part"):
        op.add_column(table, sa.Column("choices", json_type(), nullable=True))


def downgrade() -> None:
    """Not offered: nothing is lost by going on."""
    raise NotImplementedError
