"""Drafts of configs, and the edits made in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, text_type

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ("sw_config_draft", "sw_config_edit")


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "sw_config_draft",
        sa.Column("id", id_column_type(), primary_key=True),
        sa.Column("app_key", text_type(), nullable=False, unique=True),
        sa.Column("config", text_type(), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", id_column_type(), sa.ForeignKey("sw_person.id")),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "sw_config_edit",
        sa.Column("id", id_column_type(), primary_key=True),
        sa.Column(
            "draft_id", id_column_type(), sa.ForeignKey("sw_config_draft.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("person_id", id_column_type(), sa.ForeignKey("sw_person.id")),
        sa.Column("path", text_type(), nullable=False),
        sa.Column("before", text_type(), nullable=False),
        sa.Column("after", text_type(), nullable=False),
        sa.Column("note", text_type(), nullable=False),
    )
    op.create_index("ix_sw_config_edit_draft", "sw_config_edit", ["draft_id", "id"])


def downgrade() -> None:
    """Not offered: drafts would be lost."""
    raise NotImplementedError
