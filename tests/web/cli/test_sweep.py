from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from tests.support.derived_world import derived_world

if TYPE_CHECKING:
    from tests.web.cli.conftest import Shell

_NOW = "2026-03-02T01:00:00Z"


def broken(steerway: Shell) -> None:
    """Publish an app with one record, and break one cell of it behind everybody's back."""
    from engine import records
    from engine.db import make_engine, sessions
    from engine.people import SYSTEM
    from engine.releases import live
    from web.cli._base import moment

    engine = make_engine(steerway.url)
    with sessions(engine).begin() as session:
        app = live(session, "tiny")
        records.create(session, app, "project", {"name": "Roof", "budget": 5}, SYSTEM, moment(_NOW))
        table = app.tables.current("project")
        session.execute(sa.update(table).values(tasks=7))
    engine.dispose()


def test_sweep_tells_stale_cells_and_mends_them(steerway: Shell) -> None:
    assert steerway("publish", steerway.write(derived_world())).code == 0
    broken(steerway)

    found = steerway("sweep", "--now", _NOW)
    mended = steerway("sweep", "--repair", "--app", "tiny", "--now", _NOW)
    clean = steerway("sweep", "--now", _NOW)

    stale = [row for row in found.rows if row["stale"]]
    assert (found.code, mended.code, clean.code) == (1, 0, 0)
    assert [(row["form"], row["field"], row["checked"], row["examples"]) for row in stale] == [
        ("project", "tasks", 1, [{"id": 1, "stored": 7.0, "fresh": 0.0}])
    ]
    assert "1 stale cells" in found.complaints
    assert mended.rows[-1] == {"app": "tiny", "form": "project", "mended": 1}
    assert {row["stale"] for row in clean.rows} == {0}


def test_sweep_of_an_unknown_app_is_refused(steerway: Shell) -> None:
    assert steerway("publish", steerway.write(derived_world())).code == 0

    answer = steerway("sweep", "--app", "nothing")

    assert (answer.code, answer.rows) == (1, [])
