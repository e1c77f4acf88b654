"""Templates of the company's own, where apps came from, apps that are being removed, sandboxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type, text_type

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("sw_template", "sw_app_origin")
COLUMNS = {"sw_app": ("removed_at", "sandbox_until")}


def upgrade() -> None:
    op.add_column("sw_app", sa.Column("removed_at", UtcDateTime()))
    op.add_column("sw_app", sa.Column("sandbox_until", UtcDateTime()))
    op.create_table(
        "sw_template",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("key", text_type(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", text_type(), nullable=False),
        sa.Column("config", text_type(), nullable=False),
        sa.Column("checksum", text_type(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", id_column_type()),
        sa.ForeignKeyConstraint(["created_by"], ["sw_person.id"], name=op.f("fk_sw_template_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sw_template")),
        sa.UniqueConstraint("key", "number", name=op.f("uq_sw_template_key_number")),
    )
    op.create_table(
        "sw_app_origin",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("template", text_type(), nullable=False),
        sa.Column("version", text_type(), nullable=False),
        sa.Column("config", text_type(), nullable=False),
        sa.Column("checksum", text_type(), nullable=False),
        sa.Column("answers", json_type(), nullable=False),
        sa.Column("label", text_type(), nullable=False),
        sa.Column("cloned_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sw_app_origin")),
        sa.UniqueConstraint("app_key", name=op.f("uq_sw_app_origin_app_key")),
    )


def downgrade() -> None:
    op.drop_table("sw_app_origin")
    op.drop_table("sw_template")
    op.drop_column("sw_app", "sandbox_until")
    op.drop_column("sw_app", "removed_at")
