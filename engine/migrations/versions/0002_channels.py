"""Channels that administrators set up, and what each person wants of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type, text_type

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sw_channel",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("key", text_type(), nullable=False),
        sa.Column("type", text_type(), nullable=False),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("settings", json_type(), nullable=False),
        sa.Column("secrets", text_type()),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("error", text_type()),
        sa.Column("error_at", UtcDateTime()),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", id_column_type()),
        sa.ForeignKeyConstraint(["updated_by"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "sw_preference",
        sa.Column("person_id", id_column_type(), autoincrement=False, nullable=False),
        sa.Column("email", text_type()),
        sa.Column("mobile", text_type()),
        sa.Column("always", json_type()),
        sa.Column("never", json_type()),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id"),
    )


def downgrade() -> None:
    op.drop_table("sw_preference")
    op.drop_table("sw_channel")
