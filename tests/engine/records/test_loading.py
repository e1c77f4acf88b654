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
from engine.records.loading import ENOUGH, load, renew_statistics, take_ids
from tests.support.configs import form_of, tiny_app

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


@pytest.mark.parametrize("step", [1, 3], ids=["ids in a row", "ids of which others took some"])
def test_parts_are_written_as_one(tiny: Any, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    def some_ids(session: Any, table: Any, count: int) -> list[int]:
        return take_ids(session, table, count * step)[::step]

    monkeypatch.setattr("engine.records.inserting.PART", 25)
    monkeypatch.setattr("engine.records.inserting.take_ids", some_ids)
    tiny.create("account", name="锅炉 Acme", region="north")
    tiny.create(
        "deal", "ada", name="张三 000", account="锅炉 Acme", amount="1.5", expected_on="2026-03-04", urgent="no"
    )
    lines = "".join(f"张三 {number:03},锅炉 Acme,1.50,2026-03-04,no\n" for number in range(1, ROWS + 1))
    with tiny.db.begin() as session:
        app, table = tiny.live(session), read(f"name,account,amount,expected_on,urgent\n{lines}".encode())
        mapping = guess(app.form("deal"), app.pipeline("deal"), table.header)
        run(session, app, "deal", table, mapping, tiny.user("ada"), tiny.now)

    with tiny.db() as session:
        tables = tiny.live(session).tables
        table, history = tables.current("deal"), tables.history("deal")
        found = [dict(row) for row in session.execute(sa.select(table).order_by(table.c.id)).mappings()]
        kept = [dict(row) for row in session.execute(sa.select(history).order_by(history.c.id)).mappings()]
        said = session.scalars(sa.select(Change).where(Change.form == "deal").order_by(Change.record_id)).all()
        changes = [(one.record_id, one.id, one.diff) for one in said]
    # The search text among them, as one record has it.
    alike = [str({**row, "id": 0}).replace(f"张三 {number:03}", "") for number, row in enumerate(found)]
    assert len(alike) == ROWS + 1
    assert len(set(alike)) == 1
    assert [row["id"] - found[1]["id"] for row in found[1:]] == [step * number for number in range(ROWS)]
    assert [{key: row[key] for key in found[0]} for row in kept] == found
    assert [(row["id"], row["change_id"]) for row in kept] == [change[:2] for change in changes]
    assert len({str(diff | {"name": None}) for _, _, diff in changes}) == 1


def test_value_that_is_taken_is_the_same_refusal(tiny: Any) -> None:
    made = tiny.create("account", name="Acme", region="north")
    with tiny.db() as session:
        table = tiny.live(session).tables.current("account")
        row = dict(session.execute(sa.select(table).where(table.c.id == made.id)).mappings().one())
        rows = [{**row, "id": 1000 + number, "name": f"Twin {number % ENOUGH}"} for number in range(ROWS)]
        with pytest.raises(IntegrityError), session.begin_nested():
            load(session, table, rows)
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_texts_keep_every_character_and_the_diff_is_the_same_for_many_as_for_one(tiny: Any) -> None:
    config = tiny_app()
    form_of(config, "account")["fields"].append({"key": "notes", "type": "long_text", "label": "Notes"})
    tiny.publish(config)
    odd = ['tab\tand "quote"', "back\\slash \\N \\.", "two\nlines", "锅炉 😀", "'", "=1+1"]
    tiny.create("account", "ada", name="One", region="north", notes=odd[0])
    cells = [odd[number % len(odd)].replace('"', '""') for number in range(ROWS)]
    lines = "".join(f'Firm {number},north,"{cell}"\n' for number, cell in enumerate(cells))
    with tiny.db.begin() as session:
        app, table = tiny.live(session), read(f"name,region,notes\n{lines}".encode())
        run(session, app, "account", table, guess(app.form("account"), None, table.header), tiny.user("ada"), tiny.now)

    many = tiny.query("account", "ada", sort=["id"], limit=500).records[1:]
    assert [made["notes"] for made in many] == [odd[number % len(odd)] for number in range(ROWS)]
    with tiny.db() as session:
        history = tiny.live(session).tables.history("account")
        assert list(session.scalars(sa.select(history.c.notes).order_by(history.c.id)))[1:] == [
            m["notes"] for m in many
        ]
        diffs = list(session.scalars(sa.select(Change.diff).where(Change.record_id.is_not(None)).order_by(Change.id)))
    own = ("name", "notes")
    assert len({str({key: value for key, value in diff.items() if key not in own}) for diff in diffs}) == 1
    assert [diff["notes"] for diff in diffs[1:]] == [[None, made["notes"]] for made in many]


def test_statistics_are_renewed(tiny: Any) -> None:
    tiny.create("account", name="One", region="north")
    with tiny.db.begin() as session:
        live = tiny.live(session)
        table, history = live.tables.current("account"), live.tables.history("account")
        renew_statistics(session, [table, history])
        postgresql = session.get_bind().dialect.name == "postgresql"
        known = (
            "SELECT reltuples FROM pg_class WHERE relname = :name"
            if postgresql
            else "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'"
        )
        found = session.scalar(sa.text(known), {"name": table.name} if postgresql else {})

    assert found == 1  # before it is looked at, PostgreSQL says -1
