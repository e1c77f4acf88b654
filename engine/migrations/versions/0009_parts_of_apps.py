"""Which templates an app was combined of, so that each can be upgraded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type, text_type

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ("sw_app_part",)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "sw_app_part",
        sa.Column("id", id_column_type(), primary_key=True),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("template", text_type(), nullable=False),
        sa.Column("version", text_type(), nullable=False),
        sa.Column("config", text_type(), nullable=False),
        sa.Column("checksum", text_type(), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("forms", json_type(), nullable=False),
        sa.Column("names", json_type(), nullable=False),
        sa.Column("brought", json_type(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_sw_app_part_app", "sw_app_part", ["app_key", "id"])


def downgrade() -> None:
    """Not offered: what apps were combined of would be lost."""
    raise NotImplementedError
