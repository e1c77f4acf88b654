"""The first system tables: what a database without any of them gets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type, text_type

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sw_alert",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("rule", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("record_id", id_column_type(), nullable=False),
        sa.Column("severity", text_type(), nullable=False),
        sa.Column("state", text_type(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("pending_since", UtcDateTime()),
        sa.Column("firing_since", UtcDateTime()),
        sa.Column("acknowledged_at", UtcDateTime()),
        sa.Column("acknowledged_by", id_column_type()),
        sa.Column("resolved_at", UtcDateTime()),
        sa.Column("next_step", sa.Integer(), nullable=False),
        sa.Column("wake_at", UtcDateTime()),
        sa.Column("reason", json_type(), nullable=False),
        sa.Column("evidence", json_type()),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("app_key", "rule", "record_id"),
    )
    op.create_index("ix_sw_alert_record", "sw_alert", ["app_key", "form", "record_id"], unique=False)
    op.create_index("ix_sw_alert_state", "sw_alert", ["app_key", "rule", "state"], unique=False)
    op.create_index(
        "ix_sw_alert_wake_at",
        "sw_alert",
        ["wake_at"],
        unique=False,
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )
    op.create_table(
        "sw_alert_event",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("alert_id", id_column_type(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("before", text_type(), nullable=False),
        sa.Column("after", text_type(), nullable=False),
        sa.Column("reason", json_type(), nullable=False),
        sa.Column("evidence", json_type()),
        sa.Column("person_id", id_column_type()),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("alert_id", "number"),
    )
    op.create_table(
        "sw_alert_schedule",
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("rule", text_type(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime()),
        sa.Column("fingerprint", text_type(), nullable=False),
        sa.Column("error", text_type()),
        sa.PrimaryKeyConstraint("app_key", "rule"),
    )
    op.create_index("ix_sw_alert_schedule_due_at", "sw_alert_schedule", ["due_at"], unique=False)
    op.create_table(
        "sw_lease",
        sa.Column("name", text_type(), nullable=False),
        sa.Column("holder", text_type(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sw_notification",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("alert_id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("rule", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("record_id", id_column_type(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("channel", text_type(), nullable=False),
        sa.Column("severity", text_type(), nullable=False),
        sa.Column("subject", text_type(), nullable=False),
        sa.Column("text", text_type(), nullable=False),
        sa.Column("via", text_type(), nullable=False),
        sa.Column("state", text_type(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", text_type()),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("read_at", UtcDateTime()),
        sa.Column("closed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("app_key", "rule", "record_id", "episode", "step", "person_id", "channel"),
    )
    op.create_index("ix_sw_notification_alert", "sw_notification", ["alert_id"], unique=False)
    op.create_index(
        "ix_sw_notification_due_at",
        "sw_notification",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_sw_notification_person", "sw_notification", ["person_id", "channel", "id"], unique=False)
    op.create_index(
        "ix_sw_notification_unread",
        "sw_notification",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("channel = 'inbox' AND read_at IS NULL AND closed_at IS NULL"),
        postgresql_where=sa.text("channel = 'inbox' AND read_at IS NULL AND closed_at IS NULL"),
    )
    op.create_table(
        "sw_person",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("sign_in", text_type(), nullable=False),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("email", text_type()),
        sa.Column("password_hash", text_type()),
        sa.Column("region", text_type()),
        sa.Column("team", text_type()),
        sa.Column("manager_id", id_column_type()),
        sa.Column("locale", text_type(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("session_stamp", text_type(), nullable=False),
        sa.Column("created_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["manager_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sign_in"),
    )
    op.create_index("ix_sw_person_manager_id", "sw_person", ["manager_id"], unique=False)
    op.create_index("ix_sw_person_region", "sw_person", ["region"], unique=False)
    op.create_table(
        "sw_app",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("key", text_type(), nullable=False),
        sa.Column("label", json_type(), nullable=False),
        sa.Column("live_number", sa.Integer(), nullable=False),
        sa.Column("live_checksum", text_type(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", id_column_type()),
        sa.Column("template", text_type()),
        sa.ForeignKeyConstraint(["created_by"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "sw_change",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("person_id", id_column_type()),
        sa.Column("via", text_type(), nullable=False),
        sa.Column("app_key", text_type()),
        sa.Column("form", text_type()),
        sa.Column("record_id", id_column_type()),
        sa.Column("version", sa.Integer()),
        sa.Column("verb", text_type(), nullable=False),
        sa.Column("diff", json_type()),
        sa.Column("note", text_type()),
        sa.Column("release", sa.Integer()),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_change_at", "sw_change", ["at"], unique=False)
    op.create_index("ix_sw_change_person_id", "sw_change", ["person_id"], unique=False)
    op.create_index("ix_sw_change_record", "sw_change", ["app_key", "form", "record_id", "id"], unique=False)
    op.create_table(
        "sw_role_grant",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("role", text_type(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "app_key", "role"),
    )
    op.create_index("ix_sw_role_grant_app_key", "sw_role_grant", ["app_key"], unique=False)
    op.create_table(
        "sw_release",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_id", id_column_type(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("config", text_type(), nullable=False),
        sa.Column("checksum", text_type(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", id_column_type()),
        sa.Column("reason", text_type(), nullable=False),
        sa.Column("warnings", json_type()),
        sa.ForeignKeyConstraint(["app_id"], ["sw_app.id"]),
        sa.ForeignKeyConstraint(["published_by"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("app_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("sw_release")
    op.drop_table("sw_role_grant")
    op.drop_table("sw_change")
    op.drop_table("sw_app")
    op.drop_table("sw_person")
    op.drop_table("sw_notification")
    op.drop_table("sw_lease")
    op.drop_table("sw_alert_schedule")
    op.drop_table("sw_alert_event")
    op.drop_table("sw_alert")
