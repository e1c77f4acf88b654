"""Approvals are asked for: each holds the draft, where records go, and the reason. Those given without asking end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type, text_type

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ("sw_approval_request",)


def upgrade() -> None:
    """Add the table; the columns of drafts that said who approved them go."""
    op.create_table(
        "sw_approval_request",
        sa.Column("id", id_column_type(), primary_key=True),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("state", text_type(), nullable=False),
        sa.Column("checksum", text_type(), nullable=False),
        sa.Column("live_number", sa.Integer(), nullable=False),
        sa.Column("reason", text_type(), nullable=False),
        sa.Column("moves", json_type(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", id_column_type(), sa.ForeignKey("sw_person.id")),
        sa.Column("decided_at", UtcDateTime()),
        sa.Column("decided_by", id_column_type(), sa.ForeignKey("sw_person.id")),
        sa.Column("note", text_type(), nullable=False),
        sa.Column("ended_by", id_column_type(), sa.ForeignKey("sw_person.id")),
        sa.Column("ended_at", UtcDateTime()),
    )
    op.create_index("ix_sw_approval_request_app", "sw_approval_request", ["app_key", "state"])
    for column in ("approved_by", "approved_at", "approved_version"):
        op.drop_column("sw_config_draft", column)


def downgrade() -> None:
    """Not offered: who approved what would be lost."""
    raise NotImplementedError
