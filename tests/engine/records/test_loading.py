"""Many rows by the fastest way of the database: the same values, history and refusals as one by one."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine.changes import Change
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import run
from engine.records.loading import ENOUGH, load

ROWS = ENOUGH + 10


def test_many_rows_hold_what_one_row_holds(tiny: Any) -> None:
    tiny.create("account", name="Acme", region="north")
    tiny.create(
        "deal", "ada", name="One", account="Acme", amount="12.50", discount="5", expected_on="2026-03-04",
        next_call_at="2026-03-04 10:30", urgent="yes", tags="",
    )  # fmt: skip
    head = "name,account,amount,discount,expected_on,next_call_at,urgent\n"
    lines = "".join(f"Line {number},Acme,12.50,5,2026-03-04,2026-03-04 10:30,yes\n" for number in range(ROWS))
    with tiny.db.begin() as session:
        app, table = tiny.live(session), read((head + lines).encode())
        mapping = guess(app.form("deal"), app.pipeline("deal"), table.header)
        report = run(session, app, "deal", table, mapping, tiny.user("ada"), tiny.now)

    one, *many = tiny.query("deal", "ada", sort=["id"], limit=500).records
    assert [made.id for made in many] == [verdict.record for verdict in report.verdicts]
    same = [key for key in one.values if key not in ("id", "name")]
    assert {tuple(made[key] for key in same) for made in many} == {tuple(one[key] for key in same)}
    assert [made["name"] for made in many] == [f"Line {number}" for number in range(ROWS)]
    with tiny.db() as session:
        history = tiny.live(session).tables.history("deal")
        kept = session.execute(sa.select(history.c.id, history.c.name, history.c.change_id)).all()
        diffs = dict(session.execute(sa.select(Change.id, Change.record_id)).all())
    assert [(row.id, row.name) for row in kept][1:] == [(made.id, made["name"]) for made in many]
    assert all(diffs[row.change_id] == row.id for row in kept)


def test_value_that_is_taken_is_the_same_refusal(tiny: Any) -> None:
    made = tiny.create("account", name="Acme", region="north")
    with tiny.db() as session:
        table = tiny.live(session).tables.current("account")
        row = dict(session.execute(sa.select(table).where(table.c.id == made.id)).mappings().one())
        rows = [{**row, "id": 1000 + number, "name": f"Twin {number % ENOUGH}"} for number in range(ROWS)]
        with pytest.raises(IntegrityError), session.begin_nested():
            load(session, table, rows)
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 1
