"""What living records and lasting reminders need: files, comments, drafts, links, jobs, silences."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Every table made below, in the order of making.
TABLES: tuple[str, ...] = ()


def upgrade() -> None:
    """Each part makes its own tables; the order matters only where one refers to another."""
    for part in (_counters, _files, _talk, _drafts, _links, _jobs, _reminders, _views, _access):
        part()


def _counters() -> None:
    """Serial numbers."""


def _files() -> None:
    """Attachments."""


def _talk() -> None:
    """Comments, followers."""


def _drafts() -> None:
    """Unfinished forms."""


def _links() -> None:
    """Public intake."""


def _jobs() -> None:
    """Work that outlives a request."""


def _reminders() -> None:
    """Silences, digests, absences, grouping."""


def _views() -> None:
    """Views that people save."""


def _access() -> None:
    """Tokens of the HTTP API, idempotency keys."""


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
