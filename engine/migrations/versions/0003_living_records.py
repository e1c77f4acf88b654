"""What living records and lasting reminders need: files, comments, drafts, links, jobs, silences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import UtcDateTime, id_column_type, json_type, text_type
from engine.records.search_index import take_in_earlier

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Every table made below, in the order of making.
TABLES: tuple[str, ...] = (
    "sw_silence",
    "sw_absence",
    "sw_wish",
    "sw_bundle",
    "sw_clock",
    "sw_counter",
    "sw_merge",
    "sw_alert_action",
    "sw_alert_turn",
    "sw_job",
    "sw_tick",
    "sw_file",
    "sw_comment",
    "sw_follower",
    "sw_token",
    "sw_answer",
    "sw_link",
    "sw_draft",
    "sw_view",
    "sw_view_habit",
    "sw_act",
    "sw_act_line",
    "sw_act_part",
    "sw_sheet_mapping",
    "sw_presence",
)

#: Columns added to earlier tables.
COLUMNS = {
    "sw_alert": ("occasion",),
    "sw_notification": ("bundle_id", "waits_for"),
    "sw_alert_schedule": ("seen_at", "mark"),
}


def upgrade() -> None:
    """Each part makes its own tables; the order matters only where one refers to another."""
    for part in (
        _clocks,
        _counters,
        _files,
        _talk,
        _drafts,
        _links,
        _jobs,
        _reminders,
        _actions,
        _views,
        _access,
        _acts,
        _presence,
        _search,
        _merges,
    ):
        part()


def _merges() -> None:
    """Records that were merged, and what was moved."""
    op.create_table(
        "sw_merge",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("survivor_id", id_column_type(), nullable=False),
        sa.Column("loser_id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime()),
        sa.Column("moved", json_type()),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_merge_loser", "sw_merge", ["app_key", "form", "loser_id"])
    op.create_index("ix_sw_merge_survivor", "sw_merge", ["app_key", "form", "survivor_id"])


def _search() -> None:
    """The indexes of what the search box finds, over the records that are there already."""
    take_in_earlier(op.get_bind())


def _presence() -> None:
    """Who has the form of a record open."""
    op.create_table(
        "sw_presence",
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("record_id", id_column_type(), autoincrement=False, nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("app_key", "form", "record_id", "person_id"),
    )
    op.create_index(op.f("ix_sw_presence_at"), "sw_presence", ["at"])


def _counters() -> None:
    """Serial numbers."""
    op.create_table(
        "sw_counter",
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("field", text_type(), nullable=False),
        sa.Column("scope", text_type(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("app_key", "form", "field", "scope"),
    )


def _files() -> None:
    """Attachments."""
    op.create_table(
        "sw_file",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("token", text_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("field", text_type(), nullable=False),
        sa.Column("record_id", id_column_type()),
        sa.Column("comment_id", id_column_type()),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("size", id_column_type(), nullable=False),
        sa.Column("media_type", text_type(), nullable=False),
        sa.Column("sha256", text_type(), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("staged_at", UtcDateTime(), nullable=False),
        sa.Column("staged_by", id_column_type()),
        sa.Column("bound_at", UtcDateTime()),
        sa.Column("removed_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["staged_by"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_sw_file_record", "sw_file", ["app_key", "form", "record_id"])
    op.create_index("ix_sw_file_comment", "sw_file", ["comment_id"])
    for name, columns, condition in (
        ("ix_sw_file_staged", ["staged_at"], "bound_at IS NULL"),
        ("ix_sw_file_removed", ["app_key", "removed_at"], "removed_at IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "sw_file", columns, sqlite_where=where, postgresql_where=where)


def _talk() -> None:
    """Comments, followers."""
    op.create_table(
        "sw_comment",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("record_id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type()),
        sa.Column("text", text_type(), nullable=False),
        sa.Column("mentions", json_type()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime()),
        sa.Column("deleted_at", UtcDateTime()),
        sa.Column("deleted_by", id_column_type()),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_comment_record", "sw_comment", ["app_key", "form", "record_id", "id"])
    op.create_table(
        "sw_follower",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("thing", text_type(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("app_key", "kind", "thing", "person_id"),
    )
    op.create_index("ix_sw_follower_person", "sw_follower", ["person_id"])


def _drafts() -> None:
    """Unfinished forms."""
    op.create_table(
        "sw_draft",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("record_id", id_column_type()),
        sa.Column("version", sa.Integer()),
        sa.Column("typed", json_type(), nullable=False),
        sa.Column("step", text_type()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_draft_person", "sw_draft", ["person_id", "app_key", "form"])
    op.create_index("ix_sw_draft_updated_at", "sw_draft", ["updated_at"])


def _links() -> None:
    """Public intake, and short addresses."""
    op.create_table(
        "sw_link",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("code", text_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("target", text_type()),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("settings", json_type()),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("most", sa.Integer()),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", id_column_type()),
        sa.Column("disabled_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["created_by"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_sw_link_form", "sw_link", ["app_key", "form", "id"])
    op.create_index("ix_sw_link_target", "sw_link", ["target"])


def _jobs() -> None:
    """Work that outlives a request."""
    op.create_table(
        "sw_job",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("task", text_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=True),
        sa.Column("user_id", id_column_type(), nullable=True),
        sa.Column("key", text_type(), nullable=True),
        sa.Column("title", json_type(), nullable=False),
        sa.Column("payload", json_type(), nullable=False),
        sa.Column("cursor", json_type(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("result", json_type(), nullable=True),
        sa.Column("state", text_type(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("executor", text_type(), nullable=True),
        sa.Column("error", json_type(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sw_job"),
        sa.UniqueConstraint("task", "key", name="uq_sw_job_task_key"),
    )
    waiting = sa.text("state IN ('queued', 'running')")
    op.create_index("ix_sw_job_due_at", "sw_job", ["due_at"], postgresql_where=waiting, sqlite_where=waiting)
    op.create_index("ix_sw_job_user", "sw_job", ["user_id", "id"])
    op.create_index("ix_sw_job_state", "sw_job", ["state", "id"])
    op.create_table(
        "sw_tick",
        sa.Column("name", text_type(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("executor", text_type(), nullable=False),
        sa.Column("done", json_type(), nullable=True),
        sa.Column("error", text_type(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_sw_tick"),
    )


def _reminders() -> None:
    """Silences, digests, absences, grouping; occasions of alerts."""
    op.create_table(
        "sw_silence",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("rule", text_type()),
        sa.Column("form", text_type()),
        sa.Column("record_id", id_column_type()),
        sa.Column("person_id", id_column_type()),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("made_by", id_column_type()),
        sa.Column("note", text_type(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_silence_until", "sw_silence", ["app_key", "until"])
    op.create_table(
        "sw_absence",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("substitute_id", id_column_type()),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["substitute_id"], ["sw_person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_absence_person", "sw_absence", ["person_id", "ends_on"])
    op.create_table(
        "sw_wish",
        sa.Column("person_id", id_column_type(), autoincrement=False, nullable=False),
        sa.Column("quiet_from", text_type(), nullable=False),
        sa.Column("quiet_to", text_type(), nullable=False),
        sa.Column("working_hours", sa.Boolean(), nullable=False),
        sa.Column("digest", text_type(), nullable=False),
        sa.Column("digest_at", text_type(), nullable=False),
        sa.Column("digest_day", sa.Integer(), nullable=False),
        sa.Column("rules", json_type(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "sw_bundle",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("channel", text_type(), nullable=False),
        sa.Column("key", text_type(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "channel", "key"),
    )
    op.create_index("ix_sw_bundle_due_at", "sw_bundle", ["due_at"])
    op.add_column("sw_alert", sa.Column("occasion", text_type(), nullable=False, server_default=""))
    op.add_column("sw_notification", sa.Column("bundle_id", id_column_type()))
    op.create_index("ix_sw_notification_bundle_id", "sw_notification", ["bundle_id"])
    op.add_column("sw_notification", sa.Column("waits_for", text_type(), nullable=False, server_default=""))
    op.add_column("sw_alert_schedule", sa.Column("seen_at", UtcDateTime()))
    op.add_column("sw_alert_schedule", sa.Column("mark", text_type(), nullable=False, server_default=""))


def _actions() -> None:
    """What alerts did besides telling people, and whose turn it is."""
    op.create_table(
        "sw_alert_action",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("alert_id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("rule", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("record_id", id_column_type(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("state", text_type(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", json_type()),
        sa.Column("result", json_type()),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("app_key", "rule", "record_id", "episode", "step", "number"),
    )
    op.create_index("ix_sw_alert_action_alert", "sw_alert_action", ["alert_id"])
    op.create_index("ix_sw_alert_action_record", "sw_alert_action", ["app_key", "form", "record_id"])
    waiting = sa.text("state IN ('queued', 'sending')")
    op.create_index(
        "ix_sw_alert_action_due_at", "sw_alert_action", ["due_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "sw_alert_turn",
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("given", json_type(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime()),
        sa.PrimaryKeyConstraint("app_key", "name"),
    )


def _views() -> None:
    """Views that people save."""
    op.create_table(
        "sw_view",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("owner_id", id_column_type(), nullable=False),
        sa.Column("roles", json_type(), nullable=False),
        sa.Column("settings", json_type(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_view_form", "sw_view", ["app_key", "form", "position"])
    op.create_table(
        "sw_view_habit",
        sa.Column("person_id", id_column_type(), autoincrement=False, nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("view", text_type(), nullable=False),
        sa.Column("widths", json_type(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "app_key", "form", "view"),
    )


def _access() -> None:
    """Tokens of the HTTP API, answers to requests that carried a key."""
    op.create_table(
        "sw_token",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("name", text_type(), nullable=False),
        sa.Column("digest", text_type(), nullable=False),
        sa.Column("hint", text_type(), nullable=False),
        sa.Column("scopes", json_type()),
        sa.Column("app_key", text_type()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index(op.f("ix_sw_token_person_id"), "sw_token", ["person_id"])
    op.create_table(
        "sw_answer",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("person_id", id_column_type()),
        sa.Column("key", text_type(), nullable=False),
        sa.Column("digest", text_type(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", json_type()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["sw_person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "key"),
    )
    op.create_index(op.f("ix_sw_answer_at"), "sw_answer", ["at"])


def _acts() -> None:
    """What was done to many records at once, and sheets on their way in."""
    op.create_table(
        "sw_act",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("kind", text_type(), nullable=False),
        sa.Column("person_id", id_column_type()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("payload", json_type(), nullable=False),
        sa.Column("cursor", id_column_type(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", json_type()),
        sa.Column("job_id", id_column_type()),
        sa.Column("undoes", id_column_type()),
        sa.Column("undone_by", id_column_type()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_act_form", "sw_act", ["app_key", "form", "id"])
    op.create_index(op.f("ix_sw_act_person_id"), "sw_act", ["person_id"])
    op.create_table(
        "sw_act_line",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("act_id", id_column_type(), nullable=False),
        sa.Column("record_id", id_column_type()),
        sa.Column("row", sa.Integer()),
        sa.Column("verdict", text_type(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("mark", text_type()),
        sa.Column("said", text_type()),
        sa.Column("faults", json_type()),
        sa.ForeignKeyConstraint(["act_id"], ["sw_act.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sw_act_line_verdict", "sw_act_line", ["act_id", "verdict", "id"])
    marked = sa.text("mark IS NOT NULL")
    op.create_index(
        "ix_sw_act_line_mark", "sw_act_line", ["act_id", "mark"], postgresql_where=marked, sqlite_where=marked
    )
    op.create_table(
        "sw_act_part",
        sa.Column("act_id", id_column_type(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["sw_act.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("act_id", "place"),
    )
    op.create_table(
        "sw_sheet_mapping",
        sa.Column("id", id_column_type(), nullable=False),
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("form", text_type(), nullable=False),
        sa.Column("person_id", id_column_type(), nullable=False),
        sa.Column("header", text_type(), nullable=False),
        sa.Column("mapping", json_type(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("app_key", "form", "person_id", "header"),
    )


def _clocks() -> None:
    """Up to which day derived values were brought."""
    op.create_table(
        "sw_clock",
        sa.Column("app_key", text_type(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("app_key"),
    )


def downgrade() -> None:
    op.drop_index("ix_sw_notification_bundle_id", "sw_notification")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    for name in reversed(TABLES):
        op.drop_table(name)
