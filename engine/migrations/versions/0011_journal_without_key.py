"""The journal without its foreign key to people: lines that come by the hundred thousand look none of them up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES: tuple[str, ...] = ()
#: What SQLite, which does not name it, has it called for the moment.
NAMING = {"fk": "fk_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    """Drop the key; SQLite copies the table for it."""
    for one in sa.inspect(op.get_bind()).get_foreign_keys("sw_change"):
        name = one["name"] or NAMING["fk"] % {"table_name": "sw_change", "column_0_name": one["constrained_columns"][0]}
        with op.batch_alter_table("sw_change", naming_convention=NAMING) as table:
            table.drop_constraint(name, type_="foreignkey")


def downgrade() -> None:
    """Not offered: nothing is lost by going on."""
    raise NotImplementedError
