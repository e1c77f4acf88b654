"""What the databases themselves refuse: changing, removing or overwriting an event of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

#: What the first event is chained to.
START = "0" * 64
REFUSAL = "the audit trail is append-only"
_HEAD = f"INSERT INTO sw_audit_head (id, last_id, last_hash) VALUES (1, 0, '{START}')"  # noqa: S608 - constants only
_CALL = "EXECUTE FUNCTION sw_audit_refuse()"

_SQLITE = (
    "CREATE TRIGGER sw_audit_update BEFORE UPDATE ON sw_audit BEGIN {refuse}; END",
    "CREATE TRIGGER sw_audit_delete BEFORE DELETE ON sw_audit BEGIN {refuse}; END",
    "CREATE TRIGGER sw_audit_head_delete BEFORE DELETE ON sw_audit_head BEGIN {refuse}; END",
    # REPLACE removes the old row without asking a trigger on DELETE.
    """CREATE TRIGGER sw_audit_insert BEFORE INSERT ON sw_audit WHEN NEW.id <= (SELECT max(id) FROM sw_audit)
    BEGIN {refuse}; END""",
)
_POSTGRESQL = (
    "CREATE FUNCTION sw_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$",
    f"CREATE TRIGGER sw_audit_keep BEFORE UPDATE OR DELETE ON sw_audit FOR EACH ROW {_CALL}",
    f"CREATE TRIGGER sw_audit_keep_all BEFORE TRUNCATE ON sw_audit FOR EACH STATEMENT {_CALL}",
    f"CREATE TRIGGER sw_audit_head_keep BEFORE DELETE ON sw_audit_head FOR EACH ROW {_CALL}",
)


def guards_of(dialect: str) -> Sequence[str]:
    """Return the statements that write the head's row and guard both tables."""
    if dialect == "sqlite":
        return (_HEAD, *(one.format(refuse=f"SELECT RAISE(ABORT, '{REFUSAL}')") for one in _SQLITE))
    return (_HEAD, *(one.format(refuse=f"RAISE EXCEPTION '{REFUSAL}'") for one in _POSTGRESQL))
