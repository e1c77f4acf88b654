"""Imports as acts: by parts, killed and gone on with, the same as in one go; taken back as a whole."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.acts.doing import act_of, advance, take_back
from engine.acts.importing import recall, start_import
from engine.acts.rows import Act, ActLine
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.jobs import run_all

SHEET = (
    "Name,Region,Phone\n"
    + "".join(
        f"Firm {number % 90},{'North' if number % 7 else 'Nowhere'},{13800138000 + number if number % 11 else 'x'}\n"
        for number in range(99)
    )
    + "Firm 3,North,13800138003\n"
)


class Imports:
    """Short words for imports."""

    def __init__(self, tiny: Any) -> None:
        self.tiny = tiny

    def start(self, text: str, by: str = "ada", at_once: int = 0, form: str = "account") -> Act:
        with self.tiny.db.begin() as session:
            live = self.tiny.live(session)
            table = read(text.encode())
            mapping = guess(live.form(form), live.pipeline(form), table.header)
            return start_import(session, live, form, table, mapping, self.tiny.user(by), self.tiny.now, at_once=at_once)

    def finished(self, act: Act) -> Act:
        run_all(self.tiny.db, self.tiny.now)
        with self.tiny.db() as session:
            return session.get_one(Act, act.id)

    def lines(self, act: Act) -> list[Any]:
        with self.tiny.db() as session:
            found = session.scalars(sa.select(ActLine).where(ActLine.act_id == act.id).order_by(ActLine.row))
            return [
                (one.row, one.verdict, one.version, one.record_id, [fault["code"] for fault in one.faults or ()])
                for one in found
            ]

    def world(self, form: str = "account") -> list[Any]:
        page = self.tiny.query(form, "ada", sort=["id"], limit=500)
        return [(one.id, one["name"], one["region"], one["phone"]) for one in page.records]


@pytest.fixture
def imports(tiny):
    return Imports(tiny)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr("engine.acts.importing.PART", 8)


def test_import_by_parts_says_and_writes_what_one_go_does(imports, tiny, small_parts):
    act = imports.finished(imports.start(SHEET))
    by_parts, world = imports.lines(act), imports.world()
    assert act.job_id is not None
    assert (act.counts["refused"], act.counts["create"]) == (sum(one[1] == "refused" for one in by_parts), len(world))
    assert any("key_twice" in one[4] for one in by_parts)
    assert by_parts[-1][1] == "unchanged"
    with tiny.db.begin() as session:
        take_back(session, tiny.live(session), act.id, tiny.user("ada"), tiny.now)
    assert imports.world() == []

    again = imports.start(SHEET, at_once=1000)

    shifted = {old[0]: new[0] for old, new in zip(world, imports.world(), strict=True)}
    assert [(*one[:3], shifted.get(one[3]), one[4]) for one in by_parts] == imports.lines(again)


def test_killed_import_goes_on_where_it_stopped(imports, tiny, small_parts):
    act = imports.start(SHEET)
    user = tiny.user("ada")
    with tiny.db.begin() as session:
        for _ in range(5):
            advance(session, act_of(session, tiny.live(session), act.id), user, tiny.now)
    with tiny.db() as session:  # the process dies before it commits
        advance(session, act_of(session, tiny.live(session), act.id), user, tiny.now)
        session.rollback()

    act = imports.finished(act)

    assert [one[0] for one in imports.lines(act)] == list(range(2, 102))
    assert len({one[1] for one in imports.world()}) == len(imports.world()) == act.counts["create"]


def test_import_that_refers_to_itself_is_one_transaction(imports, tiny, small_parts):
    from tests.support.configs import tiny_app

    config = tiny_app()
    account = next(form for form in config["forms"] if form["key"] == "account")
    account["fields"].append({"key": "parent", "type": "reference", "label": "Parent", "to": "account"})
    tiny.publish(config)
    rows = "".join(f"Firm {number},North,Firm {number + 1}\n" for number in range(30)) + "Firm 30,North,\n"

    act = imports.finished(imports.start("Name,Region,Parent\n" + rows))

    assert act.counts == {"create": 31}


def test_undo_of_an_import_takes_back_what_it_made_and_what_it_changed(imports, tiny):
    old = tiny.create("account", "alice", name="Firm 1", region="south")
    act = imports.start("Name,Region,Phone\nFirm 1,North,\nFirm 2,North,\nFirm 3,North,\n", "alice", at_once=10)
    touched = next(one for one in tiny.query("account", "ada").records if one["name"] == "Firm 3")
    tiny.update(touched, "ada", region="south")

    with tiny.db.begin() as session:
        back = take_back(session, tiny.live(session), act.id, tiny.user("alice"), tiny.now)

    assert back.counts == {"done": 2, "refused": 1}
    assert [(one[1], one[2]) for one in imports.world()] == [("Firm 1", "south"), ("Firm 3", "south")]
    assert old.id in {one[0] for one in imports.world()}


def test_mapping_is_recalled_for_its_person_and_columns_only(imports, tiny):
    imports.start("Name,Region\nAcme,North\n", "alice", at_once=10)
    with tiny.db() as session:
        live = tiny.live(session)
        assert recall(session, live, "account", ["Region", "Name"], tiny.user("alice")) is not None
        assert recall(session, live, "account", ["Region", "Name", "What is wrong"], tiny.user("alice")) is not None
        assert recall(session, live, "account", ["Region"], tiny.user("alice")) is None
        assert recall(session, live, "account", ["Region", "Name"], tiny.user("bob")) is None
