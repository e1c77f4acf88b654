"""The audit trail, teams and regions as a tree, and invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.audit.guards import guards_of
from engine.db import UtcDateTime, id_column_type, json_type, text_type

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("sw_audit", "sw_audit_head", "sw_team", "sw_invitation")


def upgrade() -> None:
    _audit()
    _teams()
    _invitations()


def _audit() -> None:
    op.create_table(
        "sw_audit",
        sa.Column("id", id_column_type(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("verb", text_type(), nullable=False),
        sa.Column("person_id", id_column_type()),
        sa.Column("person", text_type(), nullable=False),
        sa.Column("subject", text_type(), nullable=False),
        sa.Column("app_key", text_type()),
        sa.Column("facts", text_type(), nullable=False),
        sa.Column("outcome", text_type(), nullable=False),
        sa.Column("prev_hash", text_type(), nullable=False),
        sa.Column("hash", text_type(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_audit_person", "sw_audit", ["person_id", "id"])
    op.create_index("ix_sw_audit_kind", "sw_audit", ["kind", "verb", "id"])
    op.create_index("ix_sw_audit_app", "sw_audit", ["app_key", "id"])
    op.create_index("ix_sw_audit_at", "sw_audit", ["at"])
    op.create_table(
        "sw_audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_id", id_column_type(), nullable=False),
        sa.Column("last_hash", text_type(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for statement in guards_of(op.get_bind().dialect.name):
        op.execute(statement)


def _teams() -> None:
    op.create_table(
        "sw_team",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("parent_id", id_column_type()),
        sa.Column("manager_id", id_column_type()),
        sa.ForeignKeyConstraint(["parent_id"], ["sw_team.id"]),
        sa.ForeignKeyConstraint(["manager_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "name"),
    )
    op.create_index("ix_sw_team_parent_id", "sw_team", ["parent_id"])
    for kind in ("region", "team"):  # what people say already
        said: sa.ColumnClause[str] = sa.column(kind, text_type())
        people = sa.select(sa.literal(kind), said).distinct().select_from(sa.table("sw_person")).where(said != "")
        team = sa.table("sw_team", sa.column("kind"), sa.column("name"))
        op.execute(sa.insert(team).from_select(["kind", "name"], people))


def _invitations() -> None:
    op.create_table(
        "sw_invitation",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("digest", text_type(), nullable=False),
        sa.Column("email", text_type(), nullable=False),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("team", text_type(), nullable=False),
        sa.Column("region", text_type(), nullable=False),
        sa.Column("roles", json_type()),
        sa.Column("person_id", id_column_type()),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", id_column_type()),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("used_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_sw_invitation_person_id", "sw_invitation", ["person_id"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION sw_audit_refuse()")
