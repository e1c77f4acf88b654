"""Random apps, random edits from two connections at once: no cell is stale, and history tells how it came to be.

`FUZZ_RECORDS=200 pytest …` (or `make fuzz-records`) goes deeper.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import pipeline, records
from engine.changes import Change, encode
from engine.errors import EngineError, MoveRefused, NotFound
from engine.people import SYSTEM
from engine.records.bulk import BulkRow, open_bulk, prepare_many, write_many
from engine.records.clock import bring_to_today
from engine.records.store import BOOKKEEPING
from engine.records.sweep import sweep
from engine.releases import live, publish
from engine.tables import HISTORY_COLUMNS, HISTORY_ID
from forms.errors import FormError
from tests.support.derived_gen import Edit, apps, edits

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from engine.releases import Live

EXAMPLES = int(os.environ.get("FUZZ_RECORDS", "10"))
_numbers = itertools.count(1)


class Actor(threading.Thread):
    """One person at one connection, who works through a list of acts."""

    def __init__(
        self, db: sessionmaker[Session], app: str, now: datetime, acts: list[Edit], start: threading.Barrier
    ) -> None:
        super().__init__(daemon=True)
        self.db, self.app, self.now, self.acts, self.barrier = db, app, now, acts, start
        self.error: BaseException | None = None

    def run(self) -> None:
        self.barrier.wait(10)
        try:
            for act in self.acts:
                self._do(act)
        except BaseException as error:  # noqa: BLE001 - it is raised where the thread is joined
            self.error = error

    def _do(self, act: Edit) -> None:
        self.now += timedelta(seconds=1)
        if act.verb == "midnight":
            self.now += timedelta(days=1)
        try:
            with self.db.begin() as session:
                perform(session, live(session, self.app), act, self.now)
        except (NotFound, FormError, MoveRefused):  # somebody else was faster, or there is nothing to do it to
            pass


def perform(session: Session, app: Live, act: Edit, now: datetime) -> None:
    form = list(app.app.forms)[act.form % len(app.app.forms)]
    values = dict(act.values)
    refs = {one.key: one.to for one in app.app.forms[form].fields if one.type.key == "reference"}
    match act.verb:
        case "midnight":
            bring_to_today(session, app, now)
        case "create":
            linked = {key: _pick(session, app, to, act.to) for key, to in refs.items()}
            records.create(session, app, form, {**values, **linked}, SYSTEM, now)
        case "update":
            records.update(session, app, form, _pick(session, app, form, act.which) or 0, values, SYSTEM, now)
        case "reparent":
            key = sorted(refs)[act.to % len(refs)]
            there = {key: _pick(session, app, refs[key], act.to)}
            records.update(session, app, form, _pick(session, app, form, act.which) or 0, there, SYSTEM, now)
        case "delete":
            records.delete(session, app, form, _pick(session, app, form, act.which) or 0, SYSTEM, now)
        case "restore":
            gone = _pick(session, app, form, act.which, deleted=True)
            records.restore(session, app, form, gone or 0, SYSTEM, now)
        case "move":
            staged = app.app.pipelines["way"].form
            which = _pick(session, app, staged, act.which) or 0
            pipeline.move(session, app, staged, which, ("open", "done")[act.to % 2], {}, SYSTEM, now)
        case "bulk":
            _bulk(session, app, form, act, now)


def _bulk(session: Session, app: Live, form: str, act: Edit, now: datetime) -> None:
    writing = open_bulk(session, app, form, SYSTEM, now, write=True)
    table = app.tables.current(form)
    ids = session.scalars(
        sa.select(table.c.id).where(table.c.deleted_at.is_(None)).order_by(table.c.id).limit(act.which)
    )
    stored = {key: act.values[key] for key in ("n", "b", "c", "t") if key in act.values}
    rows = [BulkRow(stored, id_) for id_ in ids] + [BulkRow(stored)] * (act.to % 3)
    drafts = prepare_many(writing, rows)
    write_many(writing, [one for one in drafts if not one.faults and (one.old is None or one.changed)])


def _pick(session: Session, app: Live, form: str, which: int, *, deleted: bool = False) -> int | None:
    table = app.tables.current(form)
    wanted = table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None)
    ids = session.scalars(sa.select(table.c.id).where(wanted).order_by(table.c.id)).all()
    return ids[which % len(ids)] if ids else None


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    database=None,
)
@given(data=st.data())
def test_no_cell_is_stale_whatever_two_people_do(
    house: sessionmaker[Session], now: datetime, data: st.DataObject
) -> None:
    key = f"w{next(_numbers)}"
    config = data.draw(apps(key))
    with house.begin() as session:
        publish(session, config, SYSTEM, now)
    seeds = data.draw(st.lists(edits(), min_size=6, max_size=10))
    plans = [data.draw(st.lists(edits(), min_size=8, max_size=14)) for _ in range(2)]

    _together(
        house, key, now, [[Edit("create", number, one.which, one.to, one.values) for number, one in enumerate(seeds)]]
    )
    _together(house, key, now + timedelta(minutes=1), plans)

    last = now + timedelta(minutes=2, days=max(sum(one.verb == "midnight" for one in plan) for plan in plans))
    with house.begin() as session:
        app = live(session, key)
        bring_to_today(session, app, last)
        found = list(sweep(session, app, last))
        assert [one for one in found if one.stale] == []
        for form in app.app.forms:
            assert_history_continues(session, app, form)
            assert_journal_replays(session, app, form)


def _together(db: sessionmaker[Session], key: str, now: datetime, plans: list[list[Edit]]) -> None:
    barrier = threading.Barrier(len(plans))
    actors = [Actor(db, key, now, plan, barrier) for plan in plans]
    for one in actors:
        one.start()
    for one in actors:
        one.join(60)
        assert not one.is_alive(), "two people wait for each other"
        if one.error is not None:
            raise AssertionError(f"{one.error!r}") from one.error


def assert_history_continues(session: Session, app: Live, form: str) -> None:
    """Each line begins where the one before ended, and the one in force is the record."""
    table, history = app.tables.current(form), app.tables.history(form)
    rows = {row["id"]: dict(row) for row in session.execute(sa.select(table)).mappings()}
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in session.execute(sa.select(history).order_by(history.c[HISTORY_ID])).mappings():
        lines[line["id"]].append(dict(line))
    assert lines.keys() == rows.keys()
    for id_, row in rows.items():
        own = lines[id_]
        assert [one["valid_to"] for one in own] == [*(one["valid_from"] for one in own[1:]), None]
        kept = {key: value for key, value in own[-1].items() if key not in HISTORY_COLUMNS and key != HISTORY_ID}
        assert kept | {"search_text": 0} == row | {"search_text": 0}, (form, id_)


def assert_journal_replays(session: Session, app: Live, form: str) -> None:
    """Whoever applies every change in order from nothing gets the records as they are; each began where the last ended."""
    table = app.tables.current(form)
    told = sa.select(Change).where(Change.app_key == app.key, Change.form == form).order_by(Change.id)
    played: dict[int, dict[str, object]] = defaultdict(dict)
    for change in session.scalars(told):
        assert change.record_id is not None
        for name, (before, after) in (change.diff or {}).items():
            state = played[change.record_id]
            assert before == state.get(name), (form, change.record_id, change.verb, name)
            state[name] = after
    for row in session.execute(sa.select(table)).mappings():
        alive = row["deleted_at"] is None
        names = [name for name in row if name not in BOOKKEEPING]
        wanted = {name: encode(row[name]) if alive else None for name in names}
        assert {name: played[row["id"]].get(name) for name in names} == wanted, (form, row["id"])


def test_engine_errors_are_not_forgiven() -> None:
    """What the actors forgive is narrower than what the engine may raise: a deadlock would fail the test above."""
    from engine.errors import Busy

    assert issubclass(Busy, EngineError)
    assert not issubclass(Busy, NotFound | FormError | MoveRefused)
