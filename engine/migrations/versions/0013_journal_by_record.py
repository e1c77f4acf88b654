"""The journal without its index by person, which nothing asks by: each line that is written kept it up."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ()


def upgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_sw_change_person_id", table_name="sw_change", if_exists=True)


def downgrade() -> None:
    """Not offered: nothing is lost by going on."""
    raise NotImplementedError
