"""What was handed over when somebody left, so that it can come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ("sw_hand_over",)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "sw_hand_over",
        sa.Column("id", id_column_type(), primary_key=True),
        sa.Column("person_id", id_column_type(), sa.ForeignKey("sw_person.id"), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("given_by", id_column_type(), sa.ForeignKey("sw_person.id")),
        sa.Column("given", json_type(), nullable=False),
        sa.Column("job_id", id_column_type()),
        sa.Column("undone_at", UtcDateTime()),
        sa.Column("undone_by", id_column_type(), sa.ForeignKey("sw_person.id")),
        sa.Column("returned", json_type()),
    )
    op.create_index("ix_sw_hand_over_person_id", "sw_hand_over", ["person_id"])


def downgrade() -> None:
    """Not offered: what was handed over could not come back."""
    raise NotImplementedError
