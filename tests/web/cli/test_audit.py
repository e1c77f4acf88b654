"""`steerway audit`: a sound trail has an anchor, a broken one a name; and the trail as a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.db import make_engine

if TYPE_CHECKING:
    from tests.web.cli.conftest import Shell

UNGUARD = {"sqlite": "DROP TRIGGER sw_audit_update", "postgresql": "DROP TRIGGER sw_audit_keep ON sw_audit"}


def test_trail_is_verified_with_its_anchor_and_breaks_by_name(steerway: Shell) -> None:
    steerway("user", "add", "nina", "--name", "Nina", "--password", "a long password")
    sound = steerway("audit", "verify").rows[0]
    assert sound["sound"]
    assert steerway("audit", "verify", "--anchor", sound["anchor"]).code == 0
    assert steerway("audit", "verify", "--anchor", "1:x").code == 2

    engine = make_engine(steerway.url)
    with engine.begin() as connection:
        connection.exec_driver_sql(UNGUARD[engine.dialect.name])
        connection.exec_driver_sql("UPDATE sw_audit SET verb = 'x' WHERE id = 1")
    engine.dispose()
    broken = steerway("audit", "verify")

    assert (broken.code, broken.rows[0]["broken"]) == (1, 1)
    assert "Event 1 is not as it was written" in broken.complaints


def test_trail_is_written_out(steerway: Shell) -> None:
    steerway("user", "add", "nina", "--name", "=Nina", "--password", "a long password")

    rows = steerway("audit", "export").rows
    assert {"created"} <= {row["verb"] for row in rows}
    assert "a long password" not in json.dumps(rows)
    assert steerway("audit", "export", "--to", "2020-01-01").said == ""
    assert steerway("audit", "export", "--format", "csv").said.startswith("\ufeffid,at,kind,verb")
